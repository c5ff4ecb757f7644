//! Each endpoint's answer, field for field and in its order.

use suite::{
    redact::redacted,
    world::{SHOP_101, World},
};

#[tokio::test]
async fn check_shop() {
    let world = World::start().await;
    let reply = world.shop("check_shop", "").await;
    assert_eq!(reply.body, r#"{"success":true,"valid":true,"shop_id":"101"}"#);

    let reply = world.get("/api/check_shop?shop_id=101&shop_key=wrong").await;
    assert_eq!(reply.status, 200);
    let body = r#"{"success":false,"valid":false,"error":"Invalid shop key","error_code":"invalid_shop_key","request_id":""#;
    assert!(reply.body.starts_with(body), "{}", reply.body);
}

#[tokio::test]
async fn an_unknown_shop_and_a_wrong_key_are_told_in_the_same_words() {
    let world = World::start().await;
    let without_id = |mut json: serde_json::Value| {
        json.as_object_mut().unwrap().remove("request_id");
        json
    };
    for endpoint in ["check_shop", "get_balance", "get_payments", "create_payment", "cancel_payment"] {
        let parameters = "amount=1000&order_id=ORD_1701234567_000000000000000000sample1";
        let wrong = world.get(&format!("/api/{endpoint}?shop_id=101&shop_key=nope&{parameters}")).await;
        let unknown = world.get(&format!("/api/{endpoint}?shop_id=999&shop_key=nope&{parameters}")).await;
        let malformed =
            world.get(&format!("/api/{endpoint}?shop_id=%2B101&shop_key=nope&{parameters}")).await;
        assert_eq!(without_id(wrong.json()), without_id(unknown.json()));
        assert_eq!(without_id(wrong.json()), without_id(malformed.json()));
        assert_eq!(wrong.error_code(), "invalid_shop_key");
    }
}

#[tokio::test]
async fn get_balance() {
    let world = World::start().await;
    let reply = world.shop("get_balance", "").await;
    assert_eq!(
        reply.body,
        r#"{"success":true,"shop_id":"101","balance":0.00,"balance_formatted":"0.00 UZS"}"#
    );
}

#[tokio::test]
async fn create_payment() {
    let world = World::start().await;
    let reply = world.shop("create_payment", "amount=1000.00").await;
    assert_eq!(
        redacted(&reply.body),
        r#"{"success":true,"payment_id":"<payment id>","order_id":"<order id>","shop_id":"101","amount":1000.00,"amount_formatted":"1000.00 UZS","created_at":"<time>","status":"pending","mode":"test","created_at_iso":"<iso time>","expires_at":"<time>","expires_at_iso":"<iso time>","pay_url":"<url>/pay/<order id>"}"#
    );
    assert_eq!(reply.text("pay_url"), format!("{}/pay/{}", world.stack.url(), reply.text("order_id")));

    let extras = "amount=1234.5&merchant_order_id=A-1&description=Choy%20%26%20non&return_url=https%3A%2F%2Fshop.uz%2Fok%3Fa%3D1";
    let reply = world.shop("create_payment", extras).await;
    let json = reply.json();
    assert!(reply.body.contains(r#""amount":1234.50,"amount_formatted":"1234.50 UZS""#), "{}", reply.body);
    assert_eq!(json["merchant_order_id"], "A-1");
    assert_eq!(json["description"], "Choy & non");
    assert_eq!(json["return_url"], "https://shop.uz/ok?a=1");
}

#[tokio::test]
async fn check_payment_finds_what_was_just_created() {
    let world = World::start().await;
    let order_id = world.create("amount=10000&merchant_order_id=secret-42&description=secret-43").await;
    let reply = world.get(&format!("/api/check_payment?order_id={order_id}")).await;
    assert_eq!(
        redacted(&reply.body),
        r#"{"success":true,"order_id":"<order id>","shop_id":"101","shop_name":"Test Do'kon 1","amount":10000.00,"status":"pending","status_description":"To'lov kutilmoqda","created_at":"<time>","mode":"test","created_at_iso":"<iso time>","expires_at":"<time>","expires_at_iso":"<iso time>"}"#
    );
}

#[tokio::test]
async fn get_payments() {
    let world = World::start().await;
    // Newer than the sample payments, which were created at the same moment.
    world.clock.advance_ms(1);
    world.create("amount=10000&merchant_order_id=7").await;
    let reply = world.shop("get_payments", "limit=1").await;
    let cursor = reply.text("next_cursor");
    assert_eq!(
        redacted(&reply.body),
        r#"{"success":true,"shop_id":"101","limit":1,"offset":0,"count":1,"has_more":true,"next_cursor":"<cursor>","payments":[{"payment_id":"<payment id>","order_id":"<order id>","amount":10000.00,"amount_formatted":"10000.00 UZS","status":"pending","status_description":"To'lov kutilmoqda","created_at":"<time>","mode":"test","created_at_iso":"<iso time>","merchant_order_id":"7"}]}"#
    );

    let reply = world.shop("get_payments", &format!("cursor={cursor}")).await;
    assert!(
        reply.body.starts_with(r#"{"success":true,"shop_id":"101","limit":10,"count":4,"has_more":false,"next_cursor":null,"payments":["#)
    );

    let reply = world.shop("get_payments", "offset=5").await;
    assert_eq!(
        reply.body,
        r#"{"success":true,"shop_id":"101","limit":10,"offset":5,"count":0,"has_more":false,"next_cursor":null,"payments":[]}"#
    );
}

#[tokio::test]
async fn cancel_payment_twice_answers_the_same() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    let first = world.shop("cancel_payment", &format!("order_id={order_id}")).await;
    assert_eq!(
        redacted(&first.body),
        r#"{"success":true,"order_id":"<order id>","shop_id":"101","shop_name":"Test Do'kon 1","amount":1000.00,"status":"cancelled","status_description":"To'lov bekor qilindi","created_at":"<time>","mode":"test","created_at_iso":"<iso time>","expires_at":"<time>","expires_at_iso":"<iso time>","cancelled_at":"<time>","cancelled_at_iso":"<iso time>"}"#
    );
    world.clock.advance_ms(3_600_000);
    let second = world.shop("cancel_payment", &format!("order_id={order_id}")).await;
    assert_eq!(first.body, second.body);

    let check = world.get(&format!("/api/check_payment?order_id={order_id}")).await;
    assert_eq!(check.text("status"), "cancelled");
    assert!(!check.body.contains("cancelled_at"), "{}", check.body);
}

#[tokio::test]
async fn a_payment_expires_by_its_time_alone() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    world.clock.advance_ms(24 * 3_600_000 - 1);
    let check = async || world.get(&format!("/api/check_payment?order_id={order_id}")).await;
    assert_eq!(check().await.text("status"), "pending");
    world.clock.advance_ms(1);
    assert_eq!(check().await.text("status"), "expired");
    assert_eq!(check().await.text("status_description"), "To'lov muddati tugadi");
    assert_eq!(world.shop("get_payments", "limit=1").await.json()["payments"][0]["status"], "expired");
    let cancel = world.shop("cancel_payment", &format!("order_id={order_id}")).await;
    assert_eq!(cancel.error_code(), "payment_not_cancellable");
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let world = World::start().await;
    for path in [
        format!("/api/check_shop?{SHOP_101}"),
        "/api/check_shop?shop_id=1".to_owned(),
        "/api/check_payment".to_owned(),
    ] {
        let reply = world.get(&path).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.headers["content-type"], "application/json; charset=utf-8");
        assert_eq!(reply.headers["cache-control"], "no-store");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        assert!(!reply.headers["x-request-id"].is_empty());
        let id = reply.text("request_id");
        assert!(id.is_empty() || reply.headers["x-request-id"] == id.as_str(), "{reply:?}");
    }
}

#[tokio::test]
async fn credentials_may_stand_in_headers() {
    let world = World::start().await;
    let headers = [("X-Shop-Id", "101"), ("X-Shop-Key", "test_key_123")];
    assert_eq!(world.get_with("/api/check_shop", &headers).await.json()["valid"], true);
    // Equal ones count once, different ones do not.
    assert_eq!(world.get_with(&format!("/api/check_shop?{SHOP_101}"), &headers).await.json()["valid"], true);
    let reply = world.get_with("/api/check_shop?shop_id=102", &headers).await;
    assert_eq!(reply.error_code(), "ambiguous_parameter");
}
