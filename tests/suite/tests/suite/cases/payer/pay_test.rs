//! The test button: `POST /pay/{order_id}/test`.

use http::Method;
use runners::client::Reply;
use shared::domain::mode::Mode;
use suite::{
    invariants,
    world::{SHOP_101, World},
};

use crate::support::providers::{
    HOUR_MS, balance, held_by_payme, live_order, payme, set_shop_status, status, test_order,
};

async fn press(world: &World, order_id: &str) -> Reply {
    world.send(Method::POST, &format!("/pay/{order_id}/test"), &[], "").await
}

/// Presses the button and checks that the answer leads to the payment's page.
async fn press_and_return(world: &World, order_id: &str) {
    let reply = press(world, order_id).await;
    assert_eq!(reply.status, 303, "{reply:?}");
    assert_eq!(reply.headers["location"], format!("{}/pay/{order_id}", world.stack.url()));
}

#[tokio::test]
async fn a_test_payment_is_paid_once() {
    let world = World::with_live_shop().await;
    let order = test_order(&world).await;
    for _ in 0..3 {
        press_and_return(&world, &order).await;
        world.clock.advance_ms(1);
        assert_eq!(status(&world, &order).await, "paid");
        assert_eq!(balance(&world, SHOP_101).await, "1000.00 UZS");
    }
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_live_payment_has_no_button() {
    let world = World::with_live_shop().await;
    let live = live_order(&world).await;
    for order in [live.as_str(), "ORD_1701234567_0000000000000000000nosuch", "x", "%00"] {
        assert_eq!(press(&world, order).await.status, 404, "{order}");
    }
    assert_eq!(status(&world, &live).await, "pending");
}

#[tokio::test]
async fn a_payment_that_is_not_payable_stays_as_it_is() {
    let world = World::with_live_shop().await;
    let cancelled = test_order(&world).await;
    world.shop("cancel_payment", &format!("order_id={cancelled}")).await;
    let held = test_order(&world).await;
    let id = held_by_payme(&world, Mode::Test, &held).await;
    let refunded = test_order(&world).await;
    let refund = held_by_payme(&world, Mode::Test, &refunded).await;
    payme(&world, Mode::Test).perform(&refund).await.unwrap();
    payme(&world, Mode::Test).cancel(&refund, 5).await.unwrap();
    for (order, expected) in [(&cancelled, "cancelled"), (&held, "pending"), (&refunded, "refunded")] {
        press_and_return(&world, order).await;
        assert_eq!(status(&world, order).await, expected);
    }
    assert_eq!(payme(&world, Mode::Test).perform(&id).await.unwrap().json()["result"]["state"], 2);

    let disabled = test_order(&world).await;
    set_shop_status(&world, "101", "disabled").await;
    press_and_return(&world, &disabled).await;
    assert_eq!(status(&world, &disabled).await, "pending");
    set_shop_status(&world, "101", "active").await;

    let expired = test_order(&world).await;
    world.clock.advance_ms(24 * HOUR_MS);
    press_and_return(&world, &expired).await;
    assert_eq!(status(&world, &expired).await, "expired");
    assert_eq!(balance(&world, SHOP_101).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_stale_hold_gives_way() {
    let world = World::with_live_shop().await;
    let order = test_order(&world).await;
    let id = held_by_payme(&world, Mode::Test, &order).await;
    world.clock.advance_ms(12 * HOUR_MS);
    press_and_return(&world, &order).await;
    assert_eq!(status(&world, &order).await, "paid");
    let checked = payme(&world, Mode::Test).check(&id).await.unwrap().json();
    assert_eq!(
        (checked["result"]["state"].as_i64(), checked["result"]["reason"].as_i64()),
        (Some(-1), Some(4))
    );
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn the_page_keeps_its_language() {
    let world = World::with_live_shop().await;
    for (query, kept) in [("?lang=ru", "?lang=ru"), ("", ""), ("?lang=%0d%0aX", ""), ("?lang=ru&lang=en", "")]
    {
        let order_id = test_order(&world).await;
        let reply = world.send(Method::POST, &format!("/pay/{order_id}/test{query}"), &[], "").await;
        assert_eq!(reply.status, 303);
        assert_eq!(
            reply.headers["location"].to_str().unwrap(),
            format!("{}/pay/{order_id}{kept}", world.stack.url())
        );
    }
}
