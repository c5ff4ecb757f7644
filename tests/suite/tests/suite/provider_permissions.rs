//! The functions that move money may do what they do, and nothing else.

use std::collections::BTreeSet;

use http::Method;
use runners::click::Fields;
use serde_json::json;
use shared::domain::mode::Mode;
use suite::{
    store_proxy::{Fault, on},
    world::World,
};

use crate::{
    deployment::allowed,
    shops::{
        HOUR_MS, MINUTE_MS, TIYIN, click, error, held_by_click, held_by_payme, live_order, payme, test_order,
        world,
    },
};

/// Compares what was asked of the store since the last time with the policy of `function`.
fn assert_allowed(world: &World, function: &str) {
    let called: BTreeSet<_> = world.proxy.take_calls().iter().flat_map(|call| call.permissions()).collect();
    assert_eq!(called, allowed(function), "{function}");
}

#[tokio::test]
async fn payme_may_do_what_it_does() {
    let world = world().await;
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
async fn click_may_do_what_it_does() {
    let world = world().await;
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
async fn the_test_button_may_do_what_it_does() {
    let world = world().await;
    let order = test_order(&world).await;
    held_by_payme(&world, Mode::Test, &order).await;
    world.clock.advance_ms(12 * HOUR_MS);
    world.proxy.take_calls();
    // Its own transaction is read only when the store did not tell what became of the write.
    world.proxy.inject(Fault::LoseAnswer, on("TransactWriteItems"));
    let reply = world.send(Method::POST, &format!("/pay/{order}/test"), &[], "").await;
    assert_eq!(reply.status, 303);
    assert_allowed(&world, "pay_test");
}

#[tokio::test]
async fn the_pay_page_may_do_what_it_does() {
    let world = world().await;
    let order = live_order(&world).await;
    world.proxy.take_calls();
    assert_eq!(world.get(&format!("/pay/{order}")).await.status, 200);
    assert_allowed(&world, "pay_page");
}
