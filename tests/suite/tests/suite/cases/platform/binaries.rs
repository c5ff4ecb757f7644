//! The functions' real binaries, as Lambda runs them.

use local::{Options, Stack};
use serde_json::json;
use suite::{
    binaries::{binary, example},
    event,
    runtime_api::{LambdaProcess, Outcome},
    world::SHOP_101,
};

use crate::support::{
    deployment::environment,
    merchant::{ORDER, PARAMETERS, endpoints},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_function_starts_answers_and_survives_a_wrong_event() {
    let stack = Stack::start(Options::in_memory().unwrap()).await.unwrap();
    for function in endpoints() {
        let path = format!("/api/{function}");
        let process = LambdaProcess::start(&binary(&function), environment(&stack)).await.unwrap();
        let query = format!("{SHOP_101}&{PARAMETERS}&order_id={ORDER}");
        let right = event::v2("GET", &path, &query);
        for event in [right.clone(), event::v1("GET", &path, &query)] {
            let answer = process.invoke(&event, 10_000).await.unwrap().answer();
            assert_eq!(answer["statusCode"], 200, "{function}: {answer}");
            let starts = match function.as_str() {
                "export_events" => "date_time,type,",
                // Only the first test of ten seconds is made.
                "test_webhook" => r#"{"success":"#,
                _ => r#"{"success":true,"#,
            };
            assert!(answer["body"].as_str().unwrap().starts_with(starts), "{answer}");
            assert_eq!(answer["isBase64Encoded"], false);
        }
        for wrong in [json!({}), json!([]), json!("text"), json!({"Records": []}), json!(null)] {
            let outcome = process.invoke(&wrong, 10_000).await.unwrap();
            assert!(matches!(outcome, Outcome::Error(_)), "{function}: {wrong} {outcome:?}");
        }
        let again = process.invoke(&right, 10_000).await.unwrap().answer();
        assert_eq!(again["statusCode"], 200);
        let printed = process.stop().await;
        let done = if function == "test_webhook" { 1 } else { 3 };
        assert_eq!(
            printed.stderr.lines().filter(|line| line.contains(r#""outcome":"ok""#)).count(),
            done,
            "{printed}"
        );
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_answers_commands_and_refuses_everything_else() {
    let stack = Stack::start(Options::in_memory().unwrap()).await.unwrap();
    let process = LambdaProcess::start(&binary("operator"), environment(&stack)).await.unwrap();
    let made = process
        .invoke(&json!({"command": "create_shop", "name": "A", "mode": "live"}), 10_000)
        .await
        .unwrap()
        .answer();
    let shown = process
        .invoke(&json!({"command": "show_shop", "shop_id": made["shop_id"]}), 10_000)
        .await
        .unwrap()
        .answer();
    assert_eq!(
        (&shown["success"], &shown["balance_formatted"]),
        (&json!(true), &json!("0.00 UZS")),
        "{shown}"
    );
    for wrong in [json!({}), json!([]), json!("text"), event::v2("GET", "/", ""), json!(null)] {
        let answer = process.invoke(&wrong, 10_000).await.unwrap().answer();
        assert_eq!(answer["success"], false, "{wrong} {answer}");
    }
    let printed = process.stop().await;
    assert!(!printed.to_string().contains(made["shop_key"].as_str().unwrap()), "{printed}");
    assert!(
        printed.stderr.contains(r#""command":"create_shop","shop_id":"1001","outcome":"ok""#),
        "{printed}"
    );
    stack.stop().await;
}

/// Crates that a binary contains only if it can talk to DynamoDB, or to anything else over TLS.
const CLIENT: [&str; 4] = ["aws_sdk_dynamodb", "aws_config", "rustls", "aws_lc"];

#[test]
fn a_function_that_only_serves_pages_contains_no_client_of_the_store() {
    for (function, expected) in [("docs", &[] as &[&str]), ("cabinet", &[]), ("check_shop", &CLIENT)] {
        let bytes = std::fs::read(binary(function)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let found: Vec<_> = CLIENT.into_iter().filter(|name| text.contains(name)).collect();
        assert_eq!(found, expected, "{function}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_served_without_a_store_or_its_settings() {
    for (function, path) in [("docs", "/"), ("cabinet", "/cabinet")] {
        let nothing: [(&str, &str); 0] = [];
        let process = LambdaProcess::start(&binary(function), nothing).await.unwrap();
        for event in [event::v2("GET", path, ""), event::v1("GET", path, "")] {
            let answer = process.invoke(&event, 10_000).await.unwrap().answer();
            assert_eq!(answer["statusCode"], 200, "{answer}");
        }
        let outcome = process.invoke(&json!({}), 10_000).await.unwrap();
        assert!(matches!(outcome, Outcome::Error(_)), "{outcome:?}");
        let printed = process.stop().await;
        let lines = printed.stderr.lines().filter(|line| line.contains(r#""outcome":"ok""#)).count();
        assert_eq!(lines, 2, "{printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_down_does_not_fail_the_start() {
    let stack = Stack::start(Options::in_memory().unwrap()).await.unwrap();
    let mut environment = environment(&stack);
    stack.stop().await;
    environment.push(("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9".to_owned()));
    let process = LambdaProcess::start(&binary("check_shop"), environment).await.unwrap();
    let answer =
        process.invoke(&event::v2("GET", "/api/check_shop", SHOP_101), 10_000).await.unwrap().answer();
    assert_eq!(answer["statusCode"], 503, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_answered_as_an_error() {
    let nothing: [(&str, &str); 0] = [];
    let process = LambdaProcess::start(&example("panics"), nothing).await.unwrap();
    for _ in 0..2 {
        let outcome = process.invoke(&event::v2("GET", "/api/panic", ""), 10_000).await.unwrap();
        assert!(matches!(outcome, Outcome::Error(_)), "{outcome:?}");
        let outcome = process.invoke(&event::v2("GET", "/api/other", ""), 10_000).await.unwrap();
        assert!(matches!(outcome, Outcome::Answer(_)), "{outcome:?}");
    }
}
