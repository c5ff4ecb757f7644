//! The operator's commands that move money: each reference has one effect, whatever fails and
//! whoever else acts at the same time.

use std::collections::BTreeSet;

use serde_json::json;
use shared::domain::mode::Mode;
use suite::{
    invariants,
    store_proxy::{Fault, nth, on},
    world::{LIVE, SHOP_101, World},
};

use crate::support::{
    operator::{
        ask, cancel, complete, done, new_shop, order, paid, payout, perform, refund, refused, reply, settle,
        with,
    },
    providers::{
        AMOUNT, DAY_MS, HOUR_MS, balance, code, held_by_click, held_by_payme, payme, result, status,
        test_order,
    },
};

#[tokio::test]
async fn money_from_outside_is_settled_even_after_expiry() {
    let world = World::with_live_shop().await;
    let (in_time, late) = (order(&world, "1500.50").await, order(&world, "1000").await);
    let answer = done(&world, settle(&in_time, "bank 1")).await;
    assert_eq!(
        (&answer["payment"]["status"], &answer["payment"]["provider"]),
        (&json!("paid"), &json!("operator")),
        "{answer}"
    );
    world.clock.advance_ms(DAY_MS);
    assert_eq!(world.get(&format!("/api/check_payment?order_id={late}")).await.text("status"), "expired");
    done(&world, settle(&late, "bank 2")).await;
    assert_eq!(world.get(&format!("/api/check_payment?order_id={late}")).await.text("status"), "paid");
    assert_eq!(balance(&world, LIVE).await, "2500.50 UZS");
    assert_eq!(refused(&world, settle(&late, "bank 3")).await, "payment_not_settleable");
    assert_eq!(
        refused(&world, settle("ORD_1701234567_000000000000000000nothing", "bank 4")).await,
        "order_not_found"
    );
}

#[tokio::test]
async fn a_held_payment_is_refused_until_its_hold_is_stale() {
    let world = World::with_live_shop().await;
    let (first, second) = (order(&world, AMOUNT).await, order(&world, AMOUNT).await);
    let holds =
        [held_by_payme(&world, Mode::Live, &first).await, held_by_payme(&world, Mode::Live, &second).await];
    assert_eq!(refused(&world, settle(&first, "a")).await, "payment_held");
    assert_eq!(refused(&world, cancel(&second, "b")).await, "payment_held");
    world.clock.advance_ms(12 * HOUR_MS);
    done(&world, settle(&first, "a")).await;
    done(&world, cancel(&second, "b")).await;
    for id in holds {
        let checked = payme(&world, Mode::Live).check(&id).await.unwrap();
        assert_eq!((result(&checked, "state"), result(&checked, "reason")), (json!(-1), json!(4)));
    }
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
}

#[tokio::test]
async fn a_refund_takes_the_money_back_whoever_paid() {
    let world = World::with_live_shop().await;
    let (by_operator, by_provider) = (paid(&world, "2000").await, order(&world, AMOUNT).await);
    let held = held_by_click(&world, &by_provider).await;
    assert_eq!(refused(&world, refund(&by_provider, "r")).await, "payment_not_refundable");
    complete(&world, &held).await;
    assert_eq!(balance(&world, LIVE).await, "3000.00 UZS");
    let reason = "The buyer sent the goods back";
    let command =
        json!({"command": "refund_payment", "order_id": by_provider, "reference": "r", "reason": reason});
    let answer = done(&world, command).await;
    assert_eq!(answer["payment"]["status"], "refunded", "{answer}");
    done(&world, refund(&by_operator, "s")).await;
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    assert_eq!(refused(&world, refund(&by_operator, "t")).await, "payment_not_refundable");

    let shown = done(&world, json!({"command": "show_payment", "order_id": by_provider})).await;
    assert_eq!(shown["payment"]["status"], "refunded", "{shown}");
    let transactions = shown["transactions"].as_array().unwrap();
    assert_eq!(transactions.len(), 2, "{shown}");
    // We returned the money, so Click's own transaction stays performed.
    assert!(transactions.iter().any(|one| one["kind"] == "click" && one["state"] == 2), "{shown}");
    assert!(
        transactions.iter().any(|one| one["command"] == "refund_payment" && one["reason"] == reason),
        "{shown}"
    );
}

#[tokio::test]
async fn a_settled_payment_pays_the_fee_and_the_operator_sees_it() {
    let world = World::with_live_shop().await;
    done(&world, json!({"command": "set_fee", "shop_id": "201", "fee_bps": 150})).await;
    let (order_id, pending) = (order(&world, "1000").await, order(&world, "1000").await);
    let fee = r#","fee":15.00,"fee_formatted":"15.00 UZS","net":985.00,"net_formatted":"985.00 UZS""#;
    let show = |order_id: &str| json!({"command": "show_payment", "order_id": order_id});
    for command in [settle(&order_id, "a"), show(&order_id), refund(&order_id, "b"), show(&order_id)] {
        let body = reply(&world, &command).await.body;
        assert!(body.contains(fee), "{command}: {body}");
    }
    let body = reply(&world, &show(&pending)).await.body;
    assert!(!body.contains("fee") && !body.contains("net"), "{body}");
}

#[tokio::test]
async fn a_cancelled_payment_cannot_be_settled() {
    let world = World::with_live_shop().await;
    let (order_id, late) = (order(&world, "1000").await, order(&world, "1000").await);
    assert_eq!(done(&world, cancel(&order_id, "a")).await["payment"]["status"], "cancelled");
    for command in [settle(&order_id, "b"), cancel(&order_id, "b"), refund(&order_id, "b")] {
        assert!(refused(&world, command).await.starts_with("payment_not_"));
    }
    world.clock.advance_ms(DAY_MS);
    assert_eq!(refused(&world, cancel(&late, "b")).await, "payment_not_cancellable");
}

#[tokio::test]
async fn a_repeated_reference_gets_the_first_answer_byte_for_byte() {
    let world = World::with_live_shop().await;
    let (a, b, c) = (order(&world, "5000").await, order(&world, "1000").await, order(&world, "2000").await);
    let commands = [settle(&a, "1"), settle(&c, "2"), cancel(&b, "3"), refund(&c, "4"), payout("700.5", "5")];
    let mut first = Vec::new();
    for command in &commands {
        first.push(reply(&world, command).await.body);
        world.clock.advance_ms(61_000);
    }
    for (command, first) in commands.iter().zip(&first) {
        assert!(first.starts_with(r#"{"success":true,"#), "{first}");
        assert_eq!(reply(&world, command).await.body, *first);
    }
    // The amount is another text with the same value.
    assert_eq!(reply(&world, &payout("700.50", "5")).await.body, first[4]);
    assert_eq!(balance(&world, LIVE).await, "4299.50 UZS");

    for command in [
        settle(&b, "1"),
        refund(&a, "1"),
        cancel(&a, "2"),
        json!({"command": "refund_payment", "order_id": c, "reference": "4", "reason": "another"}),
        payout("700.51", "5"),
        payout("5000", "1"),
        settle(&b, "5"),
    ] {
        assert_eq!(refused(&world, command).await, "reference_conflict");
    }
    assert_eq!(balance(&world, LIVE).await, "4299.50 UZS");
}

#[tokio::test]
async fn a_reference_belongs_to_its_shop_and_a_refused_action_leaves_it_free() {
    let world = World::with_live_shop().await;
    let order_id = order(&world, "1000").await;
    assert_eq!(refused(&world, payout("0.01", "same")).await, "insufficient_balance");
    assert_eq!(refused(&world, refund(&order_id, "same")).await, "payment_not_refundable");
    done(&world, settle(&order_id, "same")).await;

    let (shop, key) = new_shop(&world, "live").await;
    let other = world
        .get(&format!("/api/create_payment?shop_id={shop}&shop_key={key}&amount=1000"))
        .await
        .text("order_id");
    done(&world, settle(&other, "same")).await;
    let command = json!({"command": "record_payout", "shop_id": shop, "amount": "1000", "reference": "same"});
    assert_eq!(refused(&world, command).await, "reference_conflict");
}

#[tokio::test]
async fn money_that_was_paid_out_cannot_be_refunded() {
    let world = World::with_live_shop().await;
    let order_id = order(&world, AMOUNT).await;
    let id = held_by_payme(&world, Mode::Live, &order_id).await;
    perform(&world, Mode::Live, &id).await;
    let answer = done(&world, payout("1000.00", "all")).await;
    assert_eq!(
        (&answer["payout"]["amount_formatted"], &answer["payout"]["reference"]),
        (&json!("1000.00 UZS"), &json!("all"))
    );
    let answer = ask(&world, refund(&order_id, "r")).await;
    assert_eq!(answer["error_code"], "insufficient_balance");
    assert_eq!(answer["error"], "The shop's balance is 0.00 UZS, less than 1000.00 UZS");
    // Payme's own cancellation gets the same answer.
    assert_eq!(code(&payme(&world, Mode::Live).cancel(&id, 5).await.unwrap()), -31007);
    assert_eq!(status(&world, &order_id).await, "paid");
    // Money that comes later makes the refund possible, under the same reference.
    paid(&world, AMOUNT).await;
    done(&world, refund(&order_id, "r")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_payouts_at_once_for_the_whole_balance_one_succeeds() {
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    let gate = world.proxy.gate(on("TransactWriteItems").times(2));
    let opened = async {
        gate.reached_by(2).await;
        gate.open();
    };
    let ((), a, b) = tokio::join!(opened, ask(&world, payout("1000", "a")), ask(&world, payout("1000", "b")));
    let outcomes: BTreeSet<String> = [&a, &b].map(|answer| answer["error_code"].to_string()).into();
    assert_eq!(outcomes, ["\"insufficient_balance\"", "null"].map(str::to_owned).into(), "{a} {b}");
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reference_twice_at_once_is_one_action_and_one_answer() {
    for round in 0..4 {
        let world = World::with_live_shop().await;
        let (fresh, settled) = (order(&world, "1000").await, paid(&world, "3000").await);
        let command = match round {
            0 => settle(&fresh, "x"),
            1 => refund(&settled, "x"),
            2 => cancel(&fresh, "x"),
            _ => payout("500", "x"),
        };
        let gate = world.proxy.gate(on("TransactWriteItems").times(2));
        let opened = async {
            gate.reached_by(2).await;
            gate.open();
        };
        let ((), a, b) = tokio::join!(opened, reply(&world, &command), reply(&world, &command));
        assert!(a.body == b.body && a.json()["success"] == true, "{a:?} {b:?}");
        assert_eq!(
            balance(&world, LIVE).await,
            ["4000.00 UZS", "0.00 UZS", "3000.00 UZS", "2500.00 UZS"][round]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_changed_since_it_was_read_is_decided_again() {
    let world = World::with_live_shop().await;
    let order_id = order(&world, AMOUNT).await;
    let gate = world.proxy.gate(on("TransactWriteItems").times(1));
    let meanwhile = async {
        gate.reached().await;
        let id = held_by_payme(&world, Mode::Live, &order_id).await;
        gate.open();
        id
    };
    let (id, code) = tokio::join!(meanwhile, refused(&world, cancel(&order_id, "c")));
    assert_eq!(code, "payment_held");

    perform(&world, Mode::Live, &id).await;
    let gate = world.proxy.gate(on("TransactWriteItems").times(1));
    let meanwhile = async {
        gate.reached().await;
        let cancelled = payme(&world, Mode::Live).cancel(&id, 5).await.unwrap();
        gate.open();
        result(&cancelled, "state")
    };
    let (state, code) = tokio::join!(meanwhile, refused(&world, refund(&order_id, "c")));
    assert_eq!((state, code.as_str()), (json!(-2), "payment_not_refundable"));
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_has_one_effect_and_one_answer_whatever_fails() {
    // Only writes can conflict.
    let conflict = || on("TransactWriteItems").nth(1);
    let anywhere = |fault| (1..=4).map(move |call| (fault, nth(call)));
    let faults = [Fault::LoseAnswer, Fault::LoseRequest, Fault::InternalError, Fault::Throttle]
        .into_iter()
        .flat_map(anywhere);
    let conflicts = [Fault::TransactionConflict, Fault::TransactionInProgress]
        .into_iter()
        .map(|fault| (fault, conflict()));
    let world = World::with_live_shop().await;
    for (number, (fault, when)) in faults.chain(conflicts).enumerate() {
        let (fresh, settled) = (order(&world, "1000").await, paid(&world, "1000").await);
        let doomed = order(&world, "1000").await;
        let reference = |command: &str| format!("{number} {command}");
        for command in [
            settle(&fresh, &reference("settle")),
            refund(&settled, &reference("refund")),
            cancel(&doomed, &reference("cancel")),
            payout("1000", &reference("payout")),
        ] {
            world.proxy.inject(fault, when.clone());
            let first = reply(&world, &command).await;
            world.proxy.heal();
            assert_eq!(first.json()["success"], true, "{fault:?} {when:?} of {command}: {first:?}");
            assert_eq!(reply(&world, &command).await.body, first.body);
        }
        // Settled and paid out again, paid and refunded again.
        assert_eq!(balance(&world, LIVE).await, "0.00 UZS", "{fault:?} {when:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_of_an_action_is_resolved_by_reading() {
    let world = World::with_live_shop().await;
    let order_id = order(&world, "1000").await;
    world.proxy.inject(Fault::LoseAnswer, on("TransactWriteItems"));
    let first = reply(&world, &settle(&order_id, "a")).await;
    assert_eq!(first.json()["success"], true, "{first:?}");
    assert_eq!(new_shop(&world, "test").await.0, "1001");
    world.proxy.heal();
    assert_eq!(reply(&world, &settle(&order_id, "a")).await.body, first.body);
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_down_is_answered_and_nothing_changes() {
    let world = World::with_live_shop().await;
    let order_id = order(&world, "1000").await;
    world.proxy.down();
    assert_eq!(refused(&world, settle(&order_id, "a")).await, "store_unavailable");
    world.proxy.up();
    world.proxy.inject(Fault::LoseRequest, on("TransactWriteItems"));
    assert_eq!(refused(&world, settle(&order_id, "a")).await, "store_unavailable");
    world.proxy.heal();
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    done(&world, settle(&order_id, "a")).await;
}

#[tokio::test]
async fn a_test_shop_takes_no_payout() {
    let world = World::with_live_shop().await;
    let order_id = test_order(&world).await;
    done(&world, settle(&order_id, "s")).await;
    let answer = ask(&world, with(payout("1000.00", "p"), &[("shop_id", json!("101"))])).await;
    assert_eq!(
        (&answer["error_code"], &answer["error"]),
        (&json!("test_shop"), &json!("A test shop takes no payout: its money is not real"))
    );
    let (shop_id, _) = new_shop(&world, "test").await;
    assert_eq!(refused(&world, with(payout("0.01", "p"), &[("shop_id", json!(shop_id))])).await, "test_shop");
    assert_eq!(
        done(&world, json!({"command": "list_payouts", "shop_id": "101"})).await["payouts"],
        json!([])
    );
    assert_eq!(balance(&world, SHOP_101).await, "1000.00 UZS");
    // Refunds of a test shop are possible.
    done(&world, refund(&order_id, "r")).await;
    invariants::check(&world.tables).await;
}
