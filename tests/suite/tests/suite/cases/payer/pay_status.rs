//! What an open pay page asks again and again: `GET /pay/{order_id}/status`.

use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::world::World;

use crate::support::{
    merchant::assert_refused,
    operator::perform,
    providers::{
        DAY_MS, HOUR_MS, MINUTE_MS, held_by_click, held_by_payme, live_order, payme, status, test_order,
    },
};

async fn assert_status(world: &World, order_id: &str, expected: Value) {
    let reply = world.get(&format!("/pay/{order_id}/status")).await;
    let mut expected = expected;
    expected["success"] = json!(true);
    assert_eq!((reply.status.as_u16(), reply.json()), (200, expected));
    assert_eq!(reply.headers["cache-control"], "no-store");
}

fn pending(held: bool, expires_in_s: i64) -> Value {
    json!({"status": "pending", "held": held, "expires_in_s": expires_in_s, "next_poll_s": 3})
}

fn ended(status: &str, next_poll_s: u32) -> Value {
    json!({"status": status, "held": false, "expires_in_s": 0, "next_poll_s": next_poll_s})
}

#[tokio::test]
async fn it_follows_a_payment_to_its_refund() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    assert_status(&world, &order, pending(false, 86_400)).await;
    world.clock.advance_ms(MINUTE_MS + 1);
    assert_status(&world, &order, pending(false, 86_340)).await;
    let id = held_by_payme(&world, Mode::Live, &order).await;
    assert_status(&world, &order, pending(true, 86_340)).await;
    perform(&world, Mode::Live, &id).await;
    assert_status(&world, &order, ended("paid", 60)).await;
    payme(&world, Mode::Live).cancel(&id, 5).await.unwrap();
    assert_status(&world, &order, ended("refunded", 0)).await;
}

#[tokio::test]
async fn a_hold_counts_until_its_time_is_over() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    world.clock.advance_ms(23 * HOUR_MS);
    held_by_payme(&world, Mode::Live, &order).await;
    world.clock.advance_ms(2 * HOUR_MS);
    // A hold keeps a payment pending past its time.
    assert_status(&world, &order, pending(true, 0)).await;
    world.clock.advance_ms(10 * HOUR_MS);
    assert_status(&world, &order, ended("expired", 0)).await;
}

#[tokio::test]
async fn what_may_still_be_paid_is_asked_for_on() {
    let world = World::with_live_shop().await;
    let (late, cancelled, expired) =
        (live_order(&world).await, test_order(&world).await, test_order(&world).await);
    held_by_click(&world, &late).await;
    world.shop("cancel_payment", &format!("order_id={cancelled}")).await;
    world.clock.advance_ms(DAY_MS);
    assert_status(&world, &late, ended("expired", 60)).await;
    assert_status(&world, &cancelled, ended("cancelled", 0)).await;
    assert_status(&world, &expired, ended("expired", 0)).await;
    assert_eq!(status(&world, &expired).await, "expired");
}

#[tokio::test]
async fn an_order_that_does_not_exist_has_no_status() {
    let world = World::start().await;
    for order in ["ORD_1701234567_0000000000000000000nosuch", "x", "%00", "ORD_1"] {
        assert_refused(&world.get(&format!("/pay/{order}/status")).await, "order_not_found", order);
    }
}
