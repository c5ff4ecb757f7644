//! The operator's report and list of events: what they say is what the balance says.

use std::{collections::BTreeMap, time::Duration};

use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    invariants,
    world::{SHOP_101, World},
};

use crate::support::{
    operator::{
        adjust, ask_within, complete, done, paid, payout, perform, refund, refused, reverse_payout, with,
    },
    providers::{
        DAY_MS, HOUR_MS, MINUTE_MS, held_by_click, held_by_payme, live_order, order_of, payme, set_fee,
    },
    sequence::{Sequence, step},
};

/// Money of an answer in tiyin.
fn tiyin(money: &Value) -> i64 {
    format!("{:.2}", money.as_f64().unwrap()).replace('.', "").parse().unwrap()
}

fn today(world: &World) -> String {
    world.stack.service.clock.now().tashkent()[..10].to_owned()
}

/// Moves the clock to `hour` of the next day in Tashkent.
fn tomorrow_at(world: &World, hour: i64) {
    let now = world.stack.service.clock.now().get() + 5 * HOUR_MS;
    world.clock.advance_ms(DAY_MS - now % DAY_MS + hour * HOUR_MS);
}

fn report(from: &str, to: &str) -> Value {
    json!({"command": "report", "from": from, "to": to})
}

/// The lines of a report by date, mode and provider: payments, gross, fees and refunds.
fn lines(report: &Value) -> BTreeMap<String, [i64; 4]> {
    let lines = report["days"].as_array().unwrap().iter().map(|line| {
        let text = |name: &str| line[name].as_str().unwrap();
        let sums = ["gross", "fees", "refunds"].map(|name| tiyin(&line[name]));
        let [gross, fees, refunds] = sums;
        let sums = [line["payments"].as_i64().unwrap(), gross, fees, refunds];
        (format!("{} {} {}", text("date"), text("mode"), text("provider")), sums)
    });
    lines.collect()
}

/// All events of a shop, page by page, newest first.
async fn all_events(world: &World, command: Value) -> Vec<Value> {
    let (mut events, mut command) = (Vec::new(), command);
    loop {
        let page = done(world, command.clone()).await;
        events.extend(page["events"].as_array().unwrap().clone());
        command["cursor"] = page["next_cursor"].clone();
        if command["cursor"].is_null() {
            return events;
        }
    }
}

#[tokio::test]
async fn a_report_tells_each_day_and_provider() {
    let world = World::with_live_shop().await;
    set_fee(&world, 100).await;
    tomorrow_at(&world, 12);
    let first = today(&world);
    let (by_payme, by_click, by_bank) =
        (live_order(&world).await, live_order(&world).await, paid(&world, "1000").await);
    let id = held_by_payme(&world, Mode::Live, &by_payme).await;
    perform(&world, Mode::Live, &id).await;
    complete(&world, &held_by_click(&world, &by_click).await).await;
    // The last minute of the day, and the first of the next one.
    world.clock.advance_ms(12 * HOUR_MS - MINUTE_MS);
    let late = held_by_payme(&world, Mode::Live, &live_order(&world).await).await;
    perform(&world, Mode::Live, &late).await;
    world.clock.advance_ms(MINUTE_MS);
    let second = today(&world);
    assert_ne!(first, second);
    payme(&world, Mode::Live).cancel(&id, 5).await.unwrap();
    done(&world, with(refund(&by_click, "r1"), &[("returned_by", json!("us"))])).await;
    done(&world, refund(&by_bank, "r2")).await;
    done(&world, adjust("500", "a")).await;
    done(&world, payout("700", "p1")).await;
    done(&world, payout("200", "p2")).await;
    done(&world, reverse_payout("p1", "back")).await;
    // Test money stands in lines of its own and owes nothing.
    let test = order_of(&world, SHOP_101).await;
    let id = held_by_payme(&world, Mode::Test, &test).await;
    perform(&world, Mode::Test, &id).await;

    let whole = done(&world, report(&first, &second)).await;
    let line = |day: &str, mode: &str, provider: &str| format!("{day} {mode} {provider}");
    let expected = BTreeMap::from([
        (line(&first, "live", "payme"), [2, 200_000, 2000, 0]),
        (line(&first, "live", "click"), [1, 100_000, 1000, 0]),
        (line(&first, "live", "operator"), [1, 100_000, 1000, 0]),
        (line(&second, "live", "payme"), [0, 0, -1000, 100_000]),
        (line(&second, "live", "click"), [0, 0, -1000, 100_000]),
        (line(&second, "live", "operator"), [0, 0, -1000, 100_000]),
        (line(&second, "test", "payme"), [1, 100_000, 0, 0]),
    ]);
    assert_eq!(lines(&whole), expected);
    assert_eq!((tiyin(&whole["payouts"]), tiyin(&whole["adjustments"])), (20_000, 50_000), "{whole}");
    // What we returned ourselves, Click still owes.
    assert_eq!(
        whole["providers"],
        json!([{"provider": "payme", "owes": 1000.0}, {"provider": "click", "owes": 1000.0}])
    );
    let dates: Vec<_> = whole["days"].as_array().unwrap().iter().map(|line| line["date"].clone()).collect();
    assert!(dates.is_sorted_by_key(|date| date.as_str().unwrap().to_owned()), "{whole}");

    let one_day = done(&world, report(&first, &first)).await;
    assert_eq!(lines(&one_day).len(), 3);
    let of_shop = done(&world, with(report(&first, &second), &[("shop_id", json!("101"))])).await;
    assert_eq!(lines(&of_shop).into_keys().collect::<Vec<_>>(), [line(&second, "test", "payme")]);
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_report_that_runs_out_of_time_goes_on_from_its_cursor() {
    let world = World::with_live_shop().await;
    let day = today(&world);
    for shop in [SHOP_101, suite::world::LIVE, suite::world::SHOP_102] {
        let order = order_of(&world, shop).await;
        done(&world, json!({"command": "settle_payment", "order_id": order, "reference": "s"})).await;
    }
    let whole = done(&world, report(&day, &day)).await;
    let (mut command, mut invocations) = (report(&day, &day), 0);
    let last = loop {
        let answer = ask_within(&world, &command, Duration::from_secs(5)).await;
        assert_eq!(answer["success"], true, "{answer}");
        invocations += 1;
        if answer["next_cursor"].is_null() {
            break answer;
        }
        command["cursor"] = answer["next_cursor"].clone();
    };
    assert!(invocations > 3, "{invocations}");
    assert_eq!(last, whole);
    // A cursor belongs to its report.
    for (field, value) in
        [("to", json!("2100-01-01")), ("from", json!("1970-01-01")), ("shop_id", json!("201"))]
    {
        let mut other = with(command.clone(), &[(field, value)]);
        if field != "shop_id" {
            other["from"] = other[field].clone();
            other["to"] = other[field].clone();
        }
        assert_eq!(refused(&world, other).await, "invalid_cursor", "{field}");
    }
}

/// A caller can write a cursor. Its sums then say what it wrote, and nothing breaks.
#[tokio::test]
async fn no_cursor_makes_a_report_fail() {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    done(&world, adjust("1", "a")).await;
    let day = today(&world);
    let answer = ask_within(&world, &report(&day, &day), Duration::from_secs(5)).await;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(answer["next_cursor"].as_str().unwrap()).unwrap();
    let position: Value = serde_json::from_slice(&bytes[1..]).unwrap();
    let line = json!({
        "day": u16::MAX, "mode": "live", "channel": "operator", "payments": u64::MAX, "gross": i64::MAX,
        "fees": i64::MIN, "refunds": i64::MAX, "returned": i64::MIN,
    });
    let mut here = line.clone();
    here["day"] = json!(0);
    let sums = json!({"lines": [line, here, line], "payouts": i64::MIN, "adjustments": i64::MAX});
    let mut edited = position.clone();
    edited["sums"] = sums;
    edited["reading"] = json!(null);
    edited["done"] = json!(null);
    let write = |position: &Value| BASE64_URL_SAFE_NO_PAD.encode(format!("1{position}"));
    done(&world, with(report(&day, &day), &[("cursor", json!(write(&edited)))])).await;
    for broken in [json!({}), json!({"sums": 1}), with(position, &[("more", json!(1))])] {
        let command = with(report(&day, &day), &[("cursor", json!(write(&broken)))]);
        assert_eq!(refused(&world, command).await, "invalid_cursor");
    }
}

#[tokio::test]
async fn a_report_has_bounds_that_are_checked_before_the_store() {
    let world = World::with_live_shop().await;
    world.proxy.take_calls();
    for (from, to) in [
        ("2026-02-30", "2026-03-01"),
        ("2026-03-01", "2026-02-28"),
        ("2026-01-01", "2026-04-03"),
        ("1970-01-01", "9999-12-31"),
        ("", "2026-01-01"),
    ] {
        assert_eq!(refused(&world, report(from, to)).await, "invalid_field", "{from} {to}");
    }
    for bad in ["", "abc", &"a".repeat(300_000)] {
        let command = with(report("2026-01-01", "2026-01-01"), &[("cursor", json!(bad))]);
        assert_eq!(refused(&world, command).await, "invalid_cursor");
    }
    assert!(world.proxy.take_calls().is_empty());
    done(&world, report("2026-01-01", "2026-04-02")).await;
    let unknown = with(report("2026-01-01", "2026-01-01"), &[("shop_id", json!("999"))]);
    assert_eq!(refused(&world, unknown).await, "shop_not_found");
}

#[tokio::test]
async fn events_are_listed_newest_first_by_day_and_type() {
    let world = World::with_live_shop().await;
    let mut days = Vec::new();
    for number in 0..3 {
        tomorrow_at(&world, 10);
        days.push(today(&world));
        let order_id = paid(&world, "1000").await;
        world.clock.advance_ms(MINUTE_MS);
        done(&world, refund(&order_id, &format!("r{number}"))).await;
        done(&world, adjust("1", &format!("a{number}"))).await;
    }
    let list = |more: Value| {
        let mut command = json!({"command": "list_events", "shop_id": "201", "limit": 2});
        command.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        command
    };
    let all = all_events(&world, list(json!({}))).await;
    assert_eq!(all.len(), 9);
    assert!(all.is_sorted_by(|a, b| a["event_id"].as_str() > b["event_id"].as_str()), "{all:?}");
    let event =
        &all_events(&world, list(json!({"type": "payment.refunded", "from": days[1], "to": days[1]}))).await;
    assert_eq!(event.len(), 1);
    assert_eq!(
        (&event[0]["amount"], &event[0]["returned_by"], &event[0]["reference"]),
        (&json!(-1000.0), &json!("us"), &json!("r1")),
        "{event:?}"
    );
    assert_eq!(all_events(&world, list(json!({"to": days[0]}))).await.len(), 3);
    for (field, value, code) in [
        ("type", json!("payment.lost"), "invalid_field"),
        ("limit", json!(0), "invalid_field"),
        ("cursor", json!("abc"), "invalid_cursor"),
        ("from", json!("2026-13-01"), "invalid_field"),
        ("shop_id", json!("999"), "shop_not_found"),
    ] {
        assert_eq!(refused(&world, list(json!({field: value}))).await, code, "{field}");
    }
    let reversed = list(json!({"from": days[1], "to": days[0]}));
    assert_eq!(refused(&world, reversed).await, "invalid_field");
}

proptest! {
    #![proptest_config(Config { cases: 16, max_shrink_iters: 60, failure_persistence: None, ..Config::default() })]

    /// Random amounts, fees, refunds, payouts, reversals, adjustments and faults. The balance, its
    /// totals, the events and the report agree to the tiyin, through the front door.
    #[test]
    fn everything_that_tells_of_money_agrees(
        // Few payments, so that many of them are paid and refunded.
        steps in proptest::collection::vec((step(), 0..3_usize), 20..60),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut sequence = Sequence::new().await;
            let from = today(&sequence.world);
            for (step, which) in &steps {
                sequence.take(step, *which).await;
            }
            let world = sequence.world;
            world.proxy.heal();
            invariants::check(&world.tables).await;
            let shop = done(&world, json!({"command": "show_shop", "shop_id": "201"})).await;
            let of_shop = with(report(&from, &today(&world)), &[("shop_id", json!("201"))]);
            let report = done(&world, of_shop).await;
            let sum = |column: usize| lines(&report).values().map(|line| line[column]).sum::<i64>();
            let [payments, gross, fees, refunds] = [0, 1, 2, 3].map(sum);
            let [payouts, adjustments] = ["payouts", "adjustments"].map(|name| tiyin(&report[name]));
            prop_assert_eq!(payments, shop["paid_count"].as_i64().unwrap());
            prop_assert_eq!(gross, tiyin(&shop["paid_total"]));
            prop_assert_eq!(fees, tiyin(&shop["fee_total"]));
            prop_assert_eq!(refunds, tiyin(&shop["refunded_total"]));
            prop_assert_eq!(payouts, tiyin(&shop["paid_out_total"]));
            prop_assert_eq!(adjustments, tiyin(&shop["adjusted_total"]));
            let balance = tiyin(&shop["balance"]);
            prop_assert_eq!(gross - fees - refunds - payouts + adjustments, balance);

            let events = all_events(&world, json!({"command": "list_events", "shop_id": "201", "limit": 7})).await;
            prop_assert_eq!(events.iter().map(|event| tiyin(&event["net"])).sum::<i64>(), balance);
            for provider in report["providers"].as_array().unwrap() {
                let owed = events.iter().filter(|event| event["provider"] == provider["provider"]);
                let owed = owed.filter(|event| event["returned_by"] != "us").map(|event| tiyin(&event["amount"]));
                prop_assert_eq!(owed.sum::<i64>(), tiyin(&provider["owes"]));
            }
            Ok(())
        })?;
    }
}
