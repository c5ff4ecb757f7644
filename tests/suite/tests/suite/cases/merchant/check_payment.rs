//! `check_payment`: the whole answer, expiry, and order ids.

use suite::{redact::by_field, world::World};

use crate::support::merchant::{assert_refused, encoded};

#[tokio::test]
async fn check_payment_finds_what_was_just_created() {
    let world = World::start().await;
    let order_id = world.create("amount=10000&merchant_order_id=secret-42&description=secret-43").await;
    let reply = world.get(&format!("/api/check_payment?order_id={order_id}")).await;
    insta::assert_snapshot!(by_field(&reply.body), @r#"
    {"success":true,
    "order_id":"<order id>",
    "shop_id":"101",
    "shop_name":"Test Do'kon 1",
    "amount":10000.00,
    "status":"pending",
    "status_description":"To'lov kutilmoqda",
    "created_at":"<time>",
    "mode":"test",
    "created_at_iso":"<iso time>",
    "expires_at":"<time>",
    "expires_at_iso":"<iso time>"}
    "#);
}

#[tokio::test]
async fn a_payment_expires_by_its_time_alone() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    world.clock.advance_ms(24 * 3_600_000 - 1);
    let check = async || world.get(&format!("/api/check_payment?order_id={order_id}")).await;
    assert_eq!(check().await.text("status"), "pending");
    world.clock.advance_ms(1);
    assert_eq!(check().await.text("status"), "expired");
    assert_eq!(check().await.text("status_description"), "To'lov muddati tugadi");
    assert_eq!(world.shop("get_payments", "limit=1").await.json()["payments"][0]["status"], "expired");
    let cancel = world.shop("cancel_payment", &format!("order_id={order_id}")).await;
    assert_eq!(cancel.error_code(), "payment_not_cancellable");
}

#[tokio::test]
async fn an_order_id_must_be_the_stored_one() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    let other = world.create("amount=1000").await;
    let (head, tail) = order_id.rsplit_once('_').unwrap();
    let (_, other_tail) = other.rsplit_once('_').unwrap();
    let unknown = format!("{head}_{}", "z".repeat(25));
    let wrong_time = format!("ORD_1701234567_{tail}");
    let mixed = format!("ORD_0000000000_{other_tail}");
    let upper = order_id.to_uppercase();
    let padded = format!("{order_id} ");
    for bad in [
        &unknown,
        &wrong_time,
        &mixed,
        &upper,
        &padded,
        &order_id.to_lowercase(),
        "PAY_1",
        "'; DROP TABLE payments",
    ] {
        for endpoint in ["check_payment", "cancel_payment"] {
            assert_refused(
                &world.shop(endpoint, &format!("order_id={}", encoded(bad))).await,
                "order_not_found",
                bad,
            );
        }
    }
    // A malformed order id costs no read; a well-formed one costs one.
    world.proxy.take_calls();
    world.get("/api/check_payment?order_id=nope").await;
    assert!(world.proxy.take_calls().is_empty());
}
