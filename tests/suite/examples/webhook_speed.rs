//! Measures webhooks on this machine: the time from a committed payment to its receiver, and the time
//! for 1,000 events of one shop. Prints what the README repeats.
//!
//! `cargo run --release -p suite --example webhook_speed`
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::{sync::Arc, time::Duration};

use axum::{Router, http::StatusCode};
use local::{Pump, Webhooks, store::Data};
use serde_json::json;
use shared::domain::{
    id::ShopId,
    time::SystemClock,
    webhook::{
        endpoint::WebhookEndpoint,
        event_types::EventTypes,
        secret::{Secrets, WebhookSecret},
    },
};
use suite::{
    receiver::Receiver,
    store_proxy::units,
    world::{LIVE, World},
};
use tokio::{net::TcpListener, time::Instant};
use uuid::Uuid;

/// The payments whose time is measured one by one.
const SINGLE: usize = 300;
/// The events that are delivered together.
const MANY: usize = 1000;
/// How long the receiver of many events thinks.
const ANSWER_TIME: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() {
    single().await;
    many(true).await;
    many(false).await;
}

/// One payment after the other, to a receiver that answers at once.
async fn single() {
    let world = world(Webhooks::Running).await;
    let receiver = Receiver::start().await;
    set(&world, &receiver.url(), true).await;
    let mut times = Vec::new();
    for count in 1..=SINGLE {
        pay(&world).await;
        let committed = Instant::now();
        receiver.received(count).await;
        times.push(committed.elapsed());
    }
    times.sort_unstable();
    let (median, most) = (times[SINGLE / 2], times[SINGLE * 99 / 100]);
    println!(
        "from commit to receiver: median {} ms, 99th percentile {} ms",
        median.as_millis(),
        most.as_millis()
    );
}

/// Many events that wait, to a receiver that takes its time. `fast`: by the relay, else by the queue.
async fn many(fast: bool) {
    let world = world(Webhooks::ByHand).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let receiver = Router::new().fallback(|| async {
        tokio::time::sleep(ANSWER_TIME).await;
        StatusCode::OK
    });
    tokio::spawn(axum::serve(listener, receiver).into_future());
    set(&world, &url, fast).await;
    for _ in 0..MANY {
        pay(&world).await;
    }
    world.proxy.take_calls();
    let mut pump =
        Pump::new(world.stack.store.database.clone(), world.stack.functions.clone(), &Data::Memory).unwrap();
    let began = Instant::now();
    while pump.hand_on().await.unwrap() > 0 {}
    let mut waiting = MANY;
    while !fast && waiting > 0 {
        let answer = world.invoke("webhook_retry", &json!({"look_for_seconds": 55})).await;
        waiting = waiting.saturating_sub(usize::try_from(answer["tries"].as_u64().unwrap()).unwrap());
    }
    let took = began.elapsed();
    let cost = units(&world.proxy.take_calls());
    println!(
        "{MANY} events, {} ms each, by the {}: {} s; {} R and {} W in all",
        ANSWER_TIME.as_millis(),
        if fast { "relay" } else { "queue" },
        took.as_secs(),
        cost.read,
        cost.write
    );
}

async fn world(webhooks: Webhooks) -> World {
    let world = World::start_with(|options| {
        options.clock = Arc::new(SystemClock);
        options.webhooks = webhooks;
    })
    .await;
    world.add_live_shop().await;
    world
}

async fn set(world: &World, url: &str, fast: bool) {
    let (shop_id, secrets) = (ShopId::parse("201").unwrap(), Secrets::new(WebhookSecret::random().unwrap()));
    let now = world.stack.service.clock.now();
    let endpoint = WebhookEndpoint::new(shop_id, url.to_owned(), EventTypes::all(), secrets, now);
    let endpoint = WebhookEndpoint { fast, ..endpoint };
    assert!(world.store_past_the_proxy().create_endpoint(&endpoint).await.unwrap());
}

async fn pay(world: &World) {
    let order_id = world.get(&format!("/api/create_payment?{LIVE}&amount=1000")).await.text("order_id");
    let command = json!({"command": "settle_payment", "order_id": order_id, "reference": Uuid::new_v4()});
    assert_eq!(world.invoke("operator", &command).await["success"], true);
}
