//! Bad input: a clear error, HTTP 200, and nothing is written.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use suite::{
    http::Reply,
    world::{SHOP_101, SHOP_102, World},
};

const ORDER: &str = "ORD_1701234567_000000000000000000sample1";

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn assert_refused(reply: &Reply, code: &str, what: &str) {
    assert_eq!(reply.status, 200, "{what}: {reply:?}");
    let json = reply.json();
    assert_eq!(json["success"], false, "{what}");
    assert_eq!(json["error_code"], code, "{what}: {}", reply.body);
    assert!(json["error"].as_str().is_some_and(|error| error.len() > 8), "{what}");
    assert_eq!(json["request_id"], reply.headers["x-request-id"].to_str().unwrap(), "{what}");
}

/// Every parameter with the code of a bad value.
const PARAMETERS: [(&str, &str, &str); 13] = [
    ("check_shop", "shop_id", "invalid_shop_key"),
    ("check_shop", "shop_key", "invalid_shop_key"),
    ("get_balance", "shop_key", "invalid_shop_key"),
    ("create_payment", "amount", "invalid_amount"),
    ("create_payment", "idempotency_key", "invalid_parameter"),
    ("create_payment", "merchant_order_id", "invalid_parameter"),
    ("create_payment", "description", "invalid_parameter"),
    ("create_payment", "return_url", "invalid_parameter"),
    ("check_payment", "order_id", "order_not_found"),
    ("cancel_payment", "order_id", "order_not_found"),
    ("get_payments", "limit", "invalid_limit"),
    ("get_payments", "offset", "invalid_offset"),
    ("get_payments", "cursor", "invalid_cursor"),
];

/// A request that is right, but for what `raw` says of `name`.
async fn with_parameter(world: &World, endpoint: &str, name: &str, raw: Option<&str>) -> Reply {
    let right = [("shop_id", "101"), ("shop_key", "test_key_123"), ("amount", "1000"), ("order_id", ORDER)];
    let mut query: Vec<String> = right
        .iter()
        .filter(|(other, _)| *other != name)
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
        // Names are case-sensitive: another case is another parameter, which is ignored.
        let other = name.to_uppercase();
        assert_eq!(
            with_parameter(&world, endpoint, "", Some(&format!("{other}=%ff"))).await.json()["success"],
            true,
            "{what}"
        );
    }
    // The right requests to create_payment made one each, five in all; nothing else did.
    assert_eq!(world.count_payments().await - before, 5);
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
    let empty = "merchant_order_id=&description=&return_url";
    let created = world.shop("create_payment", &format!("amount=1000&idempotency_key=k&{empty}")).await;
    assert_eq!(created.json()["success"], true, "{}", created.body);
    for name in ["merchant_order_id", "description", "return_url"] {
        assert_eq!(created.json().get(name), None, "{name}");
    }
    assert_eq!(world.shop("create_payment", "amount=1000&idempotency_key=k").await.body, created.body);
    assert_eq!(
        world.shop("get_payments", "limit=&offset=").await.body,
        world.shop("get_payments", "").await.body
    );

    // Absent would be a second payment, and the first page again.
    let before = world.count_payments().await;
    let reply = world.shop("create_payment", "amount=1000&idempotency_key=").await;
    assert_refused(&reply, "missing_parameter", "an empty idempotency key");
    let reply = world
        .get_with(&format!("/api/create_payment?{SHOP_101}&amount=1000"), &[("Idempotency-Key", "")])
        .await;
    assert_refused(&reply, "missing_parameter", "an empty idempotency key in the header");
    assert_refused(&world.shop("get_payments", "cursor=").await, "invalid_cursor", "an empty cursor");
    assert_eq!(world.count_payments().await, before);
    // Given twice is given twice.
    assert_refused(&world.shop("get_payments", "limit=&limit=1").await, "ambiguous_parameter", "limit");
}

#[tokio::test]
async fn empty_credentials_beside_full_ones_count_as_absent() {
    let world = World::start().await;
    let headers = [("X-Shop-Id", "101"), ("X-Shop-Key", "test_key_123")];
    let reply = world.get_with("/api/check_shop?shop_id=&shop_key=", &headers).await;
    assert_eq!(reply.json()["valid"], true, "{}", reply.body);
    let reply = world
        .get_with(&format!("/api/check_shop?{SHOP_101}"), &[("X-Shop-Id", ""), ("X-Shop-Key", "")])
        .await;
    assert_eq!(reply.json()["valid"], true, "{}", reply.body);
    let reply =
        world.get_with("/api/check_shop?shop_id=&shop_key=", &[("X-Shop-Id", ""), ("X-Shop-Key", "")]).await;
    assert_refused(&reply, "missing_parameter", "empty everywhere");
}

#[tokio::test]
async fn amounts_are_read_strictly() {
    let world = World::start().await;
    let before = world.count_payments().await;
    let digits = "9".repeat(400);
    for (amount, code) in [
        ("999.99", "amount_too_small"),
        ("0", "amount_too_small"),
        ("0.001", "invalid_amount"),
        ("1000000000", "amount_too_large"),
        ("1000000000.00", "amount_too_large"),
        (digits.as_str(), "amount_too_large"),
        ("1e3", "invalid_amount"),
        ("+1000", "invalid_amount"),
        ("-1000", "invalid_amount"),
        ("1,000", "invalid_amount"),
        ("1_000", "invalid_amount"),
        ("1000.001", "invalid_amount"),
        ("1000.", "invalid_amount"),
        (".5", "invalid_amount"),
        ("NaN", "invalid_amount"),
        ("inf", "invalid_amount"),
        (" 1000", "invalid_amount"),
        ("1000 ", "invalid_amount"),
        ("1 000", "invalid_amount"),
        ("0x3e8", "invalid_amount"),
        ("١٠٠٠", "invalid_amount"),
        ("１０００", "invalid_amount"),
    ] {
        let reply = world.shop("create_payment", &format!("amount={}", encoded(amount))).await;
        assert_refused(&reply, code, amount);
    }
    // A raw plus is a space in a query.
    assert_refused(&world.shop("create_payment", "amount=+1000").await, "invalid_amount", "raw plus");
    assert_eq!(
        world.shop("create_payment", "amount=1").await.text("error"),
        "amount must be at least 1000.00 UZS"
    );
    assert_eq!(world.count_payments().await, before);
}

#[tokio::test]
async fn limits_offsets_and_cursors_are_read_strictly() {
    let world = World::start().await;
    for bad in ["0", "101", "-1", "1.5", "+5", "1e1", "ten"] {
        assert_refused(
            &world.shop("get_payments", &format!("limit={}", encoded(bad))).await,
            "invalid_limit",
            bad,
        );
    }
    for bad in ["-1", "1.5", "+5", "99999999999999999999"] {
        assert_refused(
            &world.shop("get_payments", &format!("offset={}", encoded(bad))).await,
            "invalid_offset",
            bad,
        );
    }
    let reply = world.shop("get_payments", "limit=1").await;
    let cursor = reply.text("next_cursor");
    let damaged = cursor.replacen('M', "N", 1);
    for bad in ["x", "MQ", "====", damaged.as_str(), &cursor[1..]] {
        assert_refused(
            &world.shop("get_payments", &format!("cursor={}", encoded(bad))).await,
            "invalid_cursor",
            bad,
        );
    }
    let both = world.shop("get_payments", &format!("cursor={cursor}&offset=1")).await;
    assert_refused(&both, "unsupported_combination", "cursor and offset");
    assert_eq!(both.text("error"), "offset and cursor cannot be used together");
    // A cursor only positions: with another shop's key it shows that shop's payments.
    let other = world.get(&format!("/api/get_payments?{SHOP_102}&cursor={cursor}")).await;
    assert_eq!(other.json()["count"], 0);
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
    // A wrong form costs nothing; a right one costs one read.
    world.proxy.take_calls();
    world.get("/api/check_payment?order_id=nope").await;
    assert!(world.proxy.take_calls().is_empty());
}

#[tokio::test]
async fn only_the_owner_cancels() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    let reply = world.get(&format!("/api/cancel_payment?{SHOP_102}&order_id={order_id}")).await;
    assert_refused(&reply, "order_not_found", "another shop's order");
    assert_eq!(world.get(&format!("/api/check_payment?order_id={order_id}")).await.text("status"), "pending");
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

#[tokio::test]
async fn an_idempotency_key_stands_for_one_order_for_ever() {
    let world = World::start().await;
    let ask = async |parameters: &str| {
        world.shop("create_payment", &format!("idempotency_key=k1&{parameters}")).await
    };
    let first = ask("amount=1000&description=a").await;
    world.clock.advance_ms(7 * 24 * 3_600_000);
    assert_eq!(ask("amount=1000.00&description=a").await.body, first.body);
    for other in [
        "amount=1000.01&description=a",
        "amount=1000&description=b",
        "amount=1000",
        "amount=1000&description=a&merchant_order_id=1",
    ] {
        assert_refused(&ask(other).await, "idempotency_conflict", other);
    }
    // After a change of its state it is still the payment as created.
    let fresh = world.shop("create_payment", "idempotency_key=k2&amount=1000").await;
    world.shop("cancel_payment", &format!("order_id={}", fresh.text("order_id"))).await;
    assert_eq!(world.shop("create_payment", "idempotency_key=k2&amount=1000").await.body, fresh.body);
    // In another shop the same key is another payment; in a header it is the same key.
    let elsewhere =
        world.get(&format!("/api/create_payment?{SHOP_102}&amount=1000&idempotency_key=k2")).await;
    assert_ne!(elsewhere.text("order_id"), fresh.text("order_id"));
    let header = world
        .get_with(&format!("/api/create_payment?{SHOP_101}&amount=1000"), &[("Idempotency-Key", "k2")])
        .await;
    assert_eq!(header.body, fresh.body);
    let two = world
        .get_with(
            &format!("/api/create_payment?{SHOP_101}&amount=1000&idempotency_key=k1"),
            &[("Idempotency-Key", "k2")],
        )
        .await;
    assert_refused(&two, "ambiguous_parameter", "two keys");
}
