//! What is wrong with one shop or one record stops no other.

use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use serde_json::json;
use shared::domain::{time::Clock, webhook::delivery::DeliveryState};
use suite::{receiver::Receiver, store_proxy::on, world::World};

use crate::support::{
    operator,
    providers::MINUTE_MS,
    webhooks::{Hooks, deliveries, pump, set_endpoint, set_fast_endpoint, states, tick},
};
use local::Webhooks;

/// Makes the record of a shop's endpoint unreadable. Its line is to be looked at before all others.
async fn corrupt(world: &World, shop_id: &str) {
    let change = world.tables.update_item().table_name("webhooks");
    let change = change.key("shop_id", S(shop_id.to_owned())).key("record", S("endpoint".to_owned()));
    let change = change.update_expression("SET events = :bad, next_try_at = :first");
    let change = change.expression_attribute_values(":bad", S("everything".to_owned()));
    change.expression_attribute_values(":first", N("1000000000000".to_owned())).send().await.unwrap();
}

/// A manual edit of the journal, with a value that no event has, comes before a new event.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_unknown_values_is_passed_over() {
    let mut hooks = Hooks::fast().await;
    let key = hooks.deliveries().await[0].event_key.to_string();
    for value in [
        aws_sdk_dynamodb::types::AttributeValue::Bool(true),
        aws_sdk_dynamodb::types::AttributeValue::L(vec![N("1".to_owned())]),
    ] {
        let change =
            hooks.world.tables.update_item().table_name("events").update_expression("SET checked = :c");
        let change = change.key("shop_id", S("201".to_owned())).key("event_key", S(key.clone()));
        change.expression_attribute_values(":c", value).send().await.unwrap();
    }
    hooks.pay().await;
    hooks.world.log.take_lines();
    hooks.hand_on().await;
    assert_eq!(hooks.receiver.take_requests().len(), 1);
    let lines = hooks.world.log.take_lines();
    assert_eq!(lines.iter().filter(|line| line["outcome"] == "journal_changed").count(), 2, "{lines:?}");

    // Also one that is no record at all.
    let batch = json!({"Records": [{"dynamodb": {"SequenceNumber": "5"}}, 7]});
    let answer = hooks.world.stack.functions.invoke("webhook_relay", batch.to_string()).await.unwrap();
    assert_eq!(answer.unwrap(), json!({"batchItemFailures": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_cannot_be_read_holds_nobody_up() {
    let world = World::start_with(|options| options.webhooks = Webhooks::ByHand).await;
    world.add_live_shop().await;
    let (broken, other) = (Receiver::start().await, Receiver::start().await);
    set_endpoint(&world, "101", &broken.url()).await;
    set_fast_endpoint(&world, "201", &other.url()).await;
    corrupt(&world, "101").await;
    crate::support::journal::pay(&world, "amount=1000").await;
    operator::paid(&world, "1000").await;
    let mut pump = pump(&world);
    // The batch does not come again.
    assert_eq!((pump.hand_on().await.unwrap(), pump.hand_on().await.unwrap()), (2, 0));
    assert_eq!(other.take_requests().len(), 1);
    assert_eq!(states(&deliveries(&world, "101").await), [DeliveryState::Waiting]);

    // Nor do the ticks end at it.
    set_endpoint_slow(&world).await;
    operator::paid(&world, "1000").await;
    assert_eq!(pump.hand_on().await.unwrap(), 1);
    world.clock.advance_ms(MINUTE_MS);
    world.log.take_lines();
    tick(&world).await;
    assert_eq!(states(&deliveries(&world, "201").await), [DeliveryState::Delivered; 2]);
    assert_eq!(states(&deliveries(&world, "101").await), [DeliveryState::Waiting]);
    let lines = world.log.take_lines();
    assert!(lines.iter().any(|line| line["level"] == "error" && line["shop_id"] == "101"), "{lines:?}");
}

async fn set_endpoint_slow(world: &World) {
    let store = world.store_past_the_proxy();
    let endpoint = store.webhook_endpoint(&crate::support::webhooks::shop("201")).await.unwrap().unwrap();
    store.endpoint_was_slow(&endpoint, world.clock.now()).await.unwrap();
}

/// A look into the queue takes its time. Meanwhile the tries that are under way go on and end.
#[tokio::test(flavor = "multi_thread")]
async fn tries_go_on_while_the_queue_is_read() {
    let mut hooks = Hooks::start().await;
    hooks.pay().await;
    hooks.hand_on().await;
    hooks.world.proxy.take_calls();
    let request = hooks.receiver.gate();
    // The queries of the first look, and one of the second.
    let look = hooks.world.proxy.gate_answers(on("Query").table("webhooks").nth(7));
    let written = hooks.world.proxy.gate_answers(on("PutItem").table("webhooks").nth(2));
    let ends = async {
        hooks.receiver.received(1).await;
        look.reached().await;
        request.open();
        written.reached().await;
        // The look is still where it was: its query was not sent again.
        let calls = hooks.world.proxy.take_calls();
        assert_eq!(calls.iter().filter(|call| call.action == "Query").count(), 7);
        written.open();
        look.open();
    };
    tokio::join!(hooks.tick(), ends);
    assert_eq!(states(&hooks.deliveries().await), [DeliveryState::Delivered]);
}
