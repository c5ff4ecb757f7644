//! Sends commands to the operator through the Invoke API, as the AWS CLI does.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Method;
use lambda_http::Context;
use runners::{click::Fields, client::Reply};
use serde_json::{Value, json};
use shared::{domain::mode::Mode, edge::InvokedFunction};
use suite::world::{LIVE, World};
use uuid::Uuid;

use crate::support::providers::{click, error, payme, result};

pub const INVOKE: &str = "/2015-03-31/functions/operator/invocations";

/// Sends a command. Returns the whole answer.
pub async fn reply(world: &World, command: &Value) -> Reply {
    let reply = world.send(Method::POST, INVOKE, &[], &command.to_string()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(!reply.headers.contains_key("x-amz-function-error"), "{reply:?}");
    reply
}

/// Sends a command. Returns the JSON of the answer.
pub async fn ask(world: &World, command: Value) -> Value {
    reply(world, &command).await.json()
}

/// Invokes the operator's function with only this much time left.
pub async fn ask_within(world: &World, command: &Value, time: Duration) -> Value {
    invoke_within(world, &operator::function(), command, time).await
}

/// Invokes a function with only this much time left.
pub async fn invoke_within(
    world: &World,
    function: &InvokedFunction,
    event: &Value,
    time: Duration,
) -> Value {
    let mut context = Context::default();
    let deadline = SystemTime::now() + time;
    context.deadline = u64::try_from(deadline.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let answer = function.invoke(&world.stack.service, &event.to_string(), context).await.unwrap();
    serde_json::from_str(answer.get()).unwrap()
}

/// Sends a command that must succeed.
pub async fn done(world: &World, command: Value) -> Value {
    let answer = ask(world, command.clone()).await;
    assert_eq!(answer["success"], true, "{command}: {answer}");
    answer
}

/// Sends a command that must be refused. Returns the error code.
pub async fn refused(world: &World, command: Value) -> String {
    let answer = ask(world, command.clone()).await;
    assert_eq!(answer["success"], false, "{command}: {answer}");
    assert!(answer["error"].as_str().is_some_and(|sentence| !sentence.is_empty()), "{answer}");
    assert_eq!(answer.as_object().unwrap().len(), 3, "{answer}");
    answer["error_code"].as_str().unwrap().to_owned()
}

/// Makes a shop. Returns its id and key.
pub async fn new_shop(world: &World, mode: &str) -> (String, String) {
    let shop = done(world, json!({"command": "create_shop", "name": "My Shop", "mode": mode})).await;
    let text = |name: &str| shop[name].as_str().unwrap().to_owned();
    (text("shop_id"), text("shop_key"))
}

/// Makes a payment of the live shop. Returns its order id.
pub async fn order(world: &World, amount: &str) -> String {
    let reply = world.get(&format!("/api/create_payment?{LIVE}&amount={amount}")).await;
    let order_id = reply.text("order_id");
    assert!(!order_id.is_empty(), "{reply:?}");
    order_id
}

/// Makes a payment of the live shop and settles it.
pub async fn paid(world: &World, amount: &str) -> String {
    let order_id = order(world, amount).await;
    done(world, json!({"command": "settle_payment", "order_id": order_id, "reference": Uuid::new_v4()}))
        .await;
    order_id
}

/// Sends Click's Complete for what it holds.
pub async fn complete(world: &World, held: &Fields) {
    assert_eq!(error(&click(world).post(held).await.unwrap()), 0);
}

/// Sends Payme's PerformTransaction for what it holds.
pub async fn perform(world: &World, mode: Mode, id: &str) {
    assert_eq!(result(&payme(world, mode).perform(id).await.unwrap(), "state"), 2);
}

pub fn settle(order_id: &str, reference: &str) -> Value {
    json!({"command": "settle_payment", "order_id": order_id, "reference": reference})
}

pub fn refund(order_id: &str, reference: &str) -> Value {
    json!({"command": "refund_payment", "order_id": order_id, "reference": reference})
}

pub fn cancel(order_id: &str, reference: &str) -> Value {
    json!({"command": "cancel_payment", "order_id": order_id, "reference": reference})
}

/// A payout of shop 201.
pub fn payout(amount: &str, reference: &str) -> Value {
    json!({"command": "record_payout", "shop_id": "201", "amount": amount, "reference": reference})
}

/// A reversal of a payout of shop 201.
pub fn reverse_payout(payout_reference: &str, reference: &str) -> Value {
    json!({"command": "reverse_payout", "shop_id": "201", "payout_reference": payout_reference, "reference": reference, "reason": "The bank returned it"})
}

/// An adjustment of the balance of shop 201.
pub fn adjust(amount: &str, reference: &str) -> Value {
    json!({"command": "adjust_balance", "shop_id": "201", "amount": amount, "reference": reference, "reason": "A mistake of March"})
}

/// `command` with more fields.
pub fn with(mut command: Value, more: &[(&str, Value)]) -> Value {
    let fields = more.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    command.as_object_mut().unwrap().extend(fields);
    command
}
