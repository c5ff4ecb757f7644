//! The Runtime API and the life of a process, shown with the example `echo`.

use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::json;

use super::*;
use crate::binaries::{self, Profile};

const NO_ENV: [(&str, &str); 0] = [];

fn echo() -> PathBuf {
    static ECHO: OnceLock<PathBuf> = OnceLock::new();
    ECHO.get_or_init(|| {
        binaries::build(Profile::running(), &["--workspace", "--example", "echo"])["echo"].clone()
    })
    .clone()
}

#[tokio::test]
async fn an_event_is_answered() {
    let function = LambdaProcess::start(&echo(), [("SHOPS_TABLE", "shops")]).await.unwrap();
    assert!(function.first_poll() > Duration::ZERO && function.first_poll() < START_LIMIT);
    for number in 0..3 {
        let event = json!({ "number": number });
        let answer = function.invoke(&event, 2_000).await.unwrap().answer();
        assert_eq!(answer["event"], event);
        let remaining = answer["remaining_ms"].as_u64().unwrap();
        assert!((1_000..=2_000).contains(&remaining), "{remaining}");
    }
    assert!(function.peak_rss_kib().unwrap() > 500);
    let printed = function.stop().await;
    assert_eq!(printed.stdout, "starting\n");
    assert!(printed.stderr.contains(r#"invoked with {"number":2}"#), "{printed}");
}

#[tokio::test]
async fn the_environment_is_lambdas_and_the_callers() {
    let function = LambdaProcess::start(&echo(), [("SHOPS_TABLE", "shops"), ("AWS_REGION", "eu-north-1")])
        .await
        .unwrap();
    let answer = function.invoke(&json!({}), 2_000).await.unwrap().answer();
    let environment = &answer["environment"];
    assert_eq!(environment["SHOPS_TABLE"], "shops");
    assert_eq!(environment["AWS_REGION"], "eu-north-1");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_NAME"], "echo");
    assert_eq!(environment["CARGO_PKG_NAME"], Value::Null);
}

#[tokio::test]
async fn errors_and_panics_are_outcomes_and_the_function_lives_on() {
    let function = LambdaProcess::start(&echo(), NO_ENV).await.unwrap();
    for act in ["fail", "panic"] {
        match function.invoke(&json!({ "do": act }), 2_000).await.unwrap() {
            Outcome::Error(error) => {
                assert!(error["errorMessage"].as_str().unwrap().contains("as you wish"), "{error}");
            }
            Outcome::Answer(answer) => panic!("{answer}"),
        }
    }
    let (outcome, _) = function.invoke_raw(Bytes::from_static(b"{not JSON"), 2_000).await.unwrap();
    assert!(matches!(outcome, Outcome::Error(_)), "{outcome:?}");
    function.invoke(&json!({}), 2_000).await.unwrap().answer();
}

#[tokio::test]
async fn a_function_that_dies_or_takes_too_long_is_a_failure_that_shows_what_it_printed() {
    let function = LambdaProcess::start(&echo(), NO_ENV).await.unwrap();
    let failure = function.invoke(&json!({ "do": "hang" }), 50).await.unwrap_err().to_string();
    assert!(failure.starts_with("50 ms passed before it answered"), "{failure}");

    let function = LambdaProcess::start(&echo(), NO_ENV).await.unwrap();
    let failure = function.invoke(&json!({ "do": "exit" }), 2_000).await.unwrap_err().to_string();
    assert!(failure.starts_with("the process ended (exit status: 3) before it answered"), "{failure}");
    assert!(failure.contains(r#"invoked with {"do":"exit"}"#), "{failure}");
    // There is no process left to invoke.
    assert!(function.invoke(&json!({}), 2_000).await.is_err());
    assert!(function.peak_rss_kib().is_err());
}

#[tokio::test]
async fn a_function_that_does_not_start_is_a_failure_that_shows_what_it_printed() {
    let failure = LambdaProcess::start(&echo(), [("AT_START", "fail")]).await.err().unwrap().to_string();
    assert!(failure.starts_with("the process ended (exit status: 1) before its first poll"), "{failure}");
    assert!(failure.contains("no table is configured"), "{failure}");
    let failure = LambdaProcess::start(Path::new("/no/such/binary"), NO_ENV).await.err().unwrap().to_string();
    assert!(failure.starts_with("/no/such/binary does not start"), "{failure}");
}

#[tokio::test]
async fn a_function_that_never_polls_is_a_failure() {
    let limit = Duration::from_millis(300);
    let started = LambdaProcess::start_within(limit, &echo(), [("AT_START", "hang")]).await;
    let failure = started.err().unwrap().to_string();
    assert!(failure.starts_with("300 ms passed before its first poll"), "{failure}");
    assert!(failure.contains("starting"), "{failure}");
}

#[tokio::test]
async fn a_dropped_process_is_killed() {
    let function = LambdaProcess::start(&echo(), NO_ENV).await.unwrap();
    let status = format!("/proc/{}/status", function.id);
    drop(function);
    for _ in 0..1_000 {
        match std::fs::read_to_string(&status) {
            Ok(status) if !status.contains("zombie") => tokio::time::sleep(Duration::from_millis(5)).await,
            _ => return,
        }
    }
    panic!("the process is still running");
}

#[tokio::test]
async fn no_invocation_waits_for_delayed_packets() {
    let function = LambdaProcess::start(&echo(), NO_ENV).await.unwrap();
    let mut times = Vec::new();
    for _ in 0..21 {
        times.push(function.invoke_raw(Bytes::from_static(b"{}"), 2_000).await.unwrap().1);
    }
    times.sort();
    // Nagle and a delayed acknowledgement would take 40 ms.
    assert!(times[10] < Duration::from_millis(30), "{times:?}");
}
