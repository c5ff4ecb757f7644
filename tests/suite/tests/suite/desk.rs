//! Asking the operator, for the tests that do: through the Invoke API, as the AWS CLI does.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Method;
use lambda_http::Context;
use serde_json::{Value, json};
use shared::{
    domain::{
        id::OrderId,
        payment::{Payment, Provider},
        transaction::{Transaction, TransactionKey},
    },
    store::{Held, Store},
};
use suite::{http::Reply, world::World};
use uuid::Uuid;

pub const INVOKE: &str = "/2015-03-31/functions/operator/invocations";
pub const HOUR_MS: i64 = 60 * 60 * 1000;

/// The operator's whole answer.
pub async fn reply(world: &World, command: &Value) -> Reply {
    let reply = world.send(Method::POST, INVOKE, &[], &command.to_string()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(!reply.headers.contains_key("x-amz-function-error"), "{reply:?}");
    reply
}

/// The operator's answer.
pub async fn ask(world: &World, command: Value) -> Value {
    reply(world, &command).await.json()
}

/// The operator's answer, as its function gives it when it has so little time.
pub async fn ask_within(world: &World, command: &Value, time: Duration) -> Value {
    let mut context = Context::default();
    let deadline = SystemTime::now() + time;
    context.deadline = u64::try_from(deadline.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let answer = operator::function().invoke(&world.stack.service, &command.to_string(), context).await.unwrap();
    serde_json::from_str(answer.get()).unwrap()
}

/// The same, which must be a success.
pub async fn done(world: &World, command: Value) -> Value {
    let answer = ask(world, command.clone()).await;
    assert_eq!(answer["success"], true, "{command}: {answer}");
    answer
}

/// The error code of an answer that must be a refusal.
pub async fn refused(world: &World, command: Value) -> String {
    let answer = ask(world, command.clone()).await;
    assert_eq!(answer["success"], false, "{command}: {answer}");
    assert!(answer["error"].as_str().is_some_and(|sentence| !sentence.is_empty()), "{answer}");
    assert_eq!(answer.as_object().unwrap().len(), 3, "{answer}");
    answer["error_code"].as_str().unwrap().to_owned()
}

/// A new shop: its id and key.
pub async fn new_shop(world: &World, mode: &str) -> (String, String) {
    let shop = done(world, json!({"command": "create_shop", "name": "My Shop", "mode": mode})).await;
    let text = |name: &str| shop[name].as_str().unwrap().to_owned();
    (text("shop_id"), text("shop_key"))
}

/// A new payment of shop 101 that was paid; its order id.
pub async fn paid(world: &World, amount: &str) -> String {
    let order_id = world.create(&format!("amount={amount}")).await;
    done(world, json!({"command": "settle_payment", "order_id": order_id, "reference": Uuid::new_v4()})).await;
    order_id
}

pub async fn payment(world: &World, order_id: &str) -> Payment {
    world.store_past_the_proxy().payment(&OrderId::parse(order_id).unwrap()).await.unwrap().unwrap()
}

/// A hold of `length_ms` on a payment, as a provider begins it.
pub async fn hold(world: &World, order_id: &str, click_trans_id: i64, length_ms: i64) -> Transaction {
    let (store, payment) = (world.store_past_the_proxy(), payment(world, order_id).await);
    let now = world.stack.service.clock.now();
    let attempt = Transaction::holding(TransactionKey::click(click_trans_id), Provider::Click, &payment, now.plus_ms(length_ms), now);
    match store.hold(attempt, payment, now).await.unwrap() {
        Held::Now(attempt) => attempt,
        other => panic!("{other:?}"),
    }
}

/// Performs a hold, as its provider does.
pub async fn perform(world: &World, attempt: &Transaction) {
    let (store, now): (Store, _) = (world.store_past_the_proxy(), world.stack.service.clock.now());
    assert!(store.perform_hold(attempt.clone(), now).await.unwrap().by_this_call);
}

pub async fn balance(world: &World) -> String {
    world.shop("get_balance", "").await.text("balance_formatted")
}
