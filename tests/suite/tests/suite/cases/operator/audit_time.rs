//! The audit of a shop in which much differs, as after a restore: what differs is read again, and
//! that must not take the time of each difference.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use suite::world::World;

use crate::support::{
    operator::{ask_within, cancel, done, order, paid, payout},
    providers::events,
};

/// Little more than the 15 s that the audit keeps for its last page.
const TIME: Duration = Duration::from_secs(20);
const MANY: usize = 40;

async fn audit(world: &World) -> Value {
    ask_within(world, &json!({"command": "audit", "shop_id": "201"}), TIME).await
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

async fn delete_events(world: &World, keep: impl Fn(&Value) -> bool) {
    for event in events(world).await {
        if !keep(&event) {
            let delete = world.tables.delete_item().table_name("events").key("shop_id", text("201"));
            delete.key("event_key", text(event["event_key"].as_str().unwrap())).send().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_payments_without_their_events() {
    let world = World::with_live_shop().await;
    for number in 0..MANY {
        done(&world, cancel(&order(&world, "1000").await, &number.to_string())).await;
    }
    delete_events(&world, |_| false).await;
    let audit = audit(&world).await;
    assert_eq!(audit["differences"].as_array().map(Vec::len), Some(MANY), "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_actions_without_their_events() {
    let world = World::with_live_shop().await;
    paid(&world, "100000").await;
    for number in 0..MANY {
        done(&world, payout("1", &number.to_string())).await;
    }
    delete_events(&world, |event| event["type"] != "payout.recorded").await;
    let audit = audit(&world).await;
    // The balance and its total differ, too.
    assert_eq!(audit["differences"].as_array().map(Vec::len), Some(MANY + 2), "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_events_without_their_payments() {
    let world = World::with_live_shop().await;
    for number in 0..MANY {
        let order_id = order(&world, "1000").await;
        done(&world, cancel(&order_id, &number.to_string())).await;
        for (table, key, value) in [
            ("payments", "order_key", order_id.rsplit('_').next().unwrap().to_owned()),
            ("transactions", "transaction_key", format!("operator#201#{number}")),
        ] {
            world.tables.delete_item().table_name(table).key(key, text(&value)).send().await.unwrap();
        }
    }
    world.clock.advance_ms(60_000);
    let audit = audit(&world).await;
    assert_eq!(audit["differences"].as_array().map(Vec::len), Some(MANY), "{audit}");
}
