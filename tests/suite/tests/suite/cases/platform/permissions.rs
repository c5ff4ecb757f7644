//! The policy of each function allows exactly the calls that it makes.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use http::Method;
use local::template::Template;
use runners::click::Fields;
use serde_json::json;
use shared::domain::mode::Mode;
use suite::{
    receiver::Answer,
    store_proxy::{Fault, on},
    world::World,
};

use crate::support::{
    deployment::allowed,
    journal::{event_id, pay},
    merchant::{ORDER, PARAMETERS, endpoints},
    operator::{done, order, perform},
    providers::{
        HOUR_MS, MINUTE_MS, TIYIN, click, error, held_by_click, held_by_payme, live_order, payme, test_order,
        with_stale_hold,
    },
    webhooks::{Hooks, shop},
};

/// A merchant order id.
const NUMBER: &str = "7";

/// The functions of webhooks, which have a test of their own.
const WEBHOOKS: [&str; 7] = [
    "delete_webhook",
    "get_deliveries",
    "get_webhook",
    "resend_event",
    "rotate_webhook_secret",
    "set_webhook",
    "test_webhook",
];

/// Compares the calls since the last time with the policy of `function`.
fn assert_allowed(world: &World, function: &str) {
    let called: BTreeSet<_> = world.proxy.take_calls().iter().flat_map(|call| call.permissions()).collect();
    assert_eq!(called, allowed(function), "{function}");
}

#[tokio::test]
async fn a_merchant_function_is_allowed_exactly_what_it_calls() {
    for function in endpoints().into_iter().filter(|function| !WEBHOOKS.contains(&&**function)) {
        let world = World::start().await;
        let (held, _) = with_stale_hold(&world).await;
        let paid = world.create(&format!("amount=1000&merchant_order_id={NUMBER}")).await;
        perform(&world, Mode::Test, &held_by_payme(&world, Mode::Test, &paid).await).await;
        world.proxy.take_calls();
        for order_id in [ORDER, &held] {
            // create_payment asks the shop's counter from the sixth call of a minute.
            for _ in 0..3 {
                world.shop(&function, &format!("amount=1000&offset=1&order_id={order_id}")).await;
            }
        }
        match function.as_str() {
            "get_payments" => drop(world.shop(&function, &format!("merchant_order_id={NUMBER}")).await),
            "get_payment" => {
                world.shop(&function, &format!("order_id={paid}")).await;
                world.shop(&function, &format!("merchant_order_id={NUMBER}")).await;
            }
            _ => {}
        }
        assert_allowed(&world, &function);
    }
}

#[tokio::test]
async fn a_function_of_webhooks_is_allowed_exactly_what_it_calls() {
    let world = World::start().await;
    let order_id = pay(&world, "amount=1000").await;
    let event_id = event_id(&world, &order_id).await;
    world.proxy.take_calls();
    // The function reads its own webhook again only when the outcome of the write is unknown.
    world.proxy.inject(Fault::LoseAnswer, on("PutItem").times(1));
    for (function, requests) in [
        ("set_webhook", vec![PARAMETERS]),
        ("get_webhook", vec![""]),
        ("rotate_webhook_secret", vec![""]),
        ("test_webhook", vec![""]),
        ("get_deliveries", vec![""]),
        ("resend_event", vec!["from=2026-01-01", &format!("event_id={event_id}")]),
        ("delete_webhook", vec![""]),
    ] {
        for parameters in requests {
            let reply = world.shop(function, parameters).await;
            assert_eq!(reply.json()["success"], true, "{function}: {reply:?}");
        }
        assert_allowed(&world, function);
    }
}

#[tokio::test]
async fn payme_is_allowed_exactly_what_it_calls() {
    let world = World::with_live_shop().await;
    let (payme, order) = (payme(&world, Mode::Live), live_order(&world).await);
    held_by_click(&world, &order).await;
    world.clock.advance_ms(30 * MINUTE_MS);
    world.proxy.take_calls();
    payme.check_perform(&order, TIYIN).await.unwrap();
    let id = held_by_payme(&world, Mode::Live, &order).await;
    payme.perform(&id).await.unwrap();
    payme.cancel(&id, 5).await.unwrap();
    payme.statement(0, i64::MAX).await.unwrap();
    let fiscal_data = json!({"receipt_id": 1, "status_code": 0});
    payme
        .call("SetFiscalData", json!({"id": id, "type": "CANCEL", "fiscal_data": fiscal_data}))
        .await
        .unwrap();
    assert_allowed(&world, "payme");
}

#[tokio::test]
async fn click_is_allowed_exactly_what_it_calls() {
    let world = World::with_live_shop().await;
    let (click, order, other) = (click(&world), live_order(&world).await, live_order(&world).await);
    held_by_payme(&world, Mode::Live, &order).await;
    world.clock.advance_ms(12 * HOUR_MS);
    world.proxy.take_calls();
    let complete = held_by_click(&world, &order).await;
    assert_allowed(&world, "click_prepare");

    let foreign = Fields { merchant_trans_id: other, ..complete.clone() };
    assert_eq!(error(&click.post(&foreign).await.unwrap()), -6);
    assert_eq!(error(&click.post(&complete).await.unwrap()), 0);
    assert_allowed(&world, "click_complete");
}

#[tokio::test]
async fn the_test_button_is_allowed_exactly_what_it_calls() {
    let world = World::with_live_shop().await;
    let order = test_order(&world).await;
    held_by_payme(&world, Mode::Test, &order).await;
    world.clock.advance_ms(12 * HOUR_MS);
    world.proxy.take_calls();
    // The function reads its own transaction only when the outcome of the write is unknown.
    world.proxy.inject(Fault::LoseAnswer, on("TransactWriteItems"));
    let reply = world.send(Method::POST, &format!("/pay/{order}/test"), &[], "").await;
    assert_eq!(reply.status, 303);
    assert_allowed(&world, "pay_test");
}

/// An event is put once. Nobody changes or deletes it.
#[test]
fn no_function_may_change_the_journal() {
    let functions = Template::read().unwrap().functions();
    let allowed: BTreeSet<_> = functions.iter().flat_map(|function| allowed(function)).collect();
    let actions: BTreeSet<_> = allowed
        .iter()
        .filter(|(action, resource)| resource == "events" || resource == "*" || action.ends_with('*'))
        .map(|(action, _)| action.trim_start_matches("dynamodb:"))
        .collect();
    assert_eq!(actions, BTreeSet::from(["BatchGetItem", "GetItem", "PutItem", "Query"]));
}

/// A balance that is wrong is read several times, and its payment is read at one moment.
#[tokio::test(flavor = "multi_thread")]
async fn the_audit_is_allowed_exactly_what_it_calls() {
    let world = World::with_live_shop().await;
    let order_id = order(&world, "1000").await;
    done(&world, json!({"command": "settle_payment", "order_id": order_id, "reference": "1"})).await;
    done(&world, json!({"command": "record_payout", "shop_id": "201", "amount": "1", "reference": "5"}))
        .await;
    let change = world.tables.update_item().table_name("payments").update_expression("SET fee = :fee");
    let change = change.key("order_key", AttributeValue::S(order_id.rsplit('_').next().unwrap().to_owned()));
    change.expression_attribute_values(":fee", AttributeValue::N("1".to_owned())).send().await.unwrap();
    world.proxy.take_calls();
    world.invoke("audit", &json!({})).await;
    assert_allowed(&world, "audit");
}

/// An endpoint that is fast, recovers, fails and is deleted; a flood that moves into the shop's line.
#[tokio::test(flavor = "multi_thread")]
async fn the_relay_and_the_retry_are_allowed_exactly_what_they_call() {
    let mut hooks = Hooks::start().await;
    hooks.world.proxy.take_calls();
    hooks.tick().await;
    hooks.receiver.answer_with(Answer::status(500));
    for _ in 0..6 {
        hooks.pay().await;
    }
    hooks.world.proxy.take_calls();
    hooks.hand_on().await;
    let relayed = hooks.world.proxy.take_calls();
    hooks.tick().await;
    hooks.world.clock.advance_ms(HOUR_MS);
    hooks.receiver.answer_with(Answer::status(200));
    hooks.tick().await;
    let now = hooks.world.stack.service.clock.now();
    hooks.world.store_past_the_proxy().delete_endpoint(&shop("201"), now).await.unwrap();
    hooks.world.clock.advance_ms(HOUR_MS);
    // The first one drops what waits, the second one forgets the endpoint.
    hooks.tick().await;
    hooks.tick().await;
    assert_allowed(&hooks.world, "webhook_retry");

    let mut called: BTreeSet<_> = relayed.iter().flat_map(|call| call.permissions()).collect();
    let mut fast = Hooks::fast().await;
    for status in [200, 500] {
        fast.receiver.answer_with(Answer::status(status));
        fast.pay().await;
        fast.world.proxy.take_calls();
        fast.hand_on().await;
        called.extend(fast.world.proxy.take_calls().iter().flat_map(|call| call.permissions()));
    }
    // Lambda's poller makes the calls on the stream and on the queue of failures.
    let allowed: BTreeSet<_> =
        allowed("webhook_relay").into_iter().filter(|(_, resource)| resource == "webhooks").collect();
    assert_eq!(called, allowed);
}

#[tokio::test]
async fn the_pay_page_is_allowed_exactly_what_it_calls() {
    let world = World::with_live_shop().await;
    let (order, paid) = (live_order(&world).await, live_order(&world).await);
    perform(&world, Mode::Live, &held_by_payme(&world, Mode::Live, &paid).await).await;
    world.proxy.take_calls();
    for order in [order, paid] {
        assert_eq!(world.get(&format!("/pay/{order}")).await.status, 200);
    }
    assert_allowed(&world, "pay_page");
}

#[tokio::test]
async fn the_status_of_an_open_page_is_allowed_exactly_what_it_calls() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    world.proxy.take_calls();
    assert_eq!(world.get(&format!("/pay/{order}/status")).await.text("status"), "pending");
    assert_allowed(&world, "pay_status");
}

/// Every command, with stale holds in the way of some, and a payment that the audit reads twice.
#[tokio::test(flavor = "multi_thread")]
async fn the_operator_is_allowed_exactly_what_it_calls() {
    let world = World::with_live_shop().await;
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
        json!({"command": "set_rate_limit", "shop_id": "1001", "per_second": 1, "per_minute": 1}),
        json!({"command": "show_shop", "shop_id": "1001"}),
        json!({"command": "settle_payment", "order_id": late, "reference": "1"}),
        json!({"command": "show_payment", "order_id": late}),
        json!({"command": "refund_payment", "order_id": late, "reference": "2"}),
        json!({"command": "cancel_payment", "order_id": doomed, "reference": "3"}),
        json!({"command": "settle_payment", "order_id": wrong, "reference": "4"}),
        json!({"command": "record_payout", "shop_id": "201", "amount": "1", "reference": "5"}),
        json!({"command": "reverse_payout", "shop_id": "201", "payout_reference": "5", "reference": "6", "reason": "A"}),
        json!({"command": "adjust_balance", "shop_id": "201", "amount": "-1", "reference": "7", "reason": "A"}),
        json!({"command": "list_payouts", "shop_id": "201"}),
        json!({"command": "list_events", "shop_id": "201"}),
        json!({"command": "report", "from": "2026-11-01", "to": "2026-11-30"}),
        json!({"command": "compare_statement", "provider": "payme", "day": "2026-11-24", "entries": []}),
        json!({"command": "list_payments", "shop_id": "201"}),
        json!({"command": "audit"}),
        json!({"command": "repair", "shop_id": "201", "reference": "8"}),
    ] {
        done(&world, command).await;
    }
    assert_allowed(&world, "operator");
}
