//! `cancel_payment`: the whole answer, repeats, who may cancel, and the end of a stale hold.

use std::collections::HashSet;

use serde_json::json;
use shared::domain::mode::Mode;
use suite::{
    redact::by_field,
    world::{SHOP_101, SHOP_102, World},
};

use crate::support::{
    merchant::{assert_refused, at_once, field},
    providers::{payme, result, with_stale_hold},
};

#[tokio::test]
async fn cancel_payment_twice_answers_the_same() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    let first = world.shop("cancel_payment", &format!("order_id={order_id}")).await;
    insta::assert_snapshot!(by_field(&first.body), @r#"
    {"success":true,
    "order_id":"<order id>",
    "shop_id":"101",
    "shop_name":"Test Do'kon 1",
    "amount":1000.00,
    "status":"cancelled",
    "status_description":"To'lov bekor qilindi",
    "created_at":"<time>",
    "mode":"test",
    "created_at_iso":"<iso time>",
    "expires_at":"<time>",
    "expires_at_iso":"<iso time>",
    "cancelled_at":"<time>",
    "cancelled_at_iso":"<iso time>"}
    "#);
    world.clock.advance_ms(3_600_000);
    let second = world.shop("cancel_payment", &format!("order_id={order_id}")).await;
    assert_eq!(first.body, second.body);

    let check = world.get(&format!("/api/check_payment?order_id={order_id}")).await;
    assert_eq!(check.text("status"), "cancelled");
    assert!(!check.body.contains("cancelled_at"), "{}", check.body);
}

#[tokio::test]
async fn only_the_owner_cancels() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    let reply = world.get(&format!("/api/cancel_payment?{SHOP_102}&order_id={order_id}")).await;
    assert_refused(&reply, "order_not_found", "another shop's order");
    assert_eq!(world.get(&format!("/api/check_payment?order_id={order_id}")).await.text("status"), "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_cancelled_once_however_many_ask() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    let bodies = at_once(&world, 30, |_| format!("/api/cancel_payment?{SHOP_101}&order_id={order_id}")).await;
    assert_eq!(bodies.iter().collect::<HashSet<_>>().len(), 1, "{bodies:?}");
    assert_eq!(field(&bodies[0], "status"), "cancelled");
}

#[tokio::test]
async fn a_stale_hold_ends_with_its_payment() {
    let world = World::start().await;
    let (order_id, id) = with_stale_hold(&world).await;
    let reply = world.shop("cancel_payment", &format!("order_id={order_id}")).await;
    assert_eq!(reply.text("status"), "cancelled", "{reply:?}");
    let checked = payme(&world, Mode::Test).check(&id).await.unwrap();
    assert_eq!((result(&checked, "state"), result(&checked, "reason")), (json!(-1), json!(4)));
}
