//! `get_report`: sums by Tashkent day, and balances that agree while payments go on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_http::Context;
use serde_json::{Value, json};
use shared::domain::{day::Day, mode::Mode};
use suite::{
    event,
    store_proxy::{on, units},
    world::{LIVE, SHOP_101, World},
};

use crate::support::{
    journal::{PLAIN, all_events, fill, pay, pay_order, tiyin},
    operator::done,
    providers::{DAY_MS, HOUR_MS, held_by_payme, live_order, payme, set_fee},
};

async fn report(world: &World, shop: &str, parameters: &str) -> Value {
    let report = world.get(&format!("/api/get_report?{shop}&{parameters}")).await.json();
    assert_eq!(report["success"], true, "{report}");
    let opening_and_net = tiyin(&report["opening_balance"]) + tiyin(&report["totals"]["net"]);
    assert_eq!(opening_and_net, tiyin(&report["closing_balance"]), "{report}");
    let days = report["days"].as_array().unwrap();
    for name in ["paid", "fee", "refunded", "paid_out", "adjusted", "net"] {
        let sum: i64 = days.iter().map(|day| tiyin(&day[name])).sum();
        assert_eq!(sum, tiyin(&report["totals"][name]), "{name}: {report}");
    }
    report
}

#[tokio::test]
async fn a_month_ends_at_midnight_in_tashkent() {
    let world = World::with_live_shop().await;
    set_fee(&world, 100).await;
    let payme = payme(&world, Mode::Live);
    let midnight = Day::parse("2026-12-01").unwrap().start();
    world.clock.set(midnight.plus_ms(-HOUR_MS));
    let (first, second) = (live_order(&world).await, live_order(&world).await);
    let id = held_by_payme(&world, Mode::Live, &first).await;
    world.clock.set(midnight.plus_ms(-1));
    payme.perform(&id).await.unwrap();
    let other = held_by_payme(&world, Mode::Live, &second).await;
    world.clock.set(midnight);
    payme.perform(&other).await.unwrap();
    world.clock.set(midnight.plus_ms(DAY_MS));
    payme.cancel(&id, 5).await.unwrap();
    done(&world, json!({"command": "record_payout", "shop_id": "201", "amount": "400", "reference": "1"}))
        .await;

    let whole = world.get(&format!("/api/get_report?{LIVE}&from=2026-11-30&to=2026-12-02")).await;
    insta::assert_snapshot!(whole.body.replace("},{", "},\n{"), @r#"
    {"success":true,"shop_id":"201","shop_name":"Do'kon","mode":"live","from":"2026-11-30","to":"2026-12-02","days":[{"date":"2026-11-30","paid_count":1,"paid":1000.00,"fee":10.00,"refunded_count":0,"refunded":0.00,"paid_out":0.00,"adjusted":0.00,"net":990.00},
    {"date":"2026-12-01","paid_count":1,"paid":1000.00,"fee":10.00,"refunded_count":0,"refunded":0.00,"paid_out":0.00,"adjusted":0.00,"net":990.00},
    {"date":"2026-12-02","paid_count":0,"paid":0.00,"fee":-10.00,"refunded_count":1,"refunded":1000.00,"paid_out":400.00,"adjusted":0.00,"net":-1390.00}],"totals":{"paid_count":2,"paid":2000.00,"fee":10.00,"refunded_count":1,"refunded":1000.00,"paid_out":400.00,"adjusted":0.00,"net":590.00},"opening_balance":0.00,"closing_balance":590.00}
    "#);
    let november = report(&world, LIVE, "from=2026-11-01&to=2026-11-30").await;
    let december = report(&world, LIVE, "from=2026-12-01&to=2026-12-31").await;
    assert_eq!(tiyin(&november["closing_balance"]), 99_000);
    assert_eq!(tiyin(&december["opening_balance"]), 99_000);
    assert_eq!(tiyin(&december["closing_balance"]), 59_000);
    let before = report(&world, LIVE, "from=2025-12-01&to=2026-11-29").await;
    assert_eq!(tiyin(&before["closing_balance"]), 0);
    let default = report(&world, LIVE, "").await;
    assert_eq!((&default["from"], &default["to"]), (&json!("2026-11-03"), &json!("2026-12-02")));
    assert_eq!(default["days"].as_array().unwrap().len(), 30);
}

/// All payments lie in the report's days, so the opening balance is zero exactly if the balance and
/// the events are of one moment.
#[tokio::test(flavor = "multi_thread")]
async fn the_balances_agree_while_payments_go_on() {
    let world = World::start().await;
    let mut orders = Vec::new();
    for _ in 0..150 {
        orders.push(world.create("amount=1000").await);
    }
    let settle = async {
        for order in &orders {
            pay_order(&world, order).await;
            // 50 a second, so that some become settled while the report is asked for.
            world.clock.advance_ms(20);
        }
        world.clock.advance_ms(40_000);
    };
    let asking = async {
        let mut closing = Vec::new();
        loop {
            let report = report(&world, SHOP_101, "").await;
            assert_eq!(tiyin(&report["opening_balance"]), 0, "{report}");
            closing.push(tiyin(&report["closing_balance"]));
            if closing.last() == Some(&15_000_000) {
                return closing;
            }
        }
    };
    let ((), closing) = tokio::join!(settle, asking);
    assert!(closing.is_sorted());
    eprintln!("{} reports while 150 payments were paid", closing.len());
    assert!(closing.len() > 3, "{closing:?}");
}

/// One payment is paid between the two readings of the balance. Another one took so long to commit
/// that its event appears among the early ones after those were read.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_between_the_readings_is_seen_wholly_or_not_at_all() {
    let world = World::start().await;
    pay(&world, "amount=1000").await;
    let [second, slow] = [world.create("amount=2000").await, world.create("amount=3000").await];
    let commit = world.proxy.gate(on("TransactWriteItems").times(1));
    let paid_slowly = pay_order(&world, &slow);
    let asked_meanwhile = async {
        commit.reached().await;
        world.clock.advance_ms(2_000);
        let settled = world.proxy.gate_answers(on("Query").times(1));
        let asked = report(&world, SHOP_101, "");
        let interfered = async {
            settled.reached().await;
            let late = world.proxy.gate_answers(on("Query").times(1));
            settled.open();
            late.reached().await;
            pay_order(&world, &second).await;
            let early = world.proxy.gate_answers(on("Query").times(1));
            late.open();
            early.reached().await;
            commit.open();
            while all_events(&world, "").await.len() < 3 {}
            early.open();
        };
        tokio::join!(asked, interfered).0
    };
    let ((), report) = tokio::join!(paid_slowly, asked_meanwhile);
    assert_eq!(tiyin(&report["opening_balance"]), 0, "{report}");
    assert_eq!(report["totals"]["paid_count"], 3);
}

/// DynamoDB commits item by item: the balance has the payment already, and its event comes while the
/// report reads.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_committed_after_the_balance_is_not_left_out() {
    let world = World::start().await;
    pay(&world, "amount=1000").await;
    let items = world.tables.scan().table_name("events").send().await.unwrap().items.unwrap();
    let event = items[0].clone();
    let key = |name: &str| (name.to_owned(), event[name].clone());
    let delete = world.tables.delete_item().table_name("events");
    let keys = [key("shop_id"), key("event_key")].into_iter().collect();
    delete.set_key(Some(keys)).send().await.unwrap();
    // The first query is of the settled events, the second of the newest.
    let newest = world.proxy.gate_answers(on("Query").after(1).times(1));
    let committed = async {
        newest.reached().await;
        let put = world.tables.put_item().table_name("events");
        put.set_item(Some(event.clone())).send().await.unwrap();
        newest.open();
    };
    let (report, ()) = tokio::join!(report(&world, SHOP_101, ""), committed);
    assert_eq!(tiyin(&report["opening_balance"]), 0, "{report}");
    assert_eq!(report["totals"]["paid_count"], 1);
}

#[tokio::test]
async fn a_report_costs_what_the_readme_promises() {
    let world = World::start().await;
    fill(&world, world.stack.service.clock.now().plus_ms(-HOUR_MS), 10_000, PLAIN).await;
    world.proxy.take_calls();
    let report = report(&world, suite::world::SHOP_102, "").await;
    let calls = world.proxy.take_calls();
    eprintln!("10,000 events: {} round trips, {:?}", calls.len(), units(&calls));
    assert_eq!(report["totals"]["paid_count"], 10_000);
    assert_eq!(tiyin(&report["totals"]["net"]), 10_000 * 99_000);
    assert!(units(&calls).read < 600.0 && calls.len() < 14, "{} {:?}", calls.len(), units(&calls));
    world.proxy.take_calls();
    world.shop("get_report", "").await;
    let calls = world.proxy.take_calls();
    eprintln!("no events: {} round trips, {:?}", calls.len(), units(&calls));
    assert_eq!(calls.len(), 6);
}

#[tokio::test]
async fn days_that_take_too_long_are_refused() {
    let world = World::start().await;
    let mut context = Context::default();
    let deadline = SystemTime::now() + Duration::from_millis(2_900);
    context.deadline = u64::try_from(deadline.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let event = event::v2("GET", "/api/get_report", SHOP_101).to_string();
    let answer = get_report::endpoint().invoke(&world.stack.service, &event, context).await.unwrap();
    let answer: Value = serde_json::from_str(answer.get()).unwrap();
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["error_code"], "invalid_parameter", "{body}");
    assert!(body["error"].as_str().unwrap().contains("later days"), "{body}");
}
