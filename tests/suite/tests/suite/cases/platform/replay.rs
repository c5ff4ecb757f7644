//! Every event of `events/`, handed to its function. The whole answer is compared with a snapshot;
//! ids and times are redacted.

use std::{fs, path::PathBuf, sync::Arc};

use lambda_http::request::LambdaRequest;
use regex::Regex;
use serde_json::Value;
use shared::domain::time::{Clock, UnixMillis};
use suite::{redact::redacted, world::World};

fn events_folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "events"].iter().collect()
}

/// The event files of `function`, by name.
fn events(function: &str) -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(events_folder().join(function)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &PathBuf| {
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
    };
    files.iter().filter(|path| path.extension().is_some_and(|kind| kind == "json")).map(read).collect()
}

fn event(function: &str, name: &str) -> Value {
    let (_, event) = events(function).into_iter().find(|(found, _)| found == name).unwrap();
    serde_json::from_str(&event).unwrap()
}

/// The functions whose events need the webhook that an event of set_webhook sets.
const NEEDS_WEBHOOK: [&str; 6] = [
    "delete_webhook",
    "get_deliveries",
    "get_webhook",
    "resend_event",
    "rotate_webhook_secret",
    "test_webhook",
];

/// The functions that are invoked directly. `operator/commands.rs` and `operator/audit_daily.rs` replay
/// the events of two of them.
const INVOKED: [&str; 4] = ["audit", "operator", "webhook_relay", "webhook_retry"];

/// The functions of `events/` that the gateway invokes.
fn functions() -> Vec<String> {
    let entries = fs::read_dir(events_folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = entries
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .filter(|function| !INVOKED.contains(&function.as_str()))
        .collect();
    names.sort();
    names
}

#[test]
fn each_file_is_the_kind_of_event_that_its_name_says() {
    for function in functions() {
        let files = events(&function);
        for kind in ["v1", "v2"] {
            assert!(files.iter().any(|(name, _)| name.starts_with(kind)), "{function} has no {kind}");
        }
        for (name, event) in files {
            let request: LambdaRequest =
                serde_json::from_str(&event).unwrap_or_else(|error| panic!("{function}/{name}: {error}"));
            let kind = match request {
                LambdaRequest::ApiGatewayV1(_) => "v1",
                LambdaRequest::ApiGatewayV2(_) => "v2",
                other => panic!("{function}/{name}: {other:?}"),
            };
            assert!(name.starts_with(kind), "{function}/{name} is {kind}");
        }
    }
}

/// Always 2026-11-24 12:00:00 in Tashkent, because a page shows times in forms that are not
/// redacted.
#[derive(Debug)]
struct AtNoon;

impl Clock for AtNoon {
    fn now(&self) -> UnixMillis {
        UnixMillis::new(1_795_503_600_000).unwrap()
    }
}

/// Each function has its own store, so that no answer depends on another function.
#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_answered_as_before() {
    for function in functions() {
        let world = World::start_with(|options| {
            options.clock = Arc::new(AtNoon);
            options.settings.public_url = Some("https://pay.example.uz".to_owned());
        })
        .await;
        if !world.stack.functions.has(&function) {
            continue;
        }
        if NEEDS_WEBHOOK.contains(&&*function) {
            world.invoke("set_webhook", &event("set_webhook", "v2_success")).await;
        }
        for (name, event) in events(&function) {
            let answer = world.invoke(&function, &serde_json::from_str(&event).unwrap()).await;
            insta::with_settings!({ prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(format!("{function}__{name}"), readable(&answer));
            });
        }
    }
}

/// A webhook is set, so the relay queues the event.
#[tokio::test(flavor = "multi_thread")]
async fn the_events_of_the_stream_and_of_its_schedule_are_taken() {
    let world = World::start().await;
    world.invoke("set_webhook", &event("set_webhook", "v2_success")).await;
    for (name, event) in events("webhook_relay") {
        let answer = world.invoke("webhook_relay", &serde_json::from_str(&event).unwrap()).await;
        assert_eq!(answer, serde_json::json!({"batchItemFailures": []}), "{name}");
    }
    let deliveries = world.shop("get_deliveries", "").await.json();
    assert_eq!((&deliveries["count"], &deliveries["deliveries"][0]["state"]), (&1.into(), &"waiting".into()));
    for (name, event) in events("webhook_retry") {
        let answer = world.invoke("webhook_retry", &serde_json::from_str(&event).unwrap()).await;
        assert_eq!(answer["success"], true, "{name}");
    }
}

/// Status, headers and body, redacted. A compressed page, its `ETag` and the hashes in its policy
/// change with every word of it, and the package that makes it tests them.
fn readable(answer: &Value) -> String {
    let mut headers = answer["headers"].as_object().cloned().unwrap_or_default();
    headers.extend(answer["multiValueHeaders"].as_object().cloned().unwrap_or_default());
    let compressed = answer["isBase64Encoded"] == true;
    if compressed && let Some(etag) = headers.get_mut("etag") {
        *etag = "[etag]".into();
    }
    let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let body = if compressed { "[compressed]" } else { answer["body"].as_str().unwrap_or_default() };
    let body = serde_json::from_str::<Box<serde_json::value::RawValue>>(body)
        .map_or_else(|_| body.to_owned(), |json| json.get().to_owned());
    let headers = headers.join("\n");
    let headers = match compressed {
        true => {
            Regex::new("sha256-[A-Za-z0-9+/=]+").unwrap().replace_all(&headers, "sha256-[hash]").into_owned()
        }
        false => headers,
    };
    redacted(&format!("{}\n{headers}\n\n{body}", answer["statusCode"]))
}
