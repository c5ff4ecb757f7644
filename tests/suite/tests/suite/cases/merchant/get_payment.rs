//! `get_payment`: the whole answer in each state, the three names of a payment, and whether its end
//! is final.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue::S;
use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    redact::by_field,
    world::{LIVE, SHOP_102, World},
};

use crate::support::{
    merchant::{ORDER, assert_refused, endpoints},
    operator::{cancel, complete, done, perform, refund, settle, with},
    providers::{DAY_MS, MINUTE_MS, held_by_click, held_by_payme, live_order, payme, status, test_order},
};

/// A payment of the live shop.
async fn shown(world: &World, order_id: &str) -> Value {
    world.get(&format!("/api/get_payment?{LIVE}&order_id={order_id}")).await.json()
}

async fn set_fee(world: &World, shop_id: &str, fee_bps: u16) {
    done(world, json!({"command": "set_fee", "shop_id": shop_id, "fee_bps": fee_bps})).await;
}

/// The ids of all events of a shop, in their order.
async fn stored_event_ids(world: &World, shop_id: &str) -> Vec<String> {
    let query = world.tables.query().table_name("events").key_condition_expression("shop_id = :shop");
    let output = query.expression_attribute_values(":shop", S(shop_id.to_owned())).send().await.unwrap();
    output.items().iter().map(|item| format!("EVT_{}", item["event_key"].as_s().unwrap())).collect()
}

#[tokio::test]
async fn get_payment() {
    let world = World::start().await;
    set_fee(&world, "101", 150).await;
    let order_id = world
        .create("amount=1000&merchant_order_id=7&description=Choy&return_url=https%3A%2F%2Fshop.uz%2Fok")
        .await;
    let reply = world.shop("get_payment", &format!("order_id={order_id}")).await;
    insta::assert_snapshot!(by_field(&reply.body), @r#"
    {"success":true,
    "payment_id":"<payment id>",
    "order_id":"<order id>",
    "shop_id":"101",
    "amount":1000.00,
    "amount_formatted":"1000.00 UZS",
    "status":"pending",
    "status_description":"To'lov kutilmoqda",
    "may_still_be_paid":true,
    "created_at":"<time>",
    "mode":"test",
    "created_at_iso":"<iso time>",
    "expires_at":"<time>",
    "expires_at_iso":"<iso time>",
    "merchant_order_id":"7",
    "description":"Choy",
    "return_url":"https://shop.uz/ok",
    "event_ids":[]}
    "#);

    let id = held_by_payme(&world, Mode::Test, &order_id).await;
    perform(&world, Mode::Test, &id).await;
    // Payme's own bytes come back, with their spaces.
    let receipt = r#"{"receipt_id": 121, "status_code": 0, "qr_code_url": "https://ofd.uz/a?b=1"}"#;
    for kind in ["PERFORM", "CANCEL"] {
        let params = format!(r#"{{"id":"{id}","type":"{kind}","fiscal_data":{receipt}}}"#);
        let call = format!(r#"{{"id":1,"method":"SetFiscalData","params":{params}}}"#);
        assert_eq!(payme(&world, Mode::Test).post(&call).await.unwrap().json()["result"]["success"], true);
    }
    world.clock.advance_ms(MINUTE_MS);
    payme(&world, Mode::Test).cancel(&id, 5).await.unwrap();
    let reply = world.shop("get_payment", &format!("order_id={order_id}")).await;
    assert_eq!(reply.text("provider_transaction"), id);
    insta::assert_snapshot!(by_field(&reply.body.replace(&id, "<payme id>")), @r#"
    {"success":true,
    "payment_id":"<payment id>",
    "order_id":"<order id>",
    "shop_id":"101",
    "amount":1000.00,
    "amount_formatted":"1000.00 UZS",
    "status":"refunded",
    "status_description":"To'lov qaytarildi",
    "may_still_be_paid":false,
    "created_at":"<time>",
    "mode":"test",
    "created_at_iso":"<iso time>",
    "expires_at":"<time>",
    "expires_at_iso":"<iso time>",
    "paid_at":"<time>",
    "paid_at_iso":"<iso time>",
    "refunded_at":"<time>",
    "refunded_at_iso":"<iso time>",
    "returned_by":"provider",
    "merchant_order_id":"7",
    "description":"Choy",
    "return_url":"https://shop.uz/ok",
    "provider":"payme",
    "provider_transaction":"<payme id>",
    "fee":15.00,
    "fee_formatted":"15.00 UZS",
    "net":985.00,
    "net_formatted":"985.00 UZS",
    "fiscal_perform":{"receipt_id": 121, "status_code": 0, "qr_code_url": "https://ofd.uz/a?b=1"},
    "fiscal_cancel":{"receipt_id": 121, "status_code": 0, "qr_code_url": "https://ofd.uz/a?b=1"},
    "event_ids":["<event id of paid>",
    "<event id of refunded>"]}
    "#);
}

#[tokio::test]
async fn each_name_finds_its_payment() {
    let world = World::start().await;
    let first = world.create("amount=1000&merchant_order_id=7&idempotency_key=k1").await;
    world.clock.advance_ms(1);
    let second = world.create("amount=2000&merchant_order_id=7&idempotency_key=k2").await;
    let found = async |query: &str| world.shop("get_payment", query).await.text("order_id");
    assert_eq!(found(&format!("order_id={first}")).await, first);
    assert_eq!(found("idempotency_key=k1").await, first);
    assert_eq!(found("idempotency_key=k2").await, second);
    assert_eq!(found("merchant_order_id=7").await, second);
    let path = format!("/api/get_payment?{}", suite::world::SHOP_101);
    let header = world.get_with(&path, &[("Idempotency-Key", "k1")]).await;
    assert_eq!(header.text("order_id"), first);

    let elsewhere = async |query: &str| world.get(&format!("/api/get_payment?{SHOP_102}&{query}")).await;
    for query in ["idempotency_key=k1", "merchant_order_id=7", &format!("order_id={first}")] {
        assert_refused(&elsewhere(query).await, "order_not_found", query);
    }
    // Another second before the same order key.
    let other_second = first.replacen(&first[..14], "ORD_1701234567", 1);
    for query in
        ["idempotency_key=k3", "merchant_order_id=8", "order_id=x", &format!("order_id={other_second}")]
    {
        assert_refused(&world.shop("get_payment", query).await, "order_not_found", query);
    }
    // The shop id ends where the number begins: shop 10 with the number 1#7 is not shop 101 with 7.
    assert_refused(&world.shop("get_payment", "merchant_order_id=%237").await, "order_not_found", "#7");
}

#[tokio::test]
async fn exactly_one_name_is_needed() {
    let world = World::start().await;
    let none = world.shop("get_payment", "order_id=&merchant_order_id=").await;
    assert_refused(&none, "missing_parameter", "none");
    assert_eq!(none.text("error"), "order_id, idempotency_key or merchant_order_id is required");
    let order = format!("order_id={ORDER}");
    for two in [
        format!("{order}&idempotency_key=k"),
        format!("{order}&merchant_order_id=7"),
        "idempotency_key=k&merchant_order_id=7".to_owned(),
        format!("{order}&idempotency_key=k&merchant_order_id=7"),
        // Nor is a value read that is one too many.
        "order_id=x&idempotency_key=k".to_owned(),
        "order_id=x&merchant_order_id=7".to_owned(),
        format!("{order}&merchant_order_id=%07"),
    ] {
        let reply = world.shop("get_payment", &two).await;
        assert_refused(&reply, "unsupported_combination", &two);
        let error = "order_id, idempotency_key and merchant_order_id cannot be used together";
        assert_eq!(reply.text("error"), error);
    }
    assert!(endpoints().contains(&"get_payment".to_owned()));
}

#[tokio::test]
async fn expired_is_final_once_no_money_can_come() {
    let world = World::with_live_shop().await;
    let state = async |order_id: &str| {
        let payment = shown(&world, order_id).await;
        (payment["status"].as_str().unwrap().to_owned(), payment["may_still_be_paid"].as_bool().unwrap())
    };
    let is = |status: &str, open: bool| (status.to_owned(), open);
    let [free, payme_held, click_late, click_closed] = [
        live_order(&world).await,
        live_order(&world).await,
        live_order(&world).await,
        live_order(&world).await,
    ];
    assert_eq!(state(&free).await, is("pending", true));
    world.clock.advance_ms(DAY_MS - MINUTE_MS);
    held_by_payme(&world, Mode::Live, &payme_held).await;
    let late = held_by_click(&world, &click_late).await;
    held_by_click(&world, &click_closed).await;
    world.clock.advance_ms(10 * MINUTE_MS);
    assert_eq!(state(&free).await, is("expired", false));
    for held in [&payme_held, &click_late, &click_closed] {
        assert_eq!(state(held).await, is("pending", true));
    }
    // Every hold is over.
    world.clock.advance_ms(DAY_MS);
    assert_eq!(state(&payme_held).await, is("expired", false));
    for held in [&click_late, &click_closed] {
        assert_eq!(state(held).await, is("expired", true));
    }
    let cancelled = world.get(&format!("/api/cancel_payment?{LIVE}&order_id={click_closed}")).await;
    assert_eq!(cancelled.text("status"), "cancelled", "{cancelled:?}");
    assert_eq!(state(&click_closed).await, is("cancelled", false));
    complete(&world, &late).await;
    assert_eq!(state(&click_late).await, is("paid", false));
}

/// Whoever pays, cancels or refunds: provider, amounts, times and the ids of the events.
#[tokio::test]
async fn money_and_events_are_those_of_the_journal() {
    let world = World::with_live_shop().await;
    set_fee(&world, "201", 333).await;
    let (by_click, by_payme, by_hand, chargeback, cancelled) = (
        live_order(&world).await,
        live_order(&world).await,
        live_order(&world).await,
        live_order(&world).await,
        live_order(&world).await,
    );
    let click = held_by_click(&world, &by_click).await;
    complete(&world, &click).await;
    let id = held_by_payme(&world, Mode::Live, &by_payme).await;
    perform(&world, Mode::Live, &id).await;
    done(&world, settle(&by_hand, "1")).await;
    complete(&world, &held_by_click(&world, &chargeback).await).await;
    world.clock.advance_ms(MINUTE_MS);
    done(&world, refund(&by_hand, "2")).await;
    done(&world, with(refund(&chargeback, "3"), &[("returned_by", json!("provider"))])).await;
    done(&world, cancel(&cancelled, "4")).await;

    let mut events = BTreeSet::new();
    for (order_id, status, provider, transaction, returned_by, event_count) in [
        (&by_click, "paid", json!("click"), json!(click.click_trans_id), Value::Null, 1),
        (&by_payme, "paid", json!("payme"), json!(id), Value::Null, 1),
        (&by_hand, "refunded", json!("operator"), Value::Null, json!("us"), 2),
        (&chargeback, "refunded", json!("click"), Value::Null, json!("provider"), 2),
        (&cancelled, "cancelled", Value::Null, Value::Null, Value::Null, 1),
    ] {
        let payment = shown(&world, order_id).await;
        assert_eq!((&payment["status"], &payment["provider"]), (&json!(status), &provider), "{payment}");
        if order_id != &chargeback {
            assert_eq!(payment["provider_transaction"], transaction, "{payment}");
        }
        assert_eq!(payment["returned_by"], returned_by);
        let paid = status != "cancelled";
        assert_eq!(payment["paid_at"].is_string(), paid);
        assert_eq!(payment["refunded_at_iso"].is_string(), status == "refunded");
        assert_eq!(payment["cancelled_at"].is_string(), !paid);
        assert_eq!(payment["fee_formatted"], if paid { json!("33.30 UZS") } else { Value::Null });
        assert_eq!(payment["net_formatted"], if paid { json!("966.70 UZS") } else { Value::Null });
        let ids = payment["event_ids"].as_array().unwrap();
        assert_eq!(ids.len(), event_count, "{payment}");
        events.extend(ids.iter().map(|id| id.as_str().unwrap().to_owned()));
    }
    let stored = stored_event_ids(&world, "201").await;
    assert_eq!(events.into_iter().collect::<Vec<_>>(), stored);
}

/// The public button pays without money, and the merchant sees it.
#[tokio::test]
async fn a_test_payment_is_told_from_money() {
    let world = World::start().await;
    let order_id = test_order(&world).await;
    world.send(http::Method::POST, &format!("/pay/{order_id}/test"), &[], "").await;
    assert_eq!(status(&world, &order_id).await, "paid");
    let payment = world.shop("get_payment", &format!("order_id={order_id}")).await.json();
    assert_eq!((&payment["mode"], &payment["provider"]), (&json!("test"), &json!("test")));
    assert_eq!(payment.get("provider_transaction"), None);
}
