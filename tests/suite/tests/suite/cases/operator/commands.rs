//! How commands are read, `help`, and the answer to every event of `events/operator`.

use http::Method;
use serde_json::{Value, json};
use suite::{redact::redacted, world::World};

use crate::support::operator::{INVOKE, ask, done, reply};

#[tokio::test]
async fn an_invalid_command_is_refused_with_what_is_valid() {
    let world = World::start().await;
    for (event, code, hint) in [
        (r#"[]"#, "invalid_event", "help"),
        (r#""help""#, "invalid_event", "help"),
        (r#"{"command":"#, "invalid_event", "help"),
        (r#"{}"#, "missing_field", "command"),
        (r#"{"command":7}"#, "invalid_field", "command"),
        (r#"{"command":"help","command":"help"}"#, "duplicate_field", "command"),
        (
            r#"{"command":"delete_shop","shop_id":"101"}"#,
            "unknown_command",
            "disable_shop, enable_shop, set_fee",
        ),
        (r#"{"command":"show_shop","shop_id":"101","verbose":true}"#, "unknown_field", "shop_id"),
        (r#"{"command":"help","verbose":true}"#, "unknown_field", "none"),
        (r#"{"command":"show_shop"}"#, "missing_field", "shop_id"),
        (r#"{"command":"show_shop","shop_id":"101","shop_id":"101"}"#, "duplicate_field", "shop_id"),
        (
            r#"{"command":"show_shop","shop_id":101}"#,
            "invalid_field",
            "shop_id must be the number of a shop as a text",
        ),
        (r#"{"command":"show_shop","shop_id":null}"#, "invalid_field", "shop_id"),
        (r#"{"command":"show_shop","shop_id":"999"}"#, "shop_not_found", "Shop"),
        (r#"{"command":"create_shop","name":"","mode":"test"}"#, "invalid_field", "name"),
        (r#"{"command":"create_shop","name":"A","mode":"Test"}"#, "invalid_field", "mode must be"),
        (
            r#"{"command":"create_shop","name":"A","mode":"live","shop_key":"key"}"#,
            "invalid_field",
            "test shop only",
        ),
        (
            r#"{"command":"rotate_key","shop_id":"101","old_key_valid_hours":169}"#,
            "invalid_field",
            "0 to 168",
        ),
        (
            r#"{"command":"rotate_key","shop_id":"101","old_key_valid_hours":"1"}"#,
            "invalid_field",
            "0 to 168",
        ),
        (r#"{"command":"list_shops","limit":101}"#, "invalid_field", "limit"),
        (r#"{"command":"list_shops","limit":1.0}"#, "invalid_field", "limit"),
        (r#"{"command":"list_shops","cursor":"abc"}"#, "invalid_cursor", "next_cursor"),
        (r#"{"command":"audit","cursor":"abc"}"#, "invalid_cursor", "next_cursor"),
        (
            r#"{"command":"repair","shop_id":"101","reference":"a","cursor":"abc"}"#,
            "invalid_cursor",
            "next_cursor",
        ),
        (
            r#"{"command":"record_payout","shop_id":"101","amount":1000,"reference":"a"}"#,
            "invalid_field",
            "as a text",
        ),
        (
            r#"{"command":"record_payout","shop_id":"101","amount":"0.00","reference":"a"}"#,
            "invalid_field",
            "at least 0.01",
        ),
        (
            r#"{"command":"record_payout","shop_id":"101","amount":"-1","reference":"a"}"#,
            "invalid_field",
            "amount",
        ),
        (
            r#"{"command":"record_payout","shop_id":"101","amount":"1","reference":""}"#,
            "invalid_field",
            "reference",
        ),
        (
            r#"{"command":"record_payout","shop_id":"999","amount":"1","reference":"a"}"#,
            "shop_not_found",
            "Shop",
        ),
        (r#"{"command":"set_fee","shop_id":"101","fee_bps":2001}"#, "invalid_field", "0 to 2000"),
        (r#"{"command":"set_contact","shop_id":"101"}"#, "missing_field", "null"),
        (
            r#"{"command":"adjust_balance","shop_id":"101","amount":"0","reference":"a","reason":"b"}"#,
            "invalid_field",
            "with - before it",
        ),
        (
            r#"{"command":"adjust_balance","shop_id":"101","amount":"1","reference":"a"}"#,
            "missing_field",
            "reason",
        ),
        (r#"{"command":"list_events","shop_id":"101","type":"paid"}"#, "invalid_field", "payment.paid"),
        (r#"{"command":"report","from":"2026-01-01","to":"2026-04-03"}"#, "invalid_field", "92 days"),
        (
            r#"{"command":"compare_statement","provider":"payme","day":"2026-01-01","entries":[{}]}"#,
            "invalid_field",
            "at most 20000",
        ),
        (r#"{"command":"settle_payment","order_id":"ORD_1","reference":"a"}"#, "invalid_field", "order_id"),
        (r#"{"command":"list_payments","shop_id":"101","from":"2026-02-30"}"#, "invalid_field", "YYYY-MM-DD"),
        (
            r#"{"command":"list_payments","shop_id":"101","from":"2026-11-25","to":"2026-11-24"}"#,
            "invalid_field",
            "before",
        ),
        (r#"{"command":"list_payments","shop_id":"101","status":"new"}"#, "invalid_field", "status must be"),
    ] {
        let answer = world.send(Method::POST, INVOKE, &[], event).await.json();
        assert_eq!(
            (&answer["success"], &answer["error_code"]),
            (&json!(false), &json!(code)),
            "{event}: {answer}"
        );
        assert!(answer["error"].as_str().unwrap().contains(hint), "{event}: {answer}");
    }
}

#[tokio::test]
async fn help_lists_every_command_with_its_fields() {
    let world = World::start().await;
    let help = done(&world, json!({"command": "help"})).await;
    let commands = help["commands"].as_array().unwrap();
    let unknown = ask(&world, json!({"command": "nothing"})).await;
    for entry in commands {
        let name = entry["command"].as_str().unwrap();
        assert!(unknown["error"].as_str().unwrap().contains(name), "{name}");
        let fields = entry["fields"].as_array().unwrap();
        let names: Vec<_> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
        let listed = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let answer = ask(&world, json!({"command": name, "nothing": 1})).await;
        assert_eq!(answer["error_code"], "unknown_field");
        assert!(answer["error"].as_str().unwrap().ends_with(&format!("are: {listed}")), "{answer}");
        let required: Vec<_> = fields.iter().filter(|field| field["required"] == true).collect();
        if let Some(first) = required.first() {
            let answer = ask(&world, json!({"command": name})).await;
            assert_eq!(answer["error_code"], "missing_field");
            assert!(
                answer["error"].as_str().unwrap().starts_with(first["name"].as_str().unwrap()),
                "{answer}"
            );
        } else {
            done(&world, json!({"command": name})).await;
        }
    }
    assert_eq!(commands.len(), unknown["error"].as_str().unwrap().matches(", ").count() + 1);
}

/// In the order of events/replay.py, after what the other functions' events leave behind.
#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_answered_as_before() {
    let world = World::start().await;
    let sample3 = json!({"command": "settle_payment", "order_id": "ORD_1701234567_000000000000000000sample3", "reference": "pay_test"});
    done(&world, sample3).await;
    for name in [
        "help",
        "seed_test_shops",
        "list_shops",
        "show_shop",
        "rename_shop",
        "rotate_key",
        "disable_shop",
        "enable_shop",
        "set_rate_limit",
        "create_shop",
        "set_fee",
        "set_contact",
        "show_payment",
        "list_payments",
        "settle_payment",
        "refund_payment",
        "cancel_payment",
        "adjust_balance",
        "record_payout",
        "reverse_payout",
        "list_payouts",
        "list_events",
        "report",
        "compare_statement",
        "audit",
        "repair",
        "unknown_command",
        "unknown_field",
        "unknown_shop",
    ] {
        let path: std::path::PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "../../events/operator", &format!("{name}.json")].iter().collect();
        let event: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let answer = reply(&world, &event).await;
        let refused = name.starts_with("unknown");
        assert_eq!(answer.json()["success"], !refused, "{name}: {answer:?}");
        insta::with_settings!({ prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, redacted(&answer.body));
        });
    }
}
