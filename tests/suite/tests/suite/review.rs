//! Calls that meet another one's write between two of their own reads, and what they answer then.

use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    invariants,
    store_proxy::{always, on},
    world::World,
};

use crate::{
    desk::{ask, done, new_shop, perform},
    shops::{TIYIN, code, held_by_payme, live_order, now, payme, result, status, world},
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
    let world = world().await;
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
    let world = world().await;
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
    let world = world().await;
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
    let world = world().await;
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

/// One attribute of a payment is changed by hand.
async fn by_hand(world: &World, order_id: &str, update: &str) {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let key = order_id.rsplit('_').next().unwrap();
    let change = world.tables.update_item().table_name("payments").key("order_key", S(key.to_owned()));
    let change = change.update_expression(update);
    match update.contains(":other") {
        true => change.expression_attribute_values(":other", S("operator#201#other".to_owned())),
        false => change,
    }
    .send()
    .await
    .unwrap();
}

#[tokio::test]
async fn the_audit_finds_a_refund_that_names_another_record_or_none() {
    let world = world().await;
    let order_id = paid_order(&world).await;
    done(&world, refund(&order_id)).await;
    let audit = || done(&world, json!({"command": "audit", "shop_id": "201"}));
    assert_eq!(audit().await["differences"], json!([]));
    for (update, found) in
        [("SET refunded_by = :other", "operator#201#other"), ("REMOVE refunded_by", "none")]
    {
        by_hand(&world, &order_id, update).await;
        let differences = audit().await["differences"].clone();
        let named = differences.as_array().unwrap().iter().find(|one| one["what"] == "refunded_by");
        let named = named.unwrap_or_else(|| panic!("{update}: {differences}"));
        assert_eq!((&named["expected"], &named["found"]), (&json!("operator#201#r"), &json!(found)));
    }
}

#[tokio::test]
async fn no_cursor_of_an_audit_makes_it_panic() {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let world = world().await;
    paid_order(&world).await;
    let max = i128::MAX.to_string();
    let position = r#"1{"only":"201","done":null,"pass":{"shop_id":"201","mode":"live","balance":null,"sums":{"paid":MAX,"refunded":0,"paid_out":0,"paid_count":18446744073709551615,"payouts_unknown":false},"payments":18446744073709551615,"at":{"payments":null}}}"#;
    let cursor = BASE64_URL_SAFE_NO_PAD.encode(position.replace("MAX", &max));
    let audit = ask(&world, json!({"command": "audit", "shop_id": "201", "cursor": cursor})).await;
    assert_ne!(audit["error_code"], "internal_error", "{audit}");
}

#[tokio::test]
async fn a_refund_that_was_refused_is_not_booked_later() {
    let world = world().await;
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
