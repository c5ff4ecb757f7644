//! `events/smoke.json`: what a new version is tried with before it serves callers, also in production.

use std::{collections::BTreeSet, path::PathBuf, process::Command};

use axum::{Router, extract::State, routing::post};
use local::template::Template;
use serde_json::Value;
use suite::{store_proxy::units, world::World};

/// The functions of the stream and the schedules. They refuse nothing, and their alarms tell soon.
const NOT_CALLED: [&str; 3] = ["audit", "webhook_relay", "webhook_retry"];

fn events_folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "events"].iter().collect()
}

/// The functions and their events.
fn smoke_events() -> Vec<(String, Value)> {
    let list = std::fs::read_to_string(events_folder().join("smoke.json")).unwrap();
    let list: serde_json::Map<String, Value> = serde_json::from_str(&list).unwrap();
    let event = |function: &str, one: &Value| {
        let file = events_folder().join(function).join(one["event"].as_str().unwrap());
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
    };
    list.into_iter().map(|(function, one)| (function.clone(), event(&function, &one))).collect()
}

#[test]
fn every_function_that_is_called_has_one() {
    let named: BTreeSet<String> = smoke_events().into_iter().map(|(function, _)| function).collect();
    let functions = Template::read().unwrap().functions().into_iter();
    assert_eq!(named, functions.filter(|one| !NOT_CALLED.contains(&one.as_str())).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn they_write_nothing() {
    let world = World::start().await;
    for (function, event) in smoke_events() {
        world.proxy.take_calls();
        world.invoke(&function, &event).await;
        let calls = world.proxy.take_calls();
        assert_eq!(units(&calls).write, 0.0, "{function}: {calls:?}");
        let reads = ["BatchGetItem", "GetItem", "Query"].map(|name| format!("dynamodb:{name}"));
        let mut actions = calls.iter().flat_map(|call| call.permissions());
        assert!(actions.all(|(action, _)| reads.contains(&action)), "{function}: {calls:?}");
    }
}

/// Serves one answer, whatever is invoked. Returns its port.
async fn serve(answer: Value) -> u16 {
    let serve = async |State(answer): State<String>| answer;
    let path = "/2015-03-31/functions/{function}/invocations";
    let router = Router::new().route(path, post(serve)).with_state(answer.to_string());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

/// Replays the event of `function` against a version that gives `answer`. Returns whether it passes,
/// and what was printed.
async fn replay(function: &str, answer: Value) -> (bool, String) {
    let port = serve(answer).await.to_string();
    let mut command = Command::new("python3");
    command.arg(events_folder().join("replay.py")).args(["--smoke", "--invoke-port", &port, function]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_whose_answer_has_another_shape_is_refused() {
    let world = World::start().await;
    let (function, event) = smoke_events().into_iter().find(|(name, _)| name == "get_balance").unwrap();
    let right = world.invoke(&function, &event).await;
    let (passed, printed) = replay(&function, right.clone()).await;
    assert!(passed, "{printed}");

    let with_body = |change: fn(&mut Value)| {
        let mut body: Value = serde_json::from_str(right["body"].as_str().unwrap()).unwrap();
        change(&mut body);
        let mut answer = right.clone();
        answer["body"] = body.to_string().into();
        answer
    };
    let mut other_status = right.clone();
    other_status["statusCode"] = 500.into();
    for broken in [
        with_body(|body| drop(body.as_object_mut().unwrap().remove("error_code"))),
        with_body(|body| body["balance"] = 1.into()),
        with_body(|body| body["success"] = true.into()),
        with_body(|body| body["error"] = 5.into()),
        with_body(|body| body["error_code"] = "another".into()),
        other_status,
        Value::Null,
    ] {
        let (passed, printed) = replay(&function, broken.clone()).await;
        assert!(!passed && printed.contains("0 passed, 1 failed"), "{broken}: {printed}");
    }
}
