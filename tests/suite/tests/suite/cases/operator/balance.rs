//! Payouts that come back, and adjustments: each reference has one effect, whatever fails and
//! whoever else acts at the same time.

use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    invariants,
    store_proxy::{Fault, nth, on},
    world::{LIVE, World},
};

use crate::support::{
    operator::{
        adjust, ask, complete, done, paid, payout, perform, refund, refused, reply, reverse_payout, settle,
        with,
    },
    providers::{AMOUNT, MINUTE_MS, balance, events, held_by_click, held_by_payme, live_order, set_fee},
};

async fn shown(world: &World) -> Value {
    done(world, json!({"command": "show_shop", "shop_id": "201"})).await
}

#[tokio::test]
async fn a_payout_that_came_back_is_on_the_balance_again() {
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    done(&world, payout("400.50", "week 47")).await;
    world.clock.advance_ms(MINUTE_MS);
    let answer = done(&world, reverse_payout("week 47", "bank 9")).await;
    assert_eq!(
        (&answer["balance"], &answer["payout"]["reference"], &answer["payout"]["reversed_by"]),
        (&json!(1000.0), &json!("week 47"), &json!("bank 9")),
        "{answer}"
    );
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    assert_eq!(refused(&world, reverse_payout("week 47", "bank 10")).await, "payout_reversed");
    // The money may be paid out again, in a payout of its own.
    done(&world, payout("400.50", "week 48")).await;
    assert_eq!(refused(&world, payout("400.50", "bank 9")).await, "reference_conflict");

    let listed = done(&world, json!({"command": "list_payouts", "shop_id": "201"})).await;
    let payouts = listed["payouts"].as_array().unwrap();
    assert_eq!(payouts.len(), 2, "{listed}");
    assert_eq!((&payouts[0]["reference"], payouts[0].get("reversed_at")), (&json!("week 48"), None));
    assert_eq!(payouts[1], answer["payout"]);
    let shop = shown(&world).await;
    assert_eq!((&shop["paid_out_total"], &shop["balance"]), (&json!(400.5), &json!(599.5)), "{shop}");
    let event = events(&world).await.into_iter().find(|event| event["type"] == "payout.reversed").unwrap();
    assert_eq!(
        (&event["net"], &event["reference"], &event["reason"]),
        (&json!(40_050), &json!("bank 9"), &json!("The bank returned it"))
    );
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn only_a_payout_of_the_shop_can_be_reversed() {
    let world = World::with_live_shop().await;
    let order_id = live_order(&world).await;
    done(&world, settle(&order_id, "settle")).await;
    done(&world, adjust("1", "correction")).await;
    done(&world, refund(&order_id, "refund")).await;
    for payout in ["nothing", "settle", "correction", "refund", "same"] {
        assert_eq!(refused(&world, reverse_payout(payout, "same")).await, "payout_not_found", "{payout}");
    }
    done(&world, payout("1", "same")).await;
    // A payout's own reference is taken.
    assert_eq!(refused(&world, reverse_payout("same", "same")).await, "reference_conflict");
    let of_test_shop = ask(&world, with(reverse_payout("same", "r"), &[("shop_id", json!("101"))])).await;
    assert_eq!(of_test_shop["error"], "A test shop has no payout to reverse: its money is not real");
    let unknown = with(reverse_payout("same", "r"), &[("shop_id", json!("999"))]);
    assert_eq!(refused(&world, unknown).await, "shop_not_found");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn an_adjustment_moves_the_balance_by_its_sign() {
    let world = World::with_live_shop().await;
    let body = reply(&world, &adjust("1000.5", "a")).await.body;
    assert_eq!(body, r#"{"success":true,"balance":1000.50}"#);
    done(&world, adjust("-0.51", "b")).await;
    assert_eq!(balance(&world, LIVE).await, "999.99 UZS");
    let answer = ask(&world, adjust("-1000", "c")).await;
    assert_eq!(
        (&answer["error_code"], &answer["error"]),
        (&json!("insufficient_balance"), &json!("The shop's balance is 999.99 UZS, less than 1000.00 UZS"))
    );
    let allowed = with(adjust("-1000", "c"), &[("allow_negative", json!(true))]);
    assert_eq!(reply(&world, &allowed).await.body, r#"{"success":true,"balance":-0.01}"#);
    assert_eq!(balance(&world, LIVE).await, "-0.01 UZS");
    assert_eq!(refused(&world, payout("0.01", "p")).await, "insufficient_balance");
    // Money that comes in needs no permission, even if it does not cover the balance.
    done(&world, with(adjust("-100", "d"), &[("allow_negative", json!(true))])).await;
    done(&world, adjust("50", "e")).await;
    let shop = reply(&world, &json!({"command": "show_shop", "shop_id": "201"})).await.body;
    for total in
        [r#""balance":-50.01"#, r#""adjusted_total":-50.01"#, r#""paid_total":0.00"#, r#""fee_total":0.00"#]
    {
        assert!(shop.contains(total), "{total}: {shop}");
    }
    let answer = ask(&world, with(adjust("1", "f"), &[("shop_id", json!("101"))])).await;
    assert_eq!(
        (&answer["error_code"], &answer["error"]),
        (&json!("test_shop"), &json!("A test shop takes no adjustment: its money is not real"))
    );
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn an_adjustment_of_no_amount_is_refused_before_the_store_is_asked() {
    let world = World::with_live_shop().await;
    world.proxy.take_calls();
    for amount in
        ["0", "-0", "-0.00", "+1", "--1", "1.001", "1e3", "", "-", " 1", "1000000000000", "-1000000000000"]
    {
        assert_eq!(refused(&world, adjust(amount, "a")).await, "invalid_field", "{amount:?}");
    }
    for (field, value) in
        [("reason", json!("")), ("reason", json!("a".repeat(201))), ("reference", json!("ў"))]
    {
        assert_eq!(refused(&world, with(adjust("1", "a"), &[(field, value)])).await, "invalid_field");
    }
    for command in [reverse_payout("", "a"), reverse_payout("a", "")] {
        assert_eq!(refused(&world, command).await, "invalid_field");
    }
    assert!(world.proxy.take_calls().is_empty());
}

/// The largest adjustments, until the balance has no room. It stays readable.
#[tokio::test]
async fn no_adjustment_takes_the_balance_beyond_what_is_stored() {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let world = World::with_live_shop().await;
    for (attribute, amount, edge) in [
        ("balance", "999999999999.99", i64::MAX - 1),
        ("balance", "-999999999999.99", i64::MIN + 1),
        ("adjusted_total", "999999999999.99", i64::MAX - 1),
    ] {
        let update = world.tables.update_item().table_name("shops").key("shop_id", S("201".to_owned()));
        let update = update.key("record", S("balance".to_owned()));
        let update = update.update_expression("SET balance = :zero, adjusted_total = :zero");
        update.expression_attribute_values(":zero", N("0".to_owned())).send().await.unwrap();
        let update = world.tables.update_item().table_name("shops").key("shop_id", S("201".to_owned()));
        let update = update.key("record", S("balance".to_owned())).update_expression("SET #total = :edge");
        let update = update.expression_attribute_names("#total", attribute);
        update.expression_attribute_values(":edge", N(edge.to_string())).send().await.unwrap();
        let command = with(adjust(amount, "a"), &[("allow_negative", json!(true))]);
        assert_eq!(refused(&world, command).await, "amount_too_large", "{attribute}");
    }
    shown(&world).await;
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_byte_for_byte() {
    let world = World::with_live_shop().await;
    paid(&world, "5000").await;
    done(&world, payout("700.5", "p")).await;
    let negative = with(adjust("-5000", "c"), &[("allow_negative", json!(true))]);
    let commands = [reverse_payout("p", "a"), adjust("-12.5", "b"), negative];
    let mut first = Vec::new();
    for command in &commands {
        first.push(reply(&world, command).await.body);
        world.clock.advance_ms(61_000);
        paid(&world, "1000").await;
    }
    for (command, first) in commands.iter().zip(&first) {
        assert!(first.starts_with(r#"{"success":true,"#), "{first}");
        assert_eq!(reply(&world, command).await.body, *first);
    }
    // The same amount in another form, and the default said aloud.
    let same = with(adjust("-12.50", "b"), &[("allow_negative", json!(false))]);
    assert_eq!(reply(&world, &same).await.body, first[1]);
    // What was recorded as a payout is shown as it was then, although it was reversed.
    assert_eq!(reply(&world, &payout("700.5", "p")).await.json()["payout"].get("reversed_at"), None);
    for other in [
        adjust("-12.51", "b"),
        adjust("12.50", "b"),
        with(adjust("-12.5", "b"), &[("reason", json!("another"))]),
        adjust("-5000", "c"),
        reverse_payout("q", "a"),
        with(reverse_payout("p", "a"), &[("reason", json!("another"))]),
        payout("700.5", "a"),
        reverse_payout("p", "b"),
    ] {
        assert_eq!(refused(&world, other).await, "reference_conflict");
    }
    invariants::check(&world.tables).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_has_one_effect_and_one_answer_whatever_fails() {
    let world = World::with_live_shop().await;
    let anywhere = |fault| (1..=4).map(move |call| (fault, nth(call)));
    let faults = [Fault::LoseAnswer, Fault::LoseRequest, Fault::InternalError, Fault::Throttle];
    let conflicts = [Fault::TransactionConflict, Fault::TransactionInProgress];
    let conflicts = conflicts.map(|fault| (fault, on("TransactWriteItems").nth(1)));
    for (number, (fault, when)) in faults.into_iter().flat_map(anywhere).chain(conflicts).enumerate() {
        paid(&world, "1000").await;
        let reference = |command: &str| format!("{number} {command}");
        done(&world, payout("1000", &reference("payout"))).await;
        for command in [
            reverse_payout(&reference("payout"), &reference("reversal")),
            adjust("-1000", &reference("adjustment")),
        ] {
            world.proxy.inject(fault, when.clone());
            let first = reply(&world, &command).await;
            world.proxy.heal();
            assert_eq!(first.json()["success"], true, "{fault:?} {when:?} of {command}: {first:?}");
            assert_eq!(reply(&world, &command).await.body, first.body);
        }
        assert_eq!(balance(&world, LIVE).await, "0.00 UZS", "{fault:?} {when:?}");
    }
    invariants::check(&world.tables).await;
}

/// Two reversals of one payout, and two equal adjustments, decide before either is written.
#[tokio::test(flavor = "multi_thread")]
async fn equal_actions_at_once_have_one_effect() {
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    done(&world, payout("1000", "p")).await;
    for (one, other, codes) in [
        (reverse_payout("p", "a"), reverse_payout("p", "b"), vec!["payout_reversed"]),
        (adjust("-600", "c"), adjust("-600", "d"), vec!["insufficient_balance"]),
        (adjust("-100", "e"), adjust("-100", "e"), vec![]),
    ] {
        let gate = world.proxy.gate(on("TransactWriteItems").times(2));
        let opened = async {
            gate.reached_by(2).await;
            gate.open();
        };
        let (one, other, ()) = tokio::join!(ask(&world, one), ask(&world, other), opened);
        let refused: Vec<&Value> =
            [&one, &other].into_iter().filter(|answer| answer["success"] == false).collect();
        let refused: Vec<&str> =
            refused.iter().map(|answer| answer["error_code"].as_str().unwrap()).collect();
        assert_eq!(refused, codes, "{one} {other}");
    }
    assert_eq!(balance(&world, LIVE).await, "300.00 UZS");
    invariants::check(&world.tables).await;
}

/// An operator acts on the balance while payers pay. Nothing is lost, and each answer tells the
/// balance of its moment.
#[tokio::test(flavor = "multi_thread")]
async fn actions_and_payments_at_once_add_up() {
    let world = World::with_live_shop().await;
    set_fee(&world, 250).await;
    done(&world, adjust("10000", "opening")).await;
    let mut holds = Vec::new();
    for _ in 0..6 {
        let (first, second) = (live_order(&world).await, live_order(&world).await);
        holds.push((held_by_payme(&world, Mode::Live, &first).await, held_by_click(&world, &second).await));
    }
    let payers = async {
        for (by_payme, by_click) in &holds {
            tokio::join!(perform(&world, Mode::Live, by_payme), complete(&world, by_click));
        }
    };
    let operator = async {
        for number in 0..6 {
            let name = |what: &str| format!("{what} {number}");
            done(&world, payout("100.01", &name("payout"))).await;
            done(&world, reverse_payout(&name("payout"), &name("reversal"))).await;
            done(&world, adjust("-7.77", &name("adjustment"))).await;
        }
    };
    tokio::join!(payers, operator);
    // 10000 + 12 * 975 - 6 * 7.77
    assert_eq!(balance(&world, LIVE).await, "21653.38 UZS");
    invariants::check(&world.tables).await;
}

/// A refund gives the fee back, so it needs only the net on the balance.
#[tokio::test]
async fn a_refund_needs_what_the_payment_added_to_the_balance() {
    let world = World::with_live_shop().await;
    set_fee(&world, 150).await;
    let order_id = live_order(&world).await;
    let id = held_by_payme(&world, Mode::Live, &order_id).await;
    perform(&world, Mode::Live, &id).await;
    assert_eq!(balance(&world, LIVE).await, "985.00 UZS");
    done(&world, payout("0.01", "p")).await;
    let answer = ask(&world, refund(&order_id, "r")).await;
    assert_eq!(
        (&answer["error_code"], &answer["error"]),
        (
            &json!("insufficient_balance"),
            &json!(
                "The shop's balance is 984.99 UZS, less than 985.00 UZS, the payment less its fee of 15.00 UZS"
            )
        )
    );
    done(&world, adjust("0.01", "a")).await;
    done(&world, refund(&order_id, "r")).await;
    let shop = shown(&world).await;
    assert_eq!(
        [&shop["balance"], &shop["fee_total"], &shop["refunded_total"]],
        [&json!(0.0), &json!(0.0), &json!(AMOUNT.parse::<f64>().unwrap())]
    );
    invariants::check(&world.tables).await;
}
