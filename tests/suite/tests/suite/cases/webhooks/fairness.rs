//! No shop's endpoint takes anything from another shop's.

use std::time::Duration;

use serde_json::json;
use shared::domain::webhook::{delivery::DeliveryState, outcome::FailureClass};
use suite::{
    receiver::{Answer, Ending, Receiver},
    world::World,
};
use uuid::Uuid;

use crate::support::{
    merchant::encoded,
    operator::{done, new_shop},
    providers::order_of,
    webhooks::{deliveries, pump, set_endpoint, set_fast_endpoint, shop, states, tick},
};
use local::Webhooks;

/// A shop with its own receiver.
struct Shop {
    id: String,
    credentials: String,
    receiver: Receiver,
}

async fn world() -> World {
    World::start_with(|options| options.webhooks = Webhooks::ByHand).await
}

/// Makes ten shops with an endpoint each, fast or not.
async fn ten_shops(world: &World, fast: bool) -> Vec<Shop> {
    let mut shops = Vec::new();
    for _ in 0..10 {
        let (id, key) = new_shop(world, "live").await;
        let receiver = Receiver::start().await;
        if fast {
            set_fast_endpoint(world, &id, &receiver.url()).await;
        } else {
            set_endpoint(world, &id, &receiver.url()).await;
        }
        shops.push(Shop { credentials: format!("shop_id={id}&shop_key={key}"), id, receiver });
    }
    shops
}

async fn pay(world: &World, shop: &Shop) {
    let order_id = order_of(world, &shop.credentials).await;
    done(world, json!({"command": "settle_payment", "order_id": order_id, "reference": Uuid::new_v4()}))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nine_fast_shops_do_not_wait_for_one_that_hangs() {
    let world = world().await;
    let shops = ten_shops(&world, true).await;
    let (hanging, others) = shops.split_first().unwrap();
    let gate = hanging.receiver.gate();
    for shop in &shops {
        pay(&world, shop).await;
    }
    let mut pump = pump(&world);
    let all_others = async {
        for shop in others {
            shop.receiver.received(1).await;
        }
        hanging.receiver.received(1).await;
    };
    // While the relay still waits for the hanging one, the others have their events.
    tokio::select! {
        biased;
        () = all_others => {}
        done = pump.hand_on() => panic!("the batch ended first: {done:?}"),
    }
    // The batch comes again, as after a crash, and takes no more than the three seconds of one try.
    while pump.hand_on().await.unwrap() > 0 {}
    let handed_over = deliveries(&world, &hanging.id).await;
    assert_eq!(states(&handed_over), [DeliveryState::Waiting]);
    assert!(handed_over[0].tries.iter().all(|one| one.error_class == Some(FailureClass::HandedOver)));
    assert_eq!(handed_over[0].used, 0);
    let endpoint = world.store_past_the_proxy().webhook_endpoint(&shop(&hanging.id)).await.unwrap().unwrap();
    assert_eq!((endpoint.fast, endpoint.failures), (false, 0));

    // Then the relay does not try it at all.
    hanging.receiver.take_requests();
    for shop in &shops {
        shop.receiver.take_requests();
        pay(&world, shop).await;
    }
    while pump.hand_on().await.unwrap() > 0 {}
    assert!(hanging.receiver.take_requests().is_empty());
    for shop in others {
        assert_eq!(shop.receiver.take_requests().len(), 1);
    }

    // And its own events arrive when it answers again.
    drop(gate);
    tick(&world).await;
    assert_eq!(states(&deliveries(&world, &hanging.id).await), [DeliveryState::Delivered; 2]);
}

/// A batch waits for an answer of just less than three seconds, too. Neither a fast answer to another
/// try nor setting the address again lets that happen twice in an hour.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_endpoint_is_tried_by_the_relay_once_an_hour() {
    let world = world().await;
    let shop = ten_shops(&world, true).await.remove(0);
    let mut pump = pump(&world);
    // Three bytes, each some time after the one before.
    let slow = Ending::Repeat { bytes: b"x", pause: Duration::from_millis(600) };
    shop.receiver.answer_next(Answer::status(200).header("content-length", "3").then(slow));
    pay(&world, &shop).await;
    while pump.hand_on().await.unwrap() > 0 {}
    assert_eq!(states(&deliveries(&world, &shop.id).await), [DeliveryState::Delivered]);
    let get = async |endpoint: &str, more: &str| {
        world.get(&format!("/api/{endpoint}?{}{more}", shop.credentials)).await.json()
    };
    let url = format!("&url={}", encoded(&shop.receiver.url()));
    for again in ["", "set_webhook", "delete_webhook"] {
        if !again.is_empty() {
            get(again, &url).await;
            get("set_webhook", &url).await;
        }
        world.clock.advance_ms(10_000);
        assert_eq!(get("test_webhook", "").await["http_status"], 200);
        shop.receiver.take_requests();
        pay(&world, &shop).await;
        while pump.hand_on().await.unwrap() > 0 {}
        assert_eq!(shop.receiver.take_requests().len(), 0, "{again}");
    }
    world.clock.advance_ms(60 * 60 * 1000);
    pay(&world, &shop).await;
    while pump.hand_on().await.unwrap() > 0 {}
    assert_eq!(shop.receiver.take_requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_endpoint_has_two_requests_under_way_and_the_others_all_of_theirs() {
    let world = world().await;
    let shops = ten_shops(&world, false).await;
    let (hanging, others) = shops.split_first().unwrap();
    for _ in 0..6 {
        pay(&world, hanging).await;
    }
    for shop in others {
        pay(&world, shop).await;
        pay(&world, shop).await;
    }
    let mut pump = pump(&world);
    while pump.hand_on().await.unwrap() > 0 {}
    let gate = hanging.receiver.gate();
    let others_are_done = async {
        for shop in others {
            shop.receiver.received(2).await;
        }
        hanging.receiver.received(2).await;
        assert_eq!(hanging.receiver.connections(), 2);
        gate.open();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = others_are_done => {}
        answer = tick(&world) => assert_eq!(answer["tries"], 24),
    }
    for shop in &shops {
        let all = deliveries(&world, &shop.id).await;
        assert!(all.iter().all(|one| one.state == DeliveryState::Delivered), "{all:?}");
    }
}

/// More than a hundred deliveries of one shop move into its own line, and are still delivered.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_one_shop_waits_in_its_own_line() {
    let world = world().await;
    let shops = ten_shops(&world, false).await;
    let (flooded, other) = (&shops[0], &shops[1]);
    for _ in 0..130 {
        pay(&world, flooded).await;
    }
    pay(&world, other).await;
    let mut pump = pump(&world);
    while pump.hand_on().await.unwrap() > 0 {}
    flooded.receiver.answer_with(Answer::status(200));
    let gate = flooded.receiver.gate();
    let in_line = async {
        other.receiver.received(1).await;
        flooded.receiver.received(2).await;
        let waiting = deliveries(&world, &flooded.id).await;
        assert_eq!(waiting.iter().filter(|one| one.is_in_line()).count(), 30);
        gate.open();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = in_line => {}
        answer = tick(&world) => assert_eq!(answer["tries"], 131),
    }
    let all = deliveries(&world, &flooded.id).await;
    assert!(all.iter().all(|one| one.state == DeliveryState::Delivered && one.tries.len() == 1));
}
