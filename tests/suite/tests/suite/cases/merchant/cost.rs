//! What each call costs: sequential round trips to DynamoDB, and its read and write units.
//! README.md promises these figures.

use shared::domain::mode::Mode;
use suite::{
    store_proxy::{Units, units},
    world::{SHOP_101, World},
};

use crate::support::{operator::perform, providers::held_by_payme};

/// Sends a request and compares what it cost.
async fn assert_costs(world: &World, path: &str, round_trips: usize, read: f64, write: f64) {
    world.proxy.take_calls();
    let reply = world.get(path).await;
    let calls = world.proxy.take_calls();
    let cost = (calls.len(), units(&calls));
    assert_eq!(cost, (round_trips, Units { read, write }), "{path}: {} {calls:?}", reply.body);
}

#[tokio::test]
async fn the_merchant_api() {
    let world = World::start().await;
    let order = "order_id=ORD_1701234567_000000000000000000sample1";
    let create = format!("/api/create_payment?{SHOP_101}&amount=1000");
    assert_costs(&world, &format!("/api/check_shop?{SHOP_101}"), 1, 1.0, 0.0).await;
    assert_costs(&world, &format!("/api/get_balance?{SHOP_101}"), 1, 1.0, 0.0).await;
    assert_costs(&world, &create, 2, 1.0, 2.0).await;
    assert_costs(&world, &format!("{create}&idempotency_key=k"), 2, 1.0, 2.0).await;
    // A merchant order id has its own place in an index.
    let numbered = format!("{create}&merchant_order_id=7");
    assert_costs(&world, &numbered, 2, 1.0, 3.0).await;
    // A failed condition reports no units; DynamoDB bills one write for it.
    assert_costs(&world, &format!("{create}&idempotency_key=k"), 2, 1.0, 0.0).await;
    assert_costs(&world, &format!("/api/check_payment?{order}"), 1, 1.0, 0.0).await;

    // A wrong key costs the first read, a malformed parameter nothing.
    assert_costs(&world, "/api/check_shop?shop_id=101&shop_key=wrong", 1, 1.0, 0.0).await;
    assert_costs(&world, "/api/create_payment?shop_id=101&shop_key=wrong&amount=1000", 1, 1.0, 0.0).await;
    assert_costs(&world, "/api/check_payment?order_id=wrong", 0, 0.0, 0.0).await;
    assert_costs(&world, &format!("/api/get_payments?{SHOP_101}&cursor=wrong"), 0, 0.0, 0.0).await;
}

#[tokio::test]
async fn the_payers_side() {
    let world = World::start().await;
    let order = "ORD_1701234567_000000000000000000sample1";
    assert_costs(&world, &format!("/pay/{order}/status"), 1, 1.0, 0.0).await;
    assert_costs(&world, "/pay/wrong/status", 0, 0.0, 0.0).await;
    // The profile and what became of attempts are read at the same time, after the payment.
    let paid = world.create("amount=1000").await;
    assert_costs(&world, &format!("/pay/{paid}"), 3, 2.5, 0.0).await;
    perform(&world, Mode::Test, &held_by_payme(&world, Mode::Test, &paid).await).await;
    assert_costs(&world, &format!("/pay/{paid}"), 3, 3.0, 0.0).await;
    for path in ["/pay", "/pay/", "/pay/wrong", "/pay/wrong/where"] {
        assert_costs(&world, path, 0, 0.0, 0.0).await;
    }
}

#[tokio::test]
async fn get_payment() {
    let world = World::start().await;
    let order_id = world.create("amount=1000&merchant_order_id=7&idempotency_key=k").await;
    let path = |name: &str| format!("/api/get_payment?{SHOP_101}&{name}");
    let by_order = path(&format!("order_id={order_id}"));
    assert_costs(&world, &by_order, 2, 2.0, 0.0).await;
    assert_costs(&world, &path("idempotency_key=k"), 2, 2.0, 0.0).await;
    assert_costs(&world, &path("merchant_order_id=7"), 3, 2.5, 0.0).await;
    perform(&world, Mode::Test, &held_by_payme(&world, Mode::Test, &order_id).await).await;
    assert_costs(&world, &by_order, 3, 3.0, 0.0).await;
    assert_costs(&world, &path("idempotency_key=k"), 3, 3.0, 0.0).await;
    assert_costs(&world, &path("merchant_order_id=7"), 4, 3.5, 0.0).await;

    assert_costs(&world, &path("order_id=wrong"), 0, 0.0, 0.0).await;
    assert_costs(&world, &path(""), 0, 0.0, 0.0).await;
    assert_costs(&world, &path("idempotency_key=k&merchant_order_id=7"), 0, 0.0, 0.0).await;
    for filter in ["status=open", "from=2026-02-30", "from=2026-02-02&to=2026-02-01", "status=paid&offset=1"]
    {
        assert_costs(&world, &format!("/api/get_payments?{SHOP_101}&{filter}"), 0, 0.0, 0.0).await;
    }
    for minutes in ["4", "1441", "1.5", "-5"] {
        let path = format!("/api/create_payment?{SHOP_101}&amount=1000&expires_in={minutes}");
        assert_costs(&world, &path, 0, 0.0, 0.0).await;
    }
}

#[tokio::test]
async fn a_page_of_ten_payments() {
    let world = World::start().await;
    for _ in 0..25 {
        world.clock.advance_ms(1);
        world.create("amount=1000&merchant_order_id=1234567890").await;
    }
    let mut path = format!("/api/get_payments?{SHOP_101}");
    for _ in 0..2 {
        world.proxy.take_calls();
        let page = world.get(&path).await;
        let calls = world.proxy.take_calls();
        assert_eq!(calls.len(), 2);
        let cost = units(&calls);
        assert!((1.5..=2.0).contains(&cost.read) && cost.write == 0.0, "{cost:?}");
        path = format!("/api/get_payments?{SHOP_101}&cursor={}", page.text("next_cursor"));
    }
}

#[tokio::test]
async fn the_journal() {
    let world = World::start().await;
    // Nothing in the journal: an empty strong query costs a unit, an eventual one half of it.
    assert_costs(&world, &format!("/api/get_events?{SHOP_101}"), 2, 2.0, 0.0).await;
    assert_costs(&world, &format!("/api/export_events?{SHOP_101}"), 2, 2.0, 0.0).await;
    assert_costs(&world, &format!("/api/get_report?{SHOP_101}"), 6, 7.5, 0.0).await;
    for path in ["get_events?cursor=x", "get_report?from=x", "export_events?format=x"] {
        assert_costs(&world, &format!("/api/{path}&{SHOP_101}"), 0, 0.0, 0.0).await;
    }
}
