//! An address that tries many wrong keys is refused before the store is asked.

use serde_json::Value;
use shared::domain::time::UnixMillis;
use suite::{
    event,
    world::{SHOP_101, World},
};

/// The beginning of a minute.
const MINUTE: i64 = 1_795_503_600_000;
const WRONG: &str = "shop_id=101&shop_key=wrong";

async fn world() -> World {
    let world = World::start().await;
    world.clock.set(UnixMillis::new(MINUTE).unwrap());
    world
}

/// A request to check_shop from `address`, through an HTTP API.
fn from(address: &str, query: &str) -> Value {
    let mut event = event::v2("GET", "/api/check_shop", query);
    event["requestContext"]["http"]["sourceIp"] = address.into();
    event
}

/// Sends `event`. Returns the error code, or an empty text for a success.
async fn code(world: &World, event: Value) -> String {
    let answer = world.invoke("check_shop", &event).await;
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    body["error_code"].as_str().unwrap_or_default().to_owned()
}

async fn try_wrong(world: &World, address: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(code(world, from(address, WRONG)).await, "invalid_shop_key");
    }
}

#[tokio::test]
async fn twenty_wrong_keys_a_minute_and_then_the_store_is_not_asked() {
    let world = world().await;
    for endpoint in ["check_shop", "get_balance"].repeat(10) {
        assert_eq!(world.get(&format!("/api/{endpoint}?{WRONG}")).await.error_code(), "invalid_shop_key");
    }
    world.clock.advance_ms(18_000);
    world.proxy.take_calls();
    for endpoint in ["check_shop", "get_balance"] {
        let reply = world.get(&format!("/api/{endpoint}?{WRONG}")).await;
        assert_eq!(reply.error_code(), "rate_limited");
        assert_eq!(
            (reply.status.as_u16(), reply.headers["retry-after"].to_str().unwrap()),
            (200, "42"),
            "{reply:?}"
        );
        assert_eq!(
            reply.text("error"),
            "Too many wrong keys came from your address; try again in 42 seconds"
        );
    }
    assert!(world.proxy.take_calls().is_empty());
    world.clock.advance_ms(42_000);
    assert_eq!(world.get(&format!("/api/check_shop?{WRONG}")).await.error_code(), "invalid_shop_key");
}

#[tokio::test]
async fn an_unknown_shop_is_limited_like_a_known_one() {
    let world = world().await;
    let unknown = "shop_id=999&shop_key=wrong";
    for query in [WRONG, unknown] {
        let address = if query == WRONG { "192.0.2.1" } else { "192.0.2.2" };
        for number in 0..22 {
            let expected = if number < 20 { "invalid_shop_key" } else { "rate_limited" };
            assert_eq!(code(&world, from(address, query)).await, expected);
        }
    }
}

#[tokio::test]
async fn other_shops_other_addresses_and_a_key_seen_right_go_on() {
    let world = world().await;
    try_wrong(&world, "192.0.2.1", 20).await;
    // The right key of this shop was not seen yet, so it waits as well.
    assert_eq!(code(&world, from("192.0.2.1", SHOP_101)).await, "rate_limited");
    assert_eq!(code(&world, from("192.0.2.1", "shop_id=102&shop_key=test_key_456")).await, "");
    assert_eq!(code(&world, from("192.0.2.2", SHOP_101)).await, "");
    // Now it was.
    assert_eq!(code(&world, from("192.0.2.1", SHOP_101)).await, "");
    assert_eq!(code(&world, from("192.0.2.1", WRONG)).await, "rate_limited");
    // It is remembered for ten minutes.
    world.clock.advance_ms(10 * 60_000);
    try_wrong(&world, "192.0.2.1", 20).await;
    assert_eq!(code(&world, from("192.0.2.1", SHOP_101)).await, "rate_limited");
}

#[tokio::test]
async fn a_header_changes_no_address() {
    let world = world().await;
    for number in 0..20 {
        let spoofed =
            event::with_header(from("192.0.2.1", WRONG), "x-forwarded-for", &format!("10.0.0.{number}"));
        assert_eq!(code(&world, spoofed).await, "invalid_shop_key");
    }
    let spoofed = event::with_header(from("192.0.2.1", WRONG), "x-forwarded-for", "10.0.0.99");
    assert_eq!(code(&world, spoofed).await, "rate_limited");
    let mut rest = event::v1("GET", "/api/check_shop", WRONG);
    assert_eq!(code(&world, rest.clone()).await, "rate_limited");
    rest["requestContext"]["identity"]["sourceIp"] = "192.0.2.9".into();
    assert_eq!(code(&world, rest).await, "invalid_shop_key");
}

#[tokio::test]
async fn without_an_address_there_is_no_limit() {
    let world = world().await;
    for address in ["", "unknown", "999.1.1.1"] {
        try_wrong(&world, address, 25).await;
    }
    let mut event = from("", WRONG);
    event["requestContext"]["http"].as_object_mut().unwrap().remove("sourceIp");
    for _ in 0..25 {
        assert_eq!(code(&world, event.clone()).await, "invalid_shop_key");
    }
}

#[tokio::test]
async fn a_flood_of_addresses_unlocks_none() {
    let world = world().await;
    try_wrong(&world, "192.0.2.1", 20).await;
    for number in 0..1_500 {
        try_wrong(&world, &format!("10.1.{}.{}", number / 250, number % 250), 1).await;
    }
    assert_eq!(code(&world, from("192.0.2.1", WRONG)).await, "rate_limited");
}
