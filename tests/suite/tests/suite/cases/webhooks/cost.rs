//! What each call of the webhook endpoints costs: calls of DynamoDB, and read and write units.
//! README.md promises some of these figures.

use shared::domain::time::UnixMillis;
use suite::{
    receiver::Receiver,
    store_proxy::{Units, units},
    world::{SHOP_102, World},
};

use crate::support::{
    journal::{PLAIN, event_id, fill, pay},
    merchant::encoded,
};

/// Sends a request of shop 101 and compares what it cost.
async fn assert_costs(world: &World, endpoint: &str, parameters: &str, calls: usize, read: f64, write: f64) {
    world.proxy.take_calls();
    let reply = world.shop(endpoint, parameters).await;
    let made = world.proxy.take_calls();
    let cost = (made.len(), units(&made));
    let names: Vec<_> = made.iter().map(|call| &call.action).collect();
    assert_eq!(cost, (calls, Units { read, write }), "{endpoint} {parameters}: {} {names:?}", reply.body);
}

#[tokio::test]
async fn a_webhook() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let order_id = pay(&world, "amount=1000").await;
    let event = format!("event_id={}", event_id(&world, &order_id).await);
    let url = format!("url={}", encoded(&receiver.url()));
    assert_costs(&world, "get_webhook", "", 2, 2.0, 0.0).await;
    assert_costs(&world, "set_webhook", &url, 9, 4.5, 2.0).await;
    // The index takes an entry out and puts another one in.
    world.clock.advance_ms(1);
    assert_costs(&world, "set_webhook", &url, 7, 3.5, 3.0).await;
    assert_costs(&world, "get_webhook", "", 7, 4.5, 0.0).await;
    assert_costs(&world, "rotate_webhook_secret", "", 3, 2.0, 1.0).await;
    assert_costs(&world, "test_webhook", "", 4, 2.0, 2.0).await;
    world.clock.advance_ms(10_000);
    assert_costs(&world, "test_webhook", "", 3, 2.0, 1.0).await;
    assert_costs(&world, "test_webhook", "", 4, 3.0, 0.0).await;
    assert_costs(&world, "get_deliveries", "", 2, 2.0, 0.0).await;
    assert_costs(&world, "resend_event", &event, 6, 4.0, 5.0).await;
    assert_costs(&world, "resend_event", &event, 5, 4.0, 1.0).await;
    assert_costs(&world, "delete_webhook", "", 2, 1.0, 1.0).await;
    assert_costs(&world, "delete_webhook", "", 2, 1.0, 0.0).await;
}

/// A page of 1,000 events that were never sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_events() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let start: UnixMillis = world.stack.service.clock.now().plus_ms(-60_000);
    fill(&world, start, 1_000, PLAIN).await;
    world.get(&format!("/api/set_webhook?{SHOP_102}&url={}", encoded(&receiver.url()))).await;
    world.proxy.take_calls();
    let reply = world.get(&format!("/api/resend_event?{SHOP_102}&from=2026-01-01")).await;
    assert_eq!(reply.json()["queued"], 1000, "{reply:?}");
    let made = world.proxy.take_calls();
    // Profile, endpoint, journal, ten batches, a write for each event, and the line.
    assert_eq!(made.len(), 1 + 1 + 1 + 10 + 1000 + 1);
    let cost = units(&made);
    assert_eq!(cost, Units { read: 1087.0, write: 2001.0 });
}
