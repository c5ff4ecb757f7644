//! The audit and the journal: an event that is missing, one that stands alone, and a shop that is in
//! business.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use suite::world::World;

use crate::support::{
    operator::{cancel, done, order, paid, payout, reverse_payout},
    providers::events,
};

async fn audit(world: &World) -> Value {
    done(world, json!({"command": "audit", "shop_id": "201"})).await
}

/// What the audit found: table, key and what is wrong.
fn found(audit: &Value) -> Vec<(String, String, String)> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let differences = audit["differences"].as_array().unwrap();
    differences.iter().map(|one| (text(one, "table"), text(one, "key"), text(one, "what"))).collect()
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

async fn delete(world: &World, event: &Value) {
    let delete = world.tables.delete_item().table_name("events").key("shop_id", text("201"));
    delete.key("event_key", text(event["event_key"].as_str().unwrap())).send().await.unwrap();
}

async fn put(world: &World, event: &Value) {
    let item = serde_dynamo::to_item(event).unwrap();
    world.tables.put_item().table_name("events").set_item(Some(item)).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_event_is_found_from_its_change() {
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    done(&world, cancel(&order(&world, "1000").await, "c")).await;
    done(&world, payout("400", "p")).await;
    assert_eq!(found(&audit(&world).await), []);
    for event in events(&world).await {
        delete(&world, &event).await;
        let differences = found(&audit(&world).await);
        put(&world, &event).await;
        let missing =
            ("events".to_owned(), format!("201/{}", event["event_key"].as_str().unwrap()), "item".to_owned());
        assert_eq!(differences[0], missing, "{event}");
        // Without a change of money, the sums agree.
        let sums = differences[1..].iter().all(|(table, key, _)| table == "shops" && key == "201/balance");
        assert!(sums && (differences.len() > 1) == (event["net"] != 0), "{event}: {differences:?}");
    }
    assert_eq!(found(&audit(&world).await), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_its_change_is_found_in_the_journal() {
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    world.clock.advance_ms(1000);
    done(&world, payout("400", "p")).await;
    let pending = order(&world, "1000").await;
    let (pending_key, told) = (pending.rsplit('_').next().unwrap(), events(&world).await);
    let at = told[0]["occurred_at"].as_i64().unwrap();
    let changed = |event: &Value, fields: &[(&str, Value)]| {
        let mut event = event.clone();
        event
            .as_object_mut()
            .unwrap()
            .extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        event
    };
    let alone = [
        // The same payment, paid a second time.
        changed(
            &told[0],
            &[
                (
                    "event_key",
                    json!(
                        told[0]["event_key"]
                            .as_str()
                            .unwrap()
                            .replace(&at.to_string(), &(at + 5).to_string())
                    ),
                ),
                ("occurred_at", json!(at + 5)),
            ],
        ),
        // A payment that is pending.
        changed(
            &told[0],
            &[("event_key", json!(format!("{at}_{pending_key}_paid"))), ("order_id", json!(pending))],
        ),
        // A payment that does not exist.
        changed(
            &told[0],
            &[
                ("event_key", json!(format!("{at}_{}_paid", "0".repeat(25)))),
                ("order_id", json!(format!("ORD_1700000000_{}", "0".repeat(25)))),
            ],
        ),
        // A payout that was never recorded.
        changed(
            &told[1],
            &[
                (
                    "event_key",
                    json!(told[1]["event_key"].as_str().unwrap().replace("_recorded", "_reversed")),
                ),
                ("type", json!("payout.reversed")),
            ],
        ),
        json!({"shop_id": "201", "event_key": "nonsense"}),
    ];
    for event in alone {
        put(&world, &event).await;
        let differences = found(&audit(&world).await);
        delete(&world, &event).await;
        let key = format!("201/{}", event["event_key"].as_str().unwrap());
        assert_eq!(
            (&differences[0].0, &differences[0].1),
            (&"events".to_owned(), &key),
            "{event}: {differences:?}"
        );
    }
    assert_eq!(found(&audit(&world).await), []);
}

/// Five payments a second, all the time. Half of the journal is older than half a minute.
#[tokio::test(flavor = "multi_thread")]
async fn a_shop_in_business_is_proven() {
    let world = World::with_live_shop().await;
    for _ in 0..20 {
        paid(&world, "1000").await;
        world.clock.advance_ms(2000);
    }
    let business = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(200));
        loop {
            ticks.tick().await;
            world.clock.advance_ms(200);
            paid(&world, "1000").await;
        }
    };
    let audits = async {
        for _ in 0..5 {
            let audit = audit(&world).await;
            assert_eq!((&audit["differences"], &audit["in_motion"]), (&json!([]), &json!([])), "{audit}");
        }
    };
    tokio::select! { () = audits => {}, () = business => unreachable!() }
}

/// A payout whose reversal is forgotten could be given back a second time.
#[tokio::test(flavor = "multi_thread")]
async fn a_payout_and_its_reversal_name_each_other() {
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    done(&world, payout("400", "p")).await;
    done(&world, payout("300", "q")).await;
    done(&world, reverse_payout("p", "r")).await;
    assert_eq!(found(&audit(&world).await), []);
    let update = async |key: &str, expression: &str, value: Option<&str>| {
        let update = world.tables.update_item().table_name("transactions").update_expression(expression);
        let update = update.key("transaction_key", text(key));
        let values = value.map(|value| [(":value".to_owned(), text(value))].into_iter().collect());
        update.set_expression_attribute_values(values).send().await.unwrap();
    };
    let difference = |key: &str| [("transactions".to_owned(), key.to_owned(), "reversed_by".to_owned())];

    update("operator#201#p", "REMOVE reversed_by", None).await;
    assert_eq!(found(&audit(&world).await), difference("operator#201#p"));
    update("operator#201#p", "SET reversed_by = :value", Some("operator#201#r")).await;
    assert_eq!(found(&audit(&world).await), []);

    for other in ["operator#201#r", "operator#201#nobody"] {
        update("operator#201#q", "SET reversed_by = :value", Some(other)).await;
        assert_eq!(found(&audit(&world).await), difference("operator#201#q"));
    }
}
