//! Money that Click took after its hold ended, settled by an operator.

use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    invariants,
    world::{LIVE, World},
};

use crate::support::{
    operator::{done, refund, refused, reply, settle, with},
    providers::{
        HOUR_MS, MINUTE_MS, balance, click, code, error, held_by_click, held_by_payme, live_order, payme,
        status,
    },
};

/// Settles a payment whose money was received by `from`.
fn settle_from(order_id: &str, reference: &str, from: &str) -> Value {
    with(settle(order_id, reference), &[("received", json!(from))])
}

/// A payment that Click held, with the Complete for it. Its hold is stale.
async fn stale_click_hold(world: &World) -> (String, runners::click::Fields) {
    let order_id = live_order(world).await;
    let fields = held_by_click(world, &order_id).await;
    assert_eq!(refused(world, settle_from(&order_id, "too early", "click")).await, "payment_held");
    assert_eq!(refused(world, settle(&order_id, "too early")).await, "payment_held");
    world.clock.advance_ms(31 * MINUTE_MS);
    (order_id, fields)
}

/// Each attempt and each action of a payment, as an operator sees them.
async fn transactions(world: &World, order_id: &str) -> Vec<Value> {
    done(world, json!({"command": "show_payment", "order_id": order_id})).await["transactions"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn late_click_money_is_settled_only_with_received() {
    let world = World::with_live_shop().await;
    let (order_id, fields) = stale_click_hold(&world).await;
    assert_eq!(refused(&world, settle(&order_id, "s")).await, "received_needed");
    assert_eq!(refused(&world, settle_from(&order_id, "s", "payme")).await, "invalid_field");
    // The same after the payment's expiry. The refusal left the reference free.
    world.clock.advance_ms(24 * HOUR_MS);
    assert_eq!(refused(&world, settle(&order_id, "s")).await, "received_needed");
    assert_eq!(status(&world, &order_id).await, "expired");
    done(&world, settle_from(&order_id, "s", "click")).await;
    assert_eq!(error(&click(&world).post(&fields).await.unwrap()), -4);
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn received_from_click_performs_click_s_attempt() {
    let world = World::with_live_shop().await;
    let (order_id, fields) = stale_click_hold(&world).await;
    let command = settle_from(&order_id, "s", "click");
    let first = reply(&world, &command).await;
    assert_eq!(
        (&first.json()["payment"]["status"], &first.json()["payment"]["provider"]),
        (&json!("paid"), &json!("click")),
        "{first:?}"
    );
    for _ in 0..2 {
        assert_eq!(error(&click(&world).post(&fields).await.unwrap()), -4);
    }
    assert_eq!(reply(&world, &command).await.body, first.body);
    assert_eq!(refused(&world, settle_from(&order_id, "s", "outside")).await, "reference_conflict");
    assert_eq!(refused(&world, settle_from(&order_id, "t", "click")).await, "payment_not_settleable");
    let transactions = transactions(&world, &order_id).await;
    assert!(transactions.iter().any(|one| one["kind"] == "click" && one["state"] == 2), "{transactions:?}");
    assert!(transactions.iter().any(|one| one["command"] == "settle_payment"), "{transactions:?}");
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
    // It is refunded like any payment of Click.
    done(&world, refund(&order_id, "r")).await;
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn received_from_outside_cancels_click_s_attempt() {
    let world = World::with_live_shop().await;
    let (order_id, fields) = stale_click_hold(&world).await;
    let answer = done(&world, settle_from(&order_id, "s", "outside")).await;
    assert_eq!(
        (&answer["payment"]["status"], &answer["payment"]["provider"]),
        (&json!("paid"), &json!("operator")),
        "{answer}"
    );
    for _ in 0..2 {
        assert_eq!(error(&click(&world).post(&fields).await.unwrap()), -9);
    }
    let transactions = transactions(&world, &order_id).await;
    assert!(
        transactions.iter().any(|one| one["kind"] == "click" && one["state"] == -1 && one["reason"] == 4),
        "{transactions:?}"
    );
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}

/// A late Complete, and an operator who says that Click has the money, mean the same money.
#[tokio::test]
async fn a_late_complete_and_a_settlement_credit_once() {
    let world = World::with_live_shop().await;
    for operator_is_first in [true, false] {
        let (order_id, fields) = stale_click_hold(&world).await;
        let command = settle_from(&order_id, &order_id[..30], "click");
        let gate = world.proxy.gate(suite::store_proxy::on("TransactWriteItems").times(1));
        if operator_is_first {
            let operator = async {
                gate.reached().await;
                done(&world, command).await;
                gate.open();
            };
            let click = click(&world);
            let (completed, ()) = tokio::join!(click.post(&fields), operator);
            assert_eq!(error(&completed.unwrap()), -4);
        } else {
            let completed = async {
                gate.reached().await;
                let completed = click(&world).post(&fields).await;
                gate.open();
                error(&completed.unwrap())
            };
            let (code, completed) = tokio::join!(refused(&world, command), completed);
            assert_eq!((code.as_str(), completed), ("payment_not_settleable", 0));
        }
        assert_eq!(status(&world, &order_id).await, "paid");
    }
    assert_eq!(balance(&world, LIVE).await, "2000.00 UZS");
    invariants::check(&world.tables).await;
}

/// Without an attempt of Click in the way, `received` adds nothing.
#[tokio::test]
async fn received_without_a_stale_click_hold_is_outside_or_refused() {
    let world = World::with_live_shop().await;
    let (free, by_payme, expired) =
        (live_order(&world).await, live_order(&world).await, live_order(&world).await);
    let id = held_by_payme(&world, Mode::Live, &by_payme).await;
    // Click returns money that belongs to no attempt of ours.
    assert_eq!(refused(&world, settle_from(&free, "a", "click")).await, "no_click_attempt");
    done(&world, settle_from(&free, "a", "outside")).await;
    assert_eq!(refused(&world, settle_from(&by_payme, "b", "outside")).await, "payment_held");
    world.clock.advance_ms(12 * HOUR_MS);
    done(&world, settle_from(&by_payme, "b", "outside")).await;
    assert_eq!(code(&payme(&world, Mode::Live).perform(&id).await.unwrap()), -31008);
    world.clock.advance_ms(12 * HOUR_MS);
    done(&world, settle_from(&expired, "c", "outside")).await;
    for order_id in [&free, &by_payme, &expired] {
        assert_eq!(status(&world, order_id).await, "paid");
    }
    assert_eq!(balance(&world, LIVE).await, "3000.00 UZS");
    invariants::check(&world.tables).await;
}
