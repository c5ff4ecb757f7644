//! What must hold for the whole store after everything that moves money: who holds and who paid
//! each payment, and the sums of each shop. It reads the raw items and uses no code that wrote
//! them.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use serde_json::{Value, json};

use crate::store::{EVENTS, PAYMENTS, SHOPS, TRANSACTIONS};

mod journal;

type Items = BTreeMap<String, Value>;

/// Scans the tables and checks every invariant.
///
/// # Panics
/// If an invariant does not hold. The message names every item.
pub async fn check(client: &Client) {
    let problems = problems(client).await;
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Returns a line for each broken invariant.
pub async fn problems(client: &Client) -> Vec<String> {
    let payments = scan(client, PAYMENTS, &["order_key"]).await;
    let transactions = scan(client, TRANSACTIONS, &["transaction_key"]).await;
    let shops = scan(client, SHOPS, &["shop_id", "record"]).await;
    let events = scan(client, EVENTS, &["shop_id", "event_key"]).await;
    let mut problems = journal::problems(&payments, &transactions, &events);
    for (key, payment) in &payments {
        problems.extend(
            payment_problem(payment, &transactions)
                .map(|problem| format!("payment {key}: {problem}: {payment}")),
        );
    }
    // Records of actions on a shop stand in the same table. They are no attempts to pay.
    for (key, transaction) in
        transactions.iter().filter(|(_, transaction)| transaction.get("order_key").is_some())
    {
        let problem = transaction_problem(key, transaction, &payments);
        problems.extend(problem.map(|problem| format!("transaction {key}: {problem}: {transaction}")));
    }
    for balance in shops.values().filter(|item| item["record"] == "balance") {
        problems.extend(
            balance_problem(balance, &payments, &transactions, &events)
                .map(|problem| format!("{problem}: {balance}")),
        );
    }
    problems
}

fn payment_problem(payment: &Value, transactions: &Items) -> Option<String> {
    let holder = payment["held_by"].as_str();
    let state = match (payment["status"].as_str()?, holder) {
        ("pending", Some(_)) => 1,
        ("paid", Some(_)) => 2,
        ("refunded", Some(_)) => match payment["returned_by"].as_str() {
            // An operator's refund outside the provider leaves its attempt as it was.
            Some("us") => 2,
            Some("provider") => -2,
            other => return Some(format!("refunded, returned by {other:?}")),
        },
        ("pending" | "cancelled", None) => {
            return payment.get("hold_until").map(|_| "a hold without a holder".to_owned());
        }
        (status, holder) => return Some(format!("{status}, held by {holder:?}")),
    };
    if let Some(problem) = refund_problem(payment, transactions) {
        return Some(problem);
    }
    let Some(transaction) = transactions.get(holder?) else {
        return Some("its holder does not exist".to_owned());
    };
    let same = |name: &str| transaction[name] == payment[name];
    if transaction["state"] != state {
        return Some(format!("its holder's state is {}", transaction["state"]));
    }
    if !["order_key", "order_id", "shop_id", "mode", "amount"].into_iter().all(same) {
        return Some(format!("its holder is of another payment: {transaction}"));
    }
    let times = match state {
        1 => same("hold_until"),
        2 => transaction["performed_at"] == payment["paid_at"] && payment.get("paid_at").is_some(),
        _ => transaction["cancelled_at"] == payment["refunded_at"] && payment.get("refunded_at").is_some(),
    };
    let provider = state == 1 || payment["provider"] == transaction["kind"];
    (!times || !provider).then(|| format!("its holder has other times or another kind: {transaction}"))
}

/// A refund has its time, and the record of the operator who made it. Without an operator, the
/// provider returned the money.
fn refund_problem(payment: &Value, transactions: &Items) -> Option<String> {
    let refunded = payment["status"] == "refunded";
    if refunded != payment.get("refunded_at").is_some() || (!refunded && payment.get("returned_by").is_some())
    {
        return Some("a refund without its time, or the marks of a refund without one".to_owned());
    }
    match payment["refunded_by"].as_str() {
        None => (payment["returned_by"] == "us").then(|| "refunded by no operator".to_owned()),
        Some(_) if !refunded => Some("refunded by an operator, and not refunded".to_owned()),
        Some(record) => (!transactions.contains_key(record))
            .then(|| format!("the record {record} of its refund does not exist")),
    }
}

fn transaction_problem(key: &str, transaction: &Value, payments: &Items) -> Option<String> {
    let Some(payment) = payments.get(transaction["order_key"].as_str()?) else {
        return Some("its payment does not exist".to_owned());
    };
    let is_holder = payment["held_by"] == key;
    let state = transaction["state"].as_i64()?;
    let refunded_by = |who: &str| payment["status"] == "refunded" && payment["returned_by"] == who;
    let expected = match state {
        1 => is_holder && payment["status"] == "pending",
        2 => is_holder && (payment["status"] == "paid" || refunded_by("us")),
        -2 => is_holder && refunded_by("provider"),
        -1 => !is_holder,
        _ => false,
    };
    let has = |name: &str| transaction.get(name).is_some();
    let complete = match state {
        1 => has("hold_until") && !has("performed_at") && !has("cancelled_at") && !has("reason"),
        2 => has("performed_at") && has("settled_by") && !has("cancelled_at") && !has("reason"),
        -2 => has("performed_at") && has("settled_by") && has("cancelled_at") && has("reason"),
        _ => !has("performed_at") && !has("settled_by") && has("cancelled_at") && has("reason"),
    };
    // Click performs even after its hold, because it has the money then.
    let in_time = transaction["kind"] != "payme"
        || !has("performed_at")
        || transaction["performed_at"].as_i64() < transaction["hold_until"].as_i64();
    (!expected || !complete || !in_time)
        .then(|| format!("it does not agree with its payment or its hold, or lacks something: {payment}"))
}

/// For each shop: balance = paid_total - fee_total - refunded_total - paid_out_total +
/// adjusted_total = the sum of `net` over its events. The totals are the sums of its payments. The
/// balance is below zero only after an operator allowed that.
fn balance_problem(
    balance: &Value,
    payments: &Items,
    transactions: &Items,
    events: &Items,
) -> Option<String> {
    let of_shop = || payments.values().filter(|payment| payment["shop_id"] == balance["shop_id"]);
    let sum = |statuses: &[&str]| -> i64 {
        let counted = of_shop().filter(|payment| statuses.iter().any(|status| payment["status"] == *status));
        counted.filter_map(|payment| payment["amount"].as_i64()).sum()
    };
    let total = |name: &str| balance[name].as_i64().unwrap_or(i64::MIN);
    let paid_count =
        of_shop().filter(|payment| payment["status"] == "paid" || payment["status"] == "refunded").count();
    let left = total("paid_total") - total("fee_total") - total("refunded_total") - total("paid_out_total")
        + total("adjusted_total");
    let journal = |column: &str, types: &[&str]| -> i64 {
        let of_shop = events.values().filter(|event| event["shop_id"] == balance["shop_id"]);
        let counted = of_shop.filter(|event| types.iter().any(|one| event["type"] == *one));
        counted.filter_map(|event| event[column].as_i64()).sum()
    };
    let net = journal("net", &journal::TYPES);
    let expected = json!({
        "balance": left,
        "paid_total": sum(&["paid", "refunded"]),
        "fee_total": journal("fee", &journal::TYPES),
        "refunded_total": sum(&["refunded"]),
        "paid_out_total": -journal("gross", &["payout.recorded", "payout.reversed"]),
        "adjusted_total": journal("gross", &["adjustment.recorded"]),
        "paid_count": paid_count,
    });
    let allowed = |act: &Value| {
        act["shop_id"] == balance["shop_id"] && act["act"]["content"]["allow_negative"] == "true"
    };
    let too_little = left < 0 && !transactions.values().any(allowed);
    let wrong = expected.as_object()?.iter().any(|(name, value)| balance[name] != *value);
    (wrong || too_little || net != left).then(|| format!("the sums are {expected}, of all events {net}"))
}

/// Returns all items of `table` by their keys, joined.
async fn scan(client: &Client, table: &str, keys: &[&str]) -> Items {
    let mut items = Items::new();
    let mut pages = client.scan().table_name(table).consistent_read(true).into_paginator().items().send();
    while let Some(item) = pages.next().await {
        let item: Value =
            serde_dynamo::from_item(item.expect("a scan is answered")).expect("an item is JSON");
        let key: Vec<_> = keys.iter().filter_map(|key| item[key].as_str()).collect();
        items.insert(key.join(" "), item);
    }
    items
}
