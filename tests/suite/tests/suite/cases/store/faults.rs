//! The merchant API while the store fails in every way that DynamoDB can fail.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use runners::client;
use suite::{
    store_proxy::{Fault, always, nth, on},
    world::{SHOP_101, World},
};

use crate::support::merchant::{ORDER, PARAMETERS, endpoints, is_success};

/// The function's own time-out. After it there is no answer at all.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(10);

fn path(endpoint: &str) -> String {
    format!("/api/{endpoint}?{SHOP_101}&{PARAMETERS}&order_id={ORDER}")
}

async fn assert_unavailable_everywhere(world: &World) {
    for endpoint in &endpoints() {
        let started = Instant::now();
        let reply = world.get(&path(endpoint)).await;
        assert_eq!(reply.status, 503, "{endpoint}: {reply:?}");
        assert_eq!(reply.error_code(), "store_unavailable");
        assert_eq!(reply.text("error"), "The store is unavailable, try again later");
        assert!(started.elapsed() < FUNCTION_TIMEOUT);
    }
}

async fn assert_right_everywhere(world: &World) {
    for endpoint in &endpoints() {
        let reply = world.get(&path(endpoint)).await;
        assert!(is_success(&reply), "{endpoint}: {reply:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_answers_503_while_the_store_is_down() {
    let world = World::start().await;
    world.proxy.down();
    assert_unavailable_everywhere(&world).await;
    world.proxy.up();
    assert_right_everywhere(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_answers_503_while_the_store_fails() {
    for fault in [Fault::InternalError, Fault::Throttle] {
        let world = World::start().await;
        world.proxy.inject(fault, always());
        assert_unavailable_everywhere(&world).await;
        world.proxy.heal();
        assert_right_everywhere(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_answers_503_in_time_while_the_store_hangs() {
    let world = World::start().await;
    world.proxy.inject(Fault::Hang, always());
    let requests: Vec<_> = endpoints()
        .iter()
        .map(|endpoint| {
            let url = format!("{}{}", world.stack.url(), path(endpoint));
            tokio::spawn(async move { client::get(&url, &[]).await.unwrap() })
        })
        .collect();
    let started = Instant::now();
    for request in requests {
        let reply = request.await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.error_code().as_str()), (503, "store_unavailable"));
    }
    assert!(started.elapsed() < FUNCTION_TIMEOUT);
    world.proxy.heal();
    assert_right_everywhere(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failure_changes_no_answer() {
    for fault in [Fault::InternalError, Fault::Throttle, Fault::LoseRequest, Fault::LoseAnswer] {
        for call in 1..=3 {
            let world = World::start().await;
            for endpoint in &endpoints() {
                world.proxy.inject(fault, nth(call));
                let reply = world.get(&path(endpoint)).await;
                assert!(is_success(&reply), "{fault:?} at call {call} of {endpoint}: {reply:?}");
                world.proxy.heal();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_whose_answer_is_lost_makes_one_payment() {
    for parameters in ["amount=1000", "amount=1000&idempotency_key=k"] {
        let world = World::start().await;
        let before = world.count_payments().await;
        world.proxy.inject(Fault::LoseAnswer, on("PutItem").times(1));
        let reply = world.shop("create_payment", parameters).await;
        assert_eq!(reply.json()["success"], true, "{reply:?}");
        assert_eq!(world.count_payments().await - before, 1);
        let check = world.get(&format!("/api/check_payment?order_id={}", reply.text("order_id"))).await;
        assert_eq!(check.text("status"), "pending");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_conflicts_with_a_transaction_is_tried_again() {
    let world = World::start().await;
    world.proxy.inject(Fault::TransactionConflict, on("PutItem").times(2));
    let order_id = world.create("amount=1000").await;
    world.proxy.inject(Fault::TransactionConflict, on("TransactWriteItems").times(2));
    world.proxy.inject(Fault::TransactionInProgress, on("TransactWriteItems").after(2).times(1));
    let reply = world.shop("cancel_payment", &format!("order_id={order_id}")).await;
    assert_eq!(reply.text("status"), "cancelled", "{reply:?}");
}

#[tokio::test]
async fn a_corrupt_item_is_an_internal_error() {
    let world = World::start().await;
    let order_id = world.create("amount=1000").await;
    let key = AttributeValue::S(order_id.rsplit_once('_').unwrap().1.to_owned());
    for damage in [
        "REMOVE amount",
        "SET amount = :text",
        "SET created_at = :negative",
        "SET #status = :text",
        "SET payment_id = :text",
    ] {
        let mut update = world
            .tables
            .update_item()
            .table_name("payments")
            .key("order_key", key.clone())
            .update_expression(damage);
        if damage.contains(":text") {
            update = update.expression_attribute_values(":text", AttributeValue::S("x".to_owned()));
        }
        if damage.contains(":negative") {
            update = update.expression_attribute_values(":negative", AttributeValue::N("-1".to_owned()));
        }
        if damage.contains("#status") {
            update = update.expression_attribute_names("#status", "status");
        }
        update.send().await.unwrap();
        let reply = world.get(&format!("/api/check_payment?order_id={order_id}")).await;
        assert_eq!((reply.status.as_u16(), reply.error_code().as_str()), (500, "internal_error"), "{damage}");
        assert_eq!(reply.text("error"), "Internal error");
    }
    let list = world.shop("get_payments", "").await;
    assert_eq!(list.error_code(), "internal_error");
}
