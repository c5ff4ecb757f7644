//! Any input gets an answer below 500, without a panic.

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use suite::{event, world::World};
use tokio::runtime::Runtime;

use crate::support::merchant::endpoints;

/// The name of a real parameter, or any text.
fn name() -> impl Strategy<Value = String> {
    let known = [
        "shop_id",
        "shop_key",
        "amount",
        "order_id",
        "limit",
        "offset",
        "cursor",
        "idempotency_key",
        "merchant_order_id",
        "description",
        "return_url",
        "from",
        "to",
        "type",
        "order",
        "format",
        "lang",
        "url",
        "events",
        "event_id",
        "status",
        "old_secret_valid_hours",
    ];
    prop_oneof![8 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

/// A value that is nearly right, or any text.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("101".to_owned()),
        Just("test_key_123".to_owned()),
        Just("ORD_1701234567_000000000000000000sample1".to_owned()),
        Just("1000".to_owned()),
        "[0-9]{1,24}([.][0-9]{0,3})?",
        Just("http://127.0.0.1:1/".to_owned()),
        Just("payment.paid".to_owned()),
        "EVT_[0-9]{13}_[0-9a-z]{25}_(paid|refunded)",
        "https://[a-z.@:/%\\[\\]]{0,20}",
        "[0-9]{4}-[01][0-9]-[0-3][0-9]",
        any::<String>(),
    ]
}

fn query() -> impl Strategy<Value = String> {
    let pairs = proptest::collection::vec((name(), value()), 0..8).prop_map(|pairs| {
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    });
    prop_oneof![4 => pairs, 1 => any::<String>(), 1 => "[%&=+;#<> \"a-f0-9_]{0,60}"]
}

/// Sends many events to every endpoint of one product.
fn for_many(strategy: impl Strategy<Value = Value>, cases: u32) {
    let runtime = Runtime::new().unwrap();
    let world = runtime.block_on(World::start());
    let endpoints = endpoints();
    let mut runner =
        TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    runner
        .run(&strategy, |event| {
            for endpoint in &endpoints {
                let answer =
                    runtime.block_on(world.stack.functions.invoke(endpoint, event.to_string())).unwrap();
                let answer = answer.map_err(|error| TestCaseError::fail(format!("{endpoint}: {error:?}")))?;
                prop_assert_eq!(&answer["statusCode"], &json!(200), "{}: {}", endpoint, answer);
                let body = answer["body"].as_str().unwrap();
                // The first part of a file is no JSON, and a later one may have no lines.
                if endpoint == "export_events" && !body.starts_with('{') {
                    continue;
                }
                let body: Value = serde_json::from_str(body).unwrap();
                prop_assert!(body["success"].is_boolean());
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_query_of_an_http_api_is_answered() {
    for_many(query().prop_map(|query| event::v2("GET", "/api/any", &query)), 200);
}

#[test]
fn any_query_of_a_rest_api_is_answered() {
    let parameters = proptest::collection::hash_map(name(), proptest::collection::vec(value(), 1..3), 0..8);
    let events = parameters.prop_map(|parameters| {
        let mut event = event::v1("GET", "/api/any", "");
        let last: Value = parameters
            .iter()
            .map(|(name, values)| (name.clone(), json!(values.last())))
            .collect::<serde_json::Map<_, _>>()
            .into();
        event["queryStringParameters"] = last;
        event["multiValueQueryStringParameters"] = json!(parameters);
        event
    });
    for_many(events, 100);
}

#[test]
fn any_header_path_stage_and_domain_is_answered() {
    let headers = proptest::collection::hash_map(
        prop_oneof![
            proptest::sample::select(vec![
                "host",
                "x-forwarded-proto",
                "x-shop-id",
                "x-shop-key",
                "idempotency-key",
                "sec-purpose",
                "content-type",
                "cookie"
            ])
            .prop_map(str::to_owned),
            any::<String>()
        ],
        any::<String>(),
        0..5,
    );
    let events = (headers, any::<String>(), any::<String>(), any::<String>(), query(), any::<bool>())
        .prop_map(|(headers, path, stage, domain, query, rest)| {
            let mut event =
                if rest { event::v1("GET", "/api/any", "") } else { event::v2("GET", "/api/any", &query) };
            event["headers"] = json!(headers);
            event["multiValueHeaders"] = headers
                .iter()
                .map(|(name, value)| (name.clone(), json!([value])))
                .collect::<serde_json::Map<_, _>>()
                .into();
            event[if rest { "path" } else { "rawPath" }] = json!(path);
            event["requestContext"]["stage"] = json!(stage);
            event["requestContext"]["domainName"] = json!(domain);
            event
        });
    for_many(events, 200);
}

/// Each of these made lambda_http panic before a handler saw it (measured on 1.3.2).
#[tokio::test]
async fn an_event_that_lambda_http_cannot_read_is_answered() {
    let world = World::start().await;
    let mut events = Vec::new();
    for raw in ["<", ">", "\"", " ", "\u{7f}", "{}|\\^`[]", "a=\u{0}", "#", "ў"] {
        events.push(event::v2("GET", "/api/any", &format!("shop_id={raw}")));
    }
    for host in ["a b", "256.256.256.256", "[::1", "a:b:c", "", "xn--\u{80}", "@", "%"] {
        events.push(event::with_header(event::v2("GET", "/api/any", ""), "host", host));
        let mut event = event::with_header(event::v2("GET", "/api/any", ""), "host", host);
        event["requestContext"]["domainName"] = json!(host);
        events.push(event);
    }
    for scheme in ["", "1http", "ht tp", "https,http", "javascript"] {
        events.push(event::with_header(event::v2("GET", "/api/any", ""), "x-forwarded-proto", scheme));
        events.push(event::with_header(event::v1("GET", "/api/any", ""), "X-Forwarded-Proto", scheme));
    }
    for path in ["", "@evil:99999999/", "//", "/%", "/\u{0}", "/ў b"] {
        let mut event = event::v2("GET", "/api/any", "");
        event["rawPath"] = json!(path);
        events.push(event);
    }
    events.push(event::v2("GET", "/api/any", &format!("shop_id={}", "<".repeat(70_000))));
    for event in events {
        let answer = world.stack.functions.invoke("check_shop", event.to_string()).await.unwrap();
        assert_eq!(answer.clone().unwrap()["statusCode"], 200, "{event} {answer:?}");
    }
}
