//! Invalid input: a clear error, HTTP 200, and nothing is written.

use runners::client::Reply;
use suite::world::{SHOP_101, World};

use crate::support::merchant::{ORDER, assert_refused, is_success};

/// Every parameter, with the error code of an invalid value.
const PARAMETERS: [(&str, &str, &str); 41] = [
    ("check_shop", "shop_id", "invalid_shop_key"),
    ("check_shop", "shop_key", "invalid_shop_key"),
    ("get_balance", "shop_key", "invalid_shop_key"),
    ("create_payment", "amount", "invalid_amount"),
    ("create_payment", "idempotency_key", "invalid_parameter"),
    ("create_payment", "merchant_order_id", "invalid_parameter"),
    ("create_payment", "description", "invalid_parameter"),
    ("create_payment", "return_url", "invalid_parameter"),
    ("create_payment", "expires_in", "invalid_parameter"),
    ("check_payment", "order_id", "order_not_found"),
    ("cancel_payment", "order_id", "order_not_found"),
    ("get_payment", "order_id", "order_not_found"),
    ("get_payment", "idempotency_key", "invalid_parameter"),
    ("get_payment", "merchant_order_id", "invalid_parameter"),
    ("get_payments", "status", "invalid_parameter"),
    ("get_payments", "from", "invalid_parameter"),
    ("get_payments", "to", "invalid_parameter"),
    ("get_payments", "merchant_order_id", "invalid_parameter"),
    ("get_payments", "limit", "invalid_limit"),
    ("get_payments", "offset", "invalid_offset"),
    ("get_payments", "cursor", "invalid_cursor"),
    ("get_events", "limit", "invalid_limit"),
    ("get_events", "cursor", "invalid_cursor"),
    ("get_events", "from", "invalid_parameter"),
    ("get_events", "to", "invalid_parameter"),
    ("get_events", "type", "invalid_parameter"),
    ("get_events", "order", "invalid_parameter"),
    ("get_report", "from", "invalid_parameter"),
    ("get_report", "to", "invalid_parameter"),
    ("export_events", "format", "invalid_parameter"),
    ("export_events", "cursor", "invalid_cursor"),
    ("set_webhook", "url", "invalid_url"),
    ("set_webhook", "events", "invalid_parameter"),
    ("rotate_webhook_secret", "old_secret_valid_hours", "invalid_parameter"),
    ("get_deliveries", "status", "invalid_parameter"),
    ("get_deliveries", "limit", "invalid_limit"),
    ("get_deliveries", "cursor", "invalid_cursor"),
    ("resend_event", "event_id", "event_not_found"),
    ("resend_event", "from", "invalid_parameter"),
    ("resend_event", "to", "invalid_parameter"),
    ("resend_event", "cursor", "invalid_cursor"),
];

/// The names of a payment beside its order id.
const NAMES: [&str; 2] = ["idempotency_key", "merchant_order_id"];

/// Sends a valid request, except that `raw` stands in place of the parameter `name`.
async fn with_parameter(world: &World, endpoint: &str, name: &str, raw: Option<&str>) -> Reply {
    let right = [
        ("shop_id", "101"),
        ("shop_key", "test_key_123"),
        ("amount", "1000"),
        ("order_id", ORDER),
        ("url", "http://127.0.0.1:1/"),
    ];
    // Days and an offset cannot be used together.
    let days = [("from", "2023-11-01"), ("to", "2023-11-30")];
    let days = days.iter().filter(|_| endpoint == "resend_event" && name != "event_id");
    let mut query: Vec<String> = right
        .iter()
        .chain(days)
        .filter(|(other, _)| *other != name)
        // get_payment takes one name of a payment.
        .filter(|(other, _)| !(endpoint == "get_payment" && NAMES.contains(&name) && *other == "order_id"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    query.extend(raw.map(str::to_owned));
    world.get(&format!("/api/{endpoint}?{}", query.join("&"))).await
}

#[tokio::test]
async fn every_parameter_is_checked() {
    let world = World::start().await;
    let before = world.count_payments().await;
    for (endpoint, name, bad) in PARAMETERS {
        let ask = async |raw: &str| with_parameter(&world, endpoint, name, Some(raw)).await;
        let what = format!("{endpoint} {name}");
        assert_refused(&ask(&format!("{name}=1000&{name}=1000")).await, "ambiguous_parameter", &what);
        assert_refused(&ask(&format!("{name}={}", "x".repeat(10_000))).await, bad, &what);
        assert_refused(&ask(&format!("{name}=a%00b")).await, bad, &what);
        assert_refused(&ask(&format!("{name}=%zz")).await, bad, &what);
        assert_refused(&ask(&format!("{name}=%")).await, bad, &what);
        assert_refused(&ask(&format!("{name}=%ff%fe")).await, bad, &what);
        assert_refused(&ask(&format!("{name}=%C3%28")).await, bad, &what);
        // Names are case-sensitive: another case is an unknown parameter, which is ignored.
        let other = name.to_uppercase();
        let ignored = with_parameter(&world, endpoint, "", Some(&format!("{other}=%ff"))).await;
        assert!(is_success(&ignored), "{what}");
    }
    // Each valid request to create_payment made one payment, six in all. No other request made
    // any.
    assert_eq!(world.count_payments().await - before, 6);
}

#[tokio::test]
async fn a_required_parameter_is_named_when_it_is_missing() {
    let world = World::start().await;
    for (endpoint, name) in [
        ("check_shop", "shop_id"),
        ("check_shop", "shop_key"),
        ("get_balance", "shop_id"),
        ("get_payments", "shop_key"),
        ("create_payment", "amount"),
        ("check_payment", "order_id"),
        ("cancel_payment", "order_id"),
        ("cancel_payment", "shop_key"),
        ("set_webhook", "url"),
    ] {
        let reply = with_parameter(&world, endpoint, name, None).await;
        assert_refused(&reply, "missing_parameter", name);
        assert_eq!(reply.text("error"), format!("{name} is required"));
    }
}

#[tokio::test]
async fn an_empty_required_parameter_is_missing() {
    let world = World::start().await;
    for (endpoint, name) in [
        ("check_shop", "shop_id"),
        ("get_payments", "shop_key"),
        ("create_payment", "amount"),
        ("check_payment", "order_id"),
        ("cancel_payment", "order_id"),
    ] {
        let reply = with_parameter(&world, endpoint, name, Some(&format!("{name}="))).await;
        assert_refused(&reply, "missing_parameter", name);
        assert_eq!(reply.text("error"), format!("{name} is required"));
    }
}

#[tokio::test]
async fn an_empty_optional_parameter_counts_as_absent() {
    let world = World::start().await;
    let empty = "merchant_order_id=&description=&return_url&expires_in=";
    let created = world.shop("create_payment", &format!("amount=1000&idempotency_key=k&{empty}")).await;
    assert_eq!(created.json()["success"], true, "{}", created.body);
    for name in ["merchant_order_id", "description", "return_url"] {
        assert_eq!(created.json().get(name), None, "{name}");
    }
    assert_eq!(world.shop("create_payment", "amount=1000&idempotency_key=k").await.body, created.body);
    assert_eq!(
        world.shop("get_payments", "limit=&offset=&status=&from=&to=&merchant_order_id=").await.body,
        world.shop("get_payments", "").await.body
    );

    // If it counted as absent, it would make a second payment, or show the first page again.
    let before = world.count_payments().await;
    let reply = world.shop("create_payment", "amount=1000&idempotency_key=").await;
    assert_refused(&reply, "missing_parameter", "an empty idempotency key");
    let reply = world
        .get_with(&format!("/api/create_payment?{SHOP_101}&amount=1000"), &[("Idempotency-Key", "")])
        .await;
    assert_refused(&reply, "missing_parameter", "an empty idempotency key in the header");
    assert_refused(&world.shop("get_payments", "cursor=").await, "invalid_cursor", "an empty cursor");
    assert_eq!(world.count_payments().await, before);
    // An empty value counts when a parameter is given twice.
    assert_refused(&world.shop("get_payments", "limit=&limit=1").await, "ambiguous_parameter", "limit");
}

#[tokio::test]
async fn a_prefetch_changes_nothing() {
    let world = World::start().await;
    let before = world.count_payments().await;
    let order_id = world.create("amount=1000").await;
    for (name, value) in [
        ("Sec-Purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("Purpose", "prefetch"),
        ("Purpose", "Prefetch, x"),
    ] {
        let reply =
            world.get_with(&format!("/api/create_payment?{SHOP_101}&amount=1000"), &[(name, value)]).await;
        assert_refused(&reply, "prefetch_refused", value);
        let reply = world
            .get_with(&format!("/api/cancel_payment?{SHOP_101}&order_id={order_id}"), &[(name, value)])
            .await;
        assert_refused(&reply, "prefetch_refused", value);
    }
    let other = world
        .get_with(&format!("/api/create_payment?{SHOP_101}&amount=1000"), &[("Purpose", "navigate")])
        .await;
    assert_eq!(other.json()["success"], true);
    assert_eq!(world.count_payments().await - before, 2);
}
