//! Calls that meet another one's write between two of their own reads, and what they answer then.

use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    invariants,
    store_proxy::{always, on},
    world::World,
};

use crate::support::{
    operator::{ask, done, new_shop, perform},
    providers::{TIYIN, code, held_by_payme, live_order, now, payme, result, status},
};

/// 1.5 s for an attempt and 4.5 s for a call make so many attempts, all with one token.
const ATTEMPTS: usize = 3;

/// A live order that Payme paid.
async fn paid_order(world: &World) -> String {
    let order_id = live_order(world).await;
    let id = held_by_payme(world, Mode::Live, &order_id).await;
    perform(world, Mode::Live, &id).await;
    order_id
}

fn refund(order_id: &str) -> Value {
    json!({"command": "refund_payment", "order_id": order_id, "reference": "r"})
}

#[tokio::test]
async fn a_refunded_payment_is_shown_with_its_refund() {
    let world = World::with_live_shop().await;
    let order_id = paid_order(&world).await;
    let gate = world.proxy.gate(on("TransactGetItems").times(1));
    let refunded = async {
        gate.reached().await;
        done(&world, refund(&order_id)).await;
        gate.open();
    };
    let show = json!({"command": "show_payment", "order_id": order_id});
    let (shown, ()) = tokio::join!(done(&world, show), refunded);
    assert_eq!(shown["payment"]["status"], "refunded");
    let transactions = shown["transactions"].as_array().unwrap();
    assert!(transactions.iter().any(|one| one["command"] == "refund_payment"), "{shown}");
}

#[tokio::test]
async fn a_payment_that_is_refunded_during_the_audit_is_no_difference() {
    let world = World::with_live_shop().await;
    let order_id = live_order(&world).await;
    let id = held_by_payme(&world, Mode::Live, &order_id).await;
    // Payment and transactions are read one after the other, and differ: a snapshot follows.
    let transactions = world.proxy.gate(on("BatchGetItem").table("transactions").times(1));
    let snapshot = world.proxy.gate(on("TransactGetItems").times(1));
    let meanwhile = async {
        transactions.reached().await;
        perform(&world, Mode::Live, &id).await;
        transactions.open();
        snapshot.reached().await;
        done(&world, refund(&order_id)).await;
        snapshot.open();
    };
    let audit = json!({"command": "audit", "shop_id": "201"});
    let (audit, ()) = tokio::join!(done(&world, audit), meanwhile);
    assert_eq!((&audit["payments_checked"], &audit["differences"]), (&json!(1), &json!([])), "{audit}");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_key_that_was_made_late_is_not_one_too_many() {
    let world = World::with_live_shop().await;
    let (shop_id, _) = new_shop(&world, "live").await;
    let rotate = json!({"command": "rotate_key", "shop_id": shop_id, "old_key_valid_hours": 168});
    for _ in 0..3 {
        done(&world, rotate.clone()).await;
    }
    let write = || on("TransactWriteItems").times(ATTEMPTS);
    let (written, write) = (world.proxy.gate_answers(write()), world.proxy.gate(write()));
    let late = async {
        write.reached().await;
        // The last read before the decision to write again.
        let read = world.proxy.gate(always().table("shops").nth(ATTEMPTS));
        read.reached().await;
        write.open();
        written.reached_by(ATTEMPTS).await;
        read.open();
    };
    let (rotated, ()) = tokio::join!(ask(&world, rotate), late);
    assert_eq!(rotated["success"], true, "{rotated}");
    let key = rotated["shop_key"].as_str().unwrap();
    let checked = world.get(&format!("/api/get_balance?shop_id={shop_id}&shop_key={key}")).await;
    assert_eq!(checked.status, 200, "{checked:?}");
    let shown = done(&world, json!({"command": "show_shop", "shop_id": shop_id})).await;
    assert_eq!(shown["keys"].as_array().unwrap().len(), 5, "{shown}");
}

#[tokio::test]
async fn a_create_that_was_cancelled_before_its_answer_is_told_so() {
    let world = World::with_live_shop().await;
    let order_id = live_order(&world).await;
    let (payme, id, time) = (payme(&world, Mode::Live), runners::payme::new_id(), now(&world));
    let write = || on("TransactWriteItems").times(ATTEMPTS);
    let (written, write) = (world.proxy.gate_answers(write()), world.proxy.gate(write()));
    let cancelled = async {
        write.reached().await;
        let read = world.proxy.gate(on("GetItem").table("transactions").times(1));
        read.reached().await;
        write.open();
        written.reached_by(ATTEMPTS).await;
        assert_eq!(result(&payme.cancel(&id, 3).await.unwrap(), "state"), -1);
        read.open();
    };
    let (created, ()) = tokio::join!(payme.create(&id, time, &order_id, TIYIN), cancelled);
    assert_eq!(code(&created.unwrap()), -31008);
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_refund_that_was_refused_is_not_booked_later() {
    let world = World::with_live_shop().await;
    let order_id = paid_order(&world).await;
    let write = || on("TransactWriteItems").times(ATTEMPTS);
    let (written, write) = (world.proxy.gate_answers(write()), world.proxy.gate(write()));
    let payout = json!({"command": "record_payout", "shop_id": "201", "amount": "400.00", "reference": "p"});
    let spent = async {
        write.reached_by(ATTEMPTS).await;
        done(&world, payout).await;
    };
    let (refunded, ()) = tokio::join!(ask(&world, refund(&order_id)), spent);
    assert_eq!(refunded["error_code"], "insufficient_balance", "{refunded}");
    // The shop earns enough again, and only then the first try arrives.
    paid_order(&world).await;
    write.open();
    written.reached_by(ATTEMPTS).await;
    assert_eq!(status(&world, &order_id).await, "paid");
    invariants::check(&world.tables).await;
}
