//! What Payme's endpoint refuses before it reads a transaction: wrong credentials, other verbs, and
//! malformed calls.

use http::Method;
use runners::payme::Payme;
use serde_json::{Value, json};
use shared::{domain::mode::Mode, edge::setting::Configured};
use suite::world::World;

use crate::support::providers::{TIYIN, code, now, payme, status, test_order};

#[tokio::test]
async fn only_payme_s_credentials_are_accepted() {
    let world = World::with_live_shop().await;
    let body = json!({"id": 7, "method": "CheckTransaction", "params": {"id": "x"}}).to_string();
    let basic = |pair: &str| {
        use base64::Engine;
        format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(pair))
    };
    let strangers = [
        basic("Paycom:"),
        basic("Paycom:wrong"),
        basic("Merchant:local-payme-key"),
        basic("local-payme-key"),
        "Bearer x".to_owned(),
        "Basic !".to_owned(),
    ];
    for header in &strangers {
        let reply = world.send(Method::POST, "/payme", &[("authorization", header)], &body).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.json()["error"]["code"], &reply.json()["id"]),
            (200, &json!(-32504), &json!(7)),
            "{header}"
        );
    }
    let reply = world.send(Method::POST, "/payme", &[], "{").await;
    assert_eq!((&reply.json()["error"]["code"], &reply.json()["id"]), (&json!(-32504), &Value::Null));
    // The verb is checked before the credentials.
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        let reply = world.send(method, "/payme", &[("authorization", &strangers[0])], "").await;
        assert_eq!((reply.status.as_u16(), &reply.json()["error"]["code"]), (200, &json!(-32300)));
    }
}

#[tokio::test]
async fn every_key_is_refused_when_payme_is_off() {
    let world = World::start_with(|options| options.settings.payme = Configured::Off).await;
    for key in ["", "local-payme-key", "local-payme-test-key"] {
        let reply = Payme::new(&world.stack.url(), key).check("x").await.unwrap();
        assert_eq!(code(&reply), -32504);
    }
}

#[tokio::test]
async fn a_malformed_call_is_refused() {
    let world = World::with_live_shop().await;
    let payme = payme(&world, Mode::Test);
    let order = test_order(&world).await;
    let megabyte = format!(
        r#"{{"id": 1, "method": "CheckTransaction", "params": {{"id": "{}"}}}}"#,
        "x".repeat(1_000_000)
    );
    let nested = format!(
        r#"{{"id": 1, "method": "CheckTransaction", "params": {{"id": {}{}}}}}"#,
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    for (body, expected) in [
        ("", -32700),
        ("{", -32700),
        ("{}{}", -32700),
        ("{\"id\": 1, \"method\": \"CheckTransaction\", \"params\": {\"id\": \"x\"}", -32700),
        ("[1,", -32700),
        ("[]", -32600),
        ("1", -32600),
        ("null", -32600),
        ("{}", -32600),
        (r#"{"id": 1}"#, -32600),
        (r#"{"id": 1, "method": 1, "params": {}}"#, -32600),
        (r#"{"id": 1, "method": "CheckTransaction"}"#, -32600),
        (r#"{"id": 1, "method": "CheckTransaction", "params": []}"#, -32600),
        (r#"{"id": 1, "method": "CheckTransaction", "params": null}"#, -32600),
        (r#"{"id": "1", "method": "CheckTransaction", "params": {"id": "x"}}"#, -32600),
        (r#"{"id": 1.5, "method": "CheckTransaction", "params": {"id": "x"}}"#, -32600),
        (r#"{"method": "CheckTransaction", "params": {"id": "x"}}"#, -32600),
        (r#"{"id": 99999999999999999999, "method": "CheckTransaction", "params": {"id": "x"}}"#, -32600),
        (r#"{"id": 1, "method": "PayEverything", "params": {}}"#, -32601),
        (r#"{"id": 1, "method": "checktransaction", "params": {}}"#, -32601),
        (&megabyte, -32600),
        (&nested, -32600),
    ] {
        let reply = payme.post(body).await.unwrap();
        let shown: String = body.chars().take(100).collect();
        assert_eq!(code(&reply), expected, "{shown}");
    }
    let reply = payme.post(r#"{"id": 41, "method": "PayEverything", "params": {}}"#).await.unwrap();
    assert_eq!((&reply.json()["id"], &reply.json()["error"]["data"]), (&json!(41), &json!("PayEverything")));

    let account = json!({"order_id": order});
    let whole = json!({"id": "x", "time": now(&world), "amount": TIYIN, "account": account, "reason": 1, "from": 0, "to": 1});
    let wrong = [
        ("id", json!(["", 1, null, "x".repeat(65), "\u{e9}", "a\nb", ["x"], {}])),
        ("time", json!(["1", 1.5, null, 1e3, [1], 99999999999999999999_u128 as f64])),
        ("amount", json!(["100000", 100000.0, null, 1e5, [1], {}])),
        ("account", json!(["x", 1, null, []])),
        ("reason", json!(["1", 1.5, null, 3000000000_i64])),
        ("from", json!(["1", 1.5, null])),
        ("to", json!(["1", 1.5, null])),
    ];
    for (method, fields) in [
        ("CheckPerformTransaction", &["amount", "account"][..]),
        ("CreateTransaction", &["id", "time", "amount", "account"]),
        ("PerformTransaction", &["id"]),
        ("CancelTransaction", &["id", "reason"]),
        ("CheckTransaction", &["id"]),
        ("GetStatement", &["from", "to"]),
    ] {
        for (field, values) in wrong.iter().filter(|(field, _)| fields.contains(field)) {
            let mut missing = whole.clone();
            missing.as_object_mut().unwrap().remove(*field);
            assert_eq!(code(&payme.call(method, missing).await.unwrap()), -32600, "{method} without {field}");
            for value in values.as_array().unwrap() {
                let mut params = whole.clone();
                params[*field] = value.clone();
                assert_eq!(
                    code(&payme.call(method, params).await.unwrap()),
                    -32600,
                    "{method} {field} {value}"
                );
            }
        }
    }
    // An integer beyond 64 bits.
    let body = format!(
        r#"{{"id": 1, "method": "CreateTransaction", "params": {{"id": "x", "time": 1, "amount": 18446744073709551616, "account": {account}}}}}"#
    );
    assert_eq!(code(&payme.post(&body).await.unwrap()), -32600);
    // An account of any form is an order that does not exist: the payer may have typed it.
    for account in [
        json!({}),
        json!({"order_id": 197}),
        json!({"order_id": null}),
        json!({"order_id": [1]}),
        json!({"other": order}),
    ] {
        assert_eq!(
            code(
                &payme
                    .call("CheckPerformTransaction", json!({"amount": TIYIN, "account": account}))
                    .await
                    .unwrap()
            ),
            -31050,
            "{account}"
        );
    }
    assert_eq!(status(&world, &order).await, "pending");
}
