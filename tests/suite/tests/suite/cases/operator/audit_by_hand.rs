//! What the audit says of items and cursors that were changed by hand.

use aws_sdk_dynamodb::types::AttributeValue::S;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use shared::domain::mode::Mode;
use suite::world::World;

use crate::support::{
    operator::{ask, done, perform},
    providers::{held_by_payme, live_order},
};

/// A live order that Payme paid.
async fn paid_order(world: &World) -> String {
    let order_id = live_order(world).await;
    let id = held_by_payme(world, Mode::Live, &order_id).await;
    perform(world, Mode::Live, &id).await;
    order_id
}

/// Changes one attribute of a payment by hand.
async fn by_hand(world: &World, order_id: &str, update: &str) {
    let key = order_id.rsplit('_').next().unwrap();
    let change = world.tables.update_item().table_name("payments").key("order_key", S(key.to_owned()));
    let change = change.update_expression(update);
    match update.contains(":other") {
        true => change.expression_attribute_values(":other", S("operator#201#other".to_owned())),
        false => change,
    }
    .send()
    .await
    .unwrap();
}

#[tokio::test]
async fn the_audit_finds_a_refund_that_names_another_record_or_none() {
    let world = World::with_live_shop().await;
    let order_id = paid_order(&world).await;
    let refund = json!({"command": "refund_payment", "order_id": order_id, "reference": "r"});
    done(&world, refund).await;
    let audit = || done(&world, json!({"command": "audit", "shop_id": "201"}));
    assert_eq!(audit().await["differences"], json!([]));
    for (update, found) in
        [("SET refunded_by = :other", "operator#201#other"), ("REMOVE refunded_by", "none")]
    {
        by_hand(&world, &order_id, update).await;
        let differences = audit().await["differences"].clone();
        let named = differences.as_array().unwrap().iter().find(|one| one["what"] == "refunded_by");
        let named = named.unwrap_or_else(|| panic!("{update}: {differences}"));
        assert_eq!((&named["expected"], &named["found"]), (&json!("operator#201#r"), &json!(found)));
    }
}

#[tokio::test]
async fn no_cursor_of_an_audit_makes_it_panic() {
    let world = World::with_live_shop().await;
    paid_order(&world).await;
    let max = i128::MAX.to_string();
    let position = r#"1{"only":"201","done":null,"pass":{"shop_id":"201","mode":"live","sums":{"net":MAX,"fee":MAX,"paid":MAX,"refunded":-MAX,"paid_out":-MAX,"adjusted":MAX,"paid_count":18446744073709551615,"unknown":false},"payments":18446744073709551615,"at":{"payments":null}}}"#;
    let cursor = BASE64_URL_SAFE_NO_PAD.encode(position.replace("MAX", &max));
    let audit = ask(&world, json!({"command": "audit", "shop_id": "201", "cursor": cursor})).await;
    assert_ne!(audit["error_code"], "internal_error", "{audit}");
}
