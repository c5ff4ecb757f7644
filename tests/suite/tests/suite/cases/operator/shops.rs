//! The operator's commands on shops and keys.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use http::Method;
use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    store_proxy::{Fault, on},
    world::{SHOP_101, World},
};

use crate::support::{
    merchant::{PARAMETERS, endpoints_with_key},
    operator::{INVOKE, done, new_shop, perform, refused},
    providers::{HOUR_MS, held_by_payme},
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
async fn seeding_again_changes_no_test_shop() {
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
async fn the_published_test_shops_are_public() {
    let world = World::start().await;
    let is_public = async |shop_id: &str| {
        done(&world, json!({"command": "show_shop", "shop_id": shop_id})).await["public"].clone()
    };
    let (own, _) = new_shop(&world, "test").await;
    assert_eq!((is_public("101").await, is_public("102").await), (json!(true), json!(true)));
    assert_eq!(is_public(&own).await, false);

    // Shops of an earlier version: one without the attribute, one that is marked as private.
    for (shop_id, update) in [("101", "REMOVE access"), ("102", "SET access = :private")] {
        let change = world.tables.update_item().table_name("shops").update_expression(update);
        let change = change.key("shop_id", AttributeValue::S(shop_id.to_owned()));
        let change = change.key("record", AttributeValue::S("profile".to_owned()));
        let private = Some(AttributeValue::S("private".to_owned())).filter(|_| update.contains(':'));
        let values = private.map(|private| HashMap::from([(":private".to_owned(), private)]));
        change.set_expression_attribute_values(values).send().await.unwrap();
        assert_eq!(is_public(shop_id).await, false);
    }
    let before = records(&world).await.len();
    let answer = done(&world, json!({"command": "seed_test_shops"})).await;
    assert_eq!((&answer["shops"][0]["public"], &answer["shops"][1]["public"]), (&json!(true), &json!(true)));
    assert_eq!(records(&world).await.len(), before + 2);
    // They keep their keys and their names, and nothing more is recorded.
    assert_eq!(world.shop("check_shop", "").await.json()["valid"], true);
    done(&world, json!({"command": "seed_test_shops"})).await;
    assert_eq!(records(&world).await.len(), before + 2);
    // Another change of the shop does not take the mark away.
    done(&world, json!({"command": "disable_shop", "shop_id": "101"})).await;
    assert_eq!(is_public("101").await, true);
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
async fn a_new_name_stands_in_later_payments() {
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
async fn a_second_rotation_leaves_the_key_in_use_valid_for_its_hours() {
    let world = World::start().await;
    let (shop, in_use) = new_shop(&world, "live").await;
    // The caller lost the answer with this key.
    rotate(&world, &shop, 24).await;
    world.clock.advance_ms(HOUR_MS);
    let new = rotate(&world, &shop, 24).await;
    world.clock.advance_ms(23 * HOUR_MS - 1);
    assert!(works(&world, &shop, &in_use).await && works(&world, &shop, &new).await);
    world.clock.advance_ms(1);
    assert!(!works(&world, &shop, &in_use).await && works(&world, &shop, &new).await);
}

#[tokio::test]
async fn a_rotation_drops_no_valid_key() {
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
async fn two_changes_of_a_shop_at_once_both_succeed() {
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
async fn every_endpoint_with_a_key_refuses_a_disabled_shop() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    let id = held_by_payme(&world, Mode::Test, &order_id).await;
    done(&world, json!({"command": "disable_shop", "shop_id": "101"})).await;
    done(&world, json!({"command": "disable_shop", "shop_id": "101"})).await;
    for endpoint in endpoints_with_key() {
        let reply = world.get(&format!("/api/{endpoint}?{SHOP_101}&{PARAMETERS}&order_id={order_id}")).await;
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
async fn every_change_records_who_and_what_without_the_key() {
    let world = World::start().await;
    let before = records(&world).await.len();
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
    let records = records(&world).await;
    let of_shop: Vec<&Value> = records.iter().filter(|record| record["shop_id"] == "1001").collect();
    assert_eq!((records.len() - before, of_shop.len(), keys.len()), (5, 5, 2));
    for record in of_shop {
        assert_eq!(record["act"]["asked_by"]["actor"], "Alice", "{record}");
        assert!(record["act"]["asked_by"]["request_id"].is_string());
        assert!(record["transaction_key"].as_str().unwrap().starts_with("act#1001#"), "{record}");
        assert!(keys.iter().all(|key| !record.to_string().contains(key)), "{record}");
    }
    // Without a client context, the actor is the name under which the function was invoked.
    done(&world, json!({"command": "rename_shop", "shop_id": "1001", "name": "C"})).await;
    assert!(
        records_text(&world).await.contains("arn:aws:lambda:eu-central-1:000000000000:function:operator")
    );
}

async fn records(world: &World) -> Vec<Value> {
    let output = world.tables.scan().table_name("transactions").send().await.unwrap();
    output.items.unwrap().into_iter().map(|item| serde_dynamo::from_item(item).unwrap()).collect()
}

async fn records_text(world: &World) -> String {
    format!("{:?}", records(world).await)
}
