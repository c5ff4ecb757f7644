//! The operator's commands on shops and keys, and how commands are read.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use http::Method;
use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    redact::redacted,
    store_proxy::{Fault, on},
    world::{SHOP_101, World},
};

use crate::{
    deployment::allowed,
    desk::{INVOKE, ask, done, new_shop, order, perform, refused, reply},
    shops::{self, HOUR_MS, held_by_payme},
};

async fn works(world: &World, shop_id: &str, key: &str) -> bool {
    world.get(&format!("/api/check_shop?shop_id={shop_id}&shop_key={key}")).await.json()["valid"] == true
}

async fn rotate(world: &World, shop_id: &str, hours: u32) -> String {
    let answer =
        done(world, json!({"command": "rotate_key", "shop_id": shop_id, "old_key_valid_hours": hours})).await;
    answer["shop_key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_no_command_is_refused_with_the_right_ones() {
    let world = World::start().await;
    for (event, code, told) in [
        (r#"[]"#, "invalid_event", "help"),
        (r#""help""#, "invalid_event", "help"),
        (r#"{"command":"#, "invalid_event", "help"),
        (r#"{}"#, "missing_field", "command"),
        (r#"{"command":7}"#, "invalid_field", "command"),
        (r#"{"command":"help","command":"help"}"#, "duplicate_field", "command"),
        (
            r#"{"command":"delete_shop","shop_id":"101"}"#,
            "unknown_command",
            "disable_shop, enable_shop, show_payment",
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
        assert!(answer["error"].as_str().unwrap().contains(told), "{event}: {answer}");
    }
}

#[tokio::test]
async fn help_tells_every_command_with_its_fields() {
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

#[tokio::test]
async fn a_new_shop_takes_payments() {
    let world = World::start().await;
    let shop = done(&world, json!({"command": "create_shop", "name": "Do'kon «1»", "mode": "live"})).await;
    assert_eq!(
        (&shop["shop_id"], &shop["name"], &shop["mode"]),
        (&json!("1001"), &json!("Do'kon «1»"), &json!("live"))
    );
    let key = shop["shop_key"].as_str().unwrap();
    assert!(key.starts_with("tk_live_") && key.len() == 40, "{key}");
    let reply = world.get(&format!("/api/create_payment?shop_id=1001&shop_key={key}&amount=1000")).await;
    assert_eq!(reply.json()["success"], true, "{reply:?}");

    let shown = done(&world, json!({"command": "show_shop", "shop_id": "1001"})).await;
    assert_eq!(
        (&shown["status"], &shown["balance_formatted"]),
        (&json!("active"), &json!("0.00 UZS")),
        "{shown}"
    );
    assert_eq!(shown["keys"], json!([{"expires_at": null, "expires_at_iso": null}]));
    assert!(!shown.to_string().contains("hash") && !shown.to_string().contains("secret"), "{shown}");
    let (id, key) = new_shop(&world, "test").await;
    assert!(id == "1002" && key.starts_with("tk_test_"), "{id} {key}");
    let own = done(
        &world,
        json!({"command": "create_shop", "name": "A", "mode": "test", "shop_key": "my own key"}),
    )
    .await;
    assert!(works(&world, own["shop_id"].as_str().unwrap(), "my%20own%20key").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn shops_that_are_made_at_once_get_one_number_each() {
    let world = World::start().await;
    let gate = world.proxy.gate(on("TransactWriteItems").times(6));
    let shops = async {
        let six = [(); 6].map(|()| new_shop(&world, "test"));
        let [a, b, c, d, e, f] = six;
        tokio::join!(a, b, c, d, e, f)
    };
    let opened = async {
        gate.reached_by(6).await;
        gate.open();
    };
    let ((a, b, c, d, e, f), ()) = tokio::join!(shops, opened);
    let mut ids: Vec<String> = [a, b, c, d, e, f].map(|(id, _)| id).into();
    ids.sort();
    assert_eq!(ids, ["1001", "1002", "1003", "1004", "1005", "1006"]);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_shop() {
    let world = World::start().await;
    world.proxy.inject(Fault::LoseAnswer, on("TransactWriteItems").times(2));
    assert_eq!(new_shop(&world, "test").await.0, "1001");
    world.proxy.inject(Fault::LoseRequest, on("TransactWriteItems").times(2));
    assert_eq!(new_shop(&world, "test").await.0, "1002");
}

#[tokio::test]
async fn the_test_shops_are_put_in_once() {
    let world = World::start().await;
    done(&world, json!({"command": "rename_shop", "shop_id": "101", "name": "Another"})).await;
    let answer = done(&world, json!({"command": "seed_test_shops"})).await;
    let shops = answer["shops"].as_array().unwrap();
    assert_eq!(
        shops.iter().map(|shop| shop["shop_id"].as_str().unwrap()).collect::<Vec<_>>(),
        ["101", "102"]
    );
    assert_eq!(shops[0]["name"], "Another");
    assert!(world.shop("check_shop", "").await.json()["valid"] == true);
}

#[tokio::test]
async fn shops_are_listed_page_by_page() {
    let world = World::start().await;
    for _ in 0..5 {
        new_shop(&world, "test").await;
    }
    let (mut ids, mut cursor, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let page = done(&world, json!({"command": "list_shops", "limit": 3, "cursor": cursor})).await;
        ids.extend(
            page["shops"].as_array().unwrap().iter().map(|shop| shop["shop_id"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    ids.sort();
    assert_eq!((pages, ids.join(" ").as_str()), (3, "1001 1002 1003 1004 1005 101 102"));
}

#[tokio::test]
async fn a_shop_is_renamed_for_what_comes_later() {
    let world = World::start().await;
    let before = world.create("amount=1000").await;
    done(&world, json!({"command": "rename_shop", "shop_id": "101", "name": "Yangi"})).await;
    let after = world.create("amount=1000").await;
    for (order_id, name) in [(before, "Test Do'kon 1"), (after, "Yangi")] {
        let reply = world.get(&format!("/api/check_payment?order_id={order_id}")).await;
        assert_eq!(reply.text("shop_name"), name);
    }
}

#[tokio::test]
async fn a_replaced_key_works_for_its_hours_and_no_longer() {
    let world = World::start().await;
    let (shop, old) = new_shop(&world, "live").await;
    let new = rotate(&world, &shop, 24).await;
    world.clock.advance_ms(24 * HOUR_MS - 1);
    assert!(works(&world, &shop, &old).await && works(&world, &shop, &new).await);
    world.clock.advance_ms(1);
    assert!(!works(&world, &shop, &old).await && works(&world, &shop, &new).await);

    let newest = rotate(&world, &shop, 0).await;
    assert!(!works(&world, &shop, &new).await && works(&world, &shop, &newest).await);
    let shown = done(&world, json!({"command": "show_shop", "shop_id": shop})).await;
    assert_eq!(
        shown["keys"],
        json!([{"expires_at": null, "expires_at_iso": null}]),
        "ended keys are dropped"
    );
}

#[tokio::test]
async fn asking_again_after_a_lost_answer_leaves_the_key_in_use_alive_for_its_hours() {
    let world = World::start().await;
    let (shop, in_use) = new_shop(&world, "live").await;
    // Nobody saw the key that this made.
    rotate(&world, &shop, 24).await;
    world.clock.advance_ms(HOUR_MS);
    let new = rotate(&world, &shop, 24).await;
    world.clock.advance_ms(23 * HOUR_MS - 1);
    assert!(works(&world, &shop, &in_use).await && works(&world, &shop, &new).await);
    world.clock.advance_ms(1);
    assert!(!works(&world, &shop, &in_use).await && works(&world, &shop, &new).await);
}

#[tokio::test]
async fn no_key_that_works_is_pushed_out() {
    let world = World::start().await;
    let (shop, in_use) = new_shop(&world, "live").await;
    for _ in 0..4 {
        rotate(&world, &shop, 1).await;
    }
    let command = json!({"command": "rotate_key", "shop_id": shop, "old_key_valid_hours": 1});
    assert_eq!(refused(&world, command).await, "too_many_keys");
    assert!(works(&world, &shop, &in_use).await);
    world.clock.advance_ms(HOUR_MS);
    rotate(&world, &shop, 1).await;
    let last = rotate(&world, &shop, 0).await;
    assert!(works(&world, &shop, &last).await && !works(&world, &shop, &in_use).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_change_a_shop_at_once_both_succeed() {
    let world = World::start().await;
    let gate = world.proxy.gate(on("TransactWriteItems").times(2));
    let opened = async {
        gate.reached_by(2).await;
        gate.open();
    };
    let rename = done(&world, json!({"command": "rename_shop", "shop_id": "101", "name": "Yangi"}));
    let ((), _, key) = tokio::join!(opened, rename, rotate(&world, "101", 5));
    let shown = done(&world, json!({"command": "show_shop", "shop_id": "101"})).await;
    assert_eq!((&shown["name"], shown["keys"].as_array().unwrap().len()), (&json!("Yangi"), 2));
    assert!(works(&world, "101", &key).await && works(&world, "101", "test_key_123").await);
}

#[tokio::test]
async fn a_disabled_shop_is_told_so_by_every_endpoint_that_takes_a_key() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    let id = held_by_payme(&world, Mode::Test, &order_id).await;
    done(&world, json!({"command": "disable_shop", "shop_id": "101"})).await;
    done(&world, json!({"command": "disable_shop", "shop_id": "101"})).await;
    for endpoint in ["check_shop", "get_balance", "create_payment", "get_payments", "cancel_payment"] {
        let reply = world.get(&format!("/api/{endpoint}?{SHOP_101}&amount=1000&order_id={order_id}")).await;
        assert_eq!(reply.error_code(), "shop_inactive", "{endpoint}: {reply:?}");
    }
    assert_eq!(world.get(&format!("/api/check_payment?order_id={order_id}")).await.text("status"), "pending");
    perform(&world, Mode::Test, &id).await;
    assert_eq!(world.get(&format!("/api/check_payment?order_id={order_id}")).await.text("status"), "paid");
    let shown = done(&world, json!({"command": "show_shop", "shop_id": "101"})).await;
    assert_eq!((&shown["status"], &shown["balance_formatted"]), (&json!("disabled"), &json!("1000.00 UZS")));
    done(&world, json!({"command": "enable_shop", "shop_id": "101"})).await;
    assert_eq!(world.shop("check_shop", "").await.json()["valid"], true);
}

#[tokio::test]
async fn every_change_leaves_a_record_of_who_and_what_and_no_key() {
    let world = World::start().await;
    let before = acts(&world).await.len();
    let who = ("x-amz-client-context", "eyJjdXN0b20iOnsiYWN0b3IiOiJBbGljZSJ9fQ=="); // {"custom":{"actor":"Alice"}}
    let mut keys = Vec::new();
    for command in [
        json!({"command": "create_shop", "name": "A", "mode": "live"}),
        json!({"command": "rotate_key", "shop_id": "1001", "old_key_valid_hours": 1}),
        json!({"command": "rename_shop", "shop_id": "1001", "name": "B"}),
        json!({"command": "disable_shop", "shop_id": "1001"}),
        json!({"command": "enable_shop", "shop_id": "1001"}),
        // Nothing changes, so nothing is recorded.
        json!({"command": "enable_shop", "shop_id": "1001"}),
        json!({"command": "show_shop", "shop_id": "1001"}),
    ] {
        let answer = world.send(Method::POST, INVOKE, &[who], &command.to_string()).await.json();
        assert_eq!(answer["success"], true, "{answer}");
        keys.extend(answer["shop_key"].as_str().map(str::to_owned));
    }
    let acts = acts(&world).await;
    let of_shop: Vec<&Value> = acts.iter().filter(|act| act["shop_id"] == "1001").collect();
    assert_eq!((acts.len() - before, of_shop.len(), keys.len()), (5, 5, 2));
    for act in of_shop {
        assert_eq!(act["act"]["asked_by"]["actor"], "Alice", "{act}");
        assert!(act["act"]["asked_by"]["request_id"].is_string());
        assert!(act["transaction_key"].as_str().unwrap().starts_with("act#1001#"), "{act}");
        assert!(keys.iter().all(|key| !act.to_string().contains(key)), "{act}");
    }
    // Without a client context it is the name under which the function was invoked.
    done(&world, json!({"command": "rename_shop", "shop_id": "1001", "name": "C"})).await;
    assert!(acts_text(&world).await.contains("arn:aws:lambda:eu-central-1:000000000000:function:operator"));
}

async fn acts(world: &World) -> Vec<Value> {
    let output = world.tables.scan().table_name("transactions").send().await.unwrap();
    output.items.unwrap().into_iter().map(|item| serde_dynamo::from_item(item).unwrap()).collect()
}

async fn acts_text(world: &World) -> String {
    format!("{:?}", acts(world).await)
}

/// Every command, with a dead hold in the way of some, and a payment that the audit reads twice.
#[tokio::test(flavor = "multi_thread")]
async fn the_operator_may_do_what_it_does_and_nothing_else() {
    let world = shops::world().await;
    let (late, doomed, wrong) =
        (order(&world, "1000").await, order(&world, "1000").await, order(&world, "1000").await);
    held_by_payme(&world, Mode::Live, &late).await;
    held_by_payme(&world, Mode::Live, &doomed).await;
    world.clock.advance_ms(12 * HOUR_MS);
    let change =
        world.tables.update_item().table_name("payments").update_expression("SET fingerprint = :nonsense");
    let change = change.key("order_key", AttributeValue::S(wrong.rsplit('_').next().unwrap().to_owned()));
    change
        .expression_attribute_values(":nonsense", AttributeValue::S("nonsense".to_owned()))
        .send()
        .await
        .unwrap();
    world.proxy.take_calls();
    for command in [
        json!({"command": "create_shop", "name": "A", "mode": "live"}),
        json!({"command": "list_shops"}),
        json!({"command": "rotate_key", "shop_id": "1001", "old_key_valid_hours": 1}),
        json!({"command": "disable_shop", "shop_id": "1001"}),
        json!({"command": "show_shop", "shop_id": "1001"}),
        json!({"command": "settle_payment", "order_id": late, "reference": "1"}),
        json!({"command": "show_payment", "order_id": late}),
        json!({"command": "refund_payment", "order_id": late, "reference": "2"}),
        json!({"command": "cancel_payment", "order_id": doomed, "reference": "3"}),
        json!({"command": "settle_payment", "order_id": wrong, "reference": "4"}),
        json!({"command": "record_payout", "shop_id": "201", "amount": "1", "reference": "5"}),
        json!({"command": "list_payouts", "shop_id": "201"}),
        json!({"command": "list_payments", "shop_id": "201"}),
        json!({"command": "audit"}),
    ] {
        done(&world, command).await;
    }
    let called: BTreeSet<_> = world.proxy.take_calls().iter().flat_map(|call| call.permissions()).collect();
    assert_eq!(called, allowed("operator"));
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
        "create_shop",
        "show_payment",
        "list_payments",
        "settle_payment",
        "refund_payment",
        "cancel_payment",
        "record_payout",
        "list_payouts",
        "audit",
        "unknown_command",
        "unknown_field",
        "unknown_shop",
    ] {
        let path: std::path::PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "../../events/operator", &format!("{name}.json")].iter().collect();
        let event: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let answer = reply(&world, &event).await;
        // The shop that was made a moment ago has no money to pay out.
        let refused = name.starts_with("unknown") || name == "record_payout";
        assert_eq!(answer.json()["success"], !refused, "{name}: {answer:?}");
        insta::assert_snapshot!(format!("operator__{name}"), redacted(&answer.body));
    }
}
