//! The relay and the retry die at each moment: each event is still delivered, with the same id and
//! bytes, and its log is right.

use std::collections::HashMap;

use lambda_http::Context;
use serde_json::{Value, json};
use shared::{domain::webhook::delivery::DeliveryState, edge::InvokedFunction};
use suite::{gate::Gate, store_proxy::nth, world::World};

use crate::support::webhooks::{Hooks, id};

/// Longer than the lease of a retry that died.
const LEASE_MS: i64 = 80_000;

/// Where a function dies.
#[derive(Clone, Copy, Debug)]
enum At {
    /// Before the `n`th call of the store.
    Call(usize),
    /// After it.
    Answer(usize),
    /// When the receiver has the first request, and before it answers.
    Request,
}

/// Lets `function` die at the gate. Returns whether it came so far.
async fn dies(world: &World, function: &InvokedFunction, event: &Value, gate: Gate) -> bool {
    let event = event.to_string();
    tokio::select! {
        biased;
        () = gate.reached_at_all() => true,
        answer = function.invoke(&world.stack.service, &event, Context::default()) => {
            answer.unwrap();
            false
        }
    }
}

fn gate(hooks: &Hooks, at: At) -> Gate {
    match at {
        At::Call(n) => hooks.world.proxy.gate(nth(n)),
        At::Answer(n) => hooks.world.proxy.gate_answers(nth(n)),
        At::Request => hooks.receiver.gate(),
    }
}

/// Hands on and ticks until nothing waits.
async fn finish(hooks: &mut Hooks) {
    hooks.world.proxy.heal();
    for _ in 0..5 {
        hooks.hand_on().await;
        hooks.world.clock.advance_ms(LEASE_MS);
        hooks.tick().await;
    }
}

/// Each paid event arrived, always with the same bytes, and its delivery says so.
async fn check(hooks: &Hooks, events: usize, at: At) {
    let mut bodies: HashMap<String, Vec<u8>> = HashMap::new();
    let mut arrived: HashMap<String, usize> = HashMap::new();
    for request in hooks.receiver.take_requests() {
        let (id, body) = (id(&request), request.body);
        assert_eq!(bodies.entry(id.clone()).or_insert_with(|| body.clone()), &body, "{at:?}");
        *arrived.entry(id).or_default() += 1;
    }
    let deliveries = hooks.deliveries().await;
    assert_eq!((arrived.len(), deliveries.len()), (events, events), "{at:?}");
    for delivery in deliveries {
        assert_eq!(delivery.state, DeliveryState::Delivered, "{at:?}: {delivery:?}");
        assert!(delivery.due.is_none() && delivery.next_try_at.is_none(), "{at:?}: {delivery:?}");
        let succeeded = delivery.tries.iter().filter(|one| one.error_class.is_none()).count();
        let seen = arrived[&delivery.event_key.event_id()];
        // A try whose outcome nobody wrote is missing in the log, and none is there that was not made.
        assert!(1 <= succeeded && delivery.tries.len() <= seen, "{at:?}: {delivery:?} for {seen}");
    }
}

async fn relay_dies(at: At) -> bool {
    let mut hooks = Hooks::fast().await;
    for _ in 0..3 {
        hooks.pay().await;
    }
    let batch = hooks.next_batch().await;
    let gate = gate(&hooks, at);
    let died = dies(&hooks.world, &webhook_relay::function(), &batch, gate).await;
    finish(&mut hooks).await;
    // The first event arrived before.
    let deliveries = hooks.deliveries().await.len();
    assert_eq!(deliveries, 4, "{at:?}");
    let first = hooks.deliveries().await[0].event_key.clone();
    hooks.forget(&first).await;
    check(&hooks, 3, at).await;
    died
}

async fn retry_dies(at: At) -> bool {
    let mut hooks = Hooks::start().await;
    for _ in 0..3 {
        hooks.pay().await;
    }
    hooks.hand_on().await;
    let gate = gate(&hooks, at);
    let died = dies(&hooks.world, &webhook_retry::function(), &json!({}), gate).await;
    finish(&mut hooks).await;
    check(&hooks, 3, at).await;
    died
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_may_die_at_each_moment() {
    let mut calls = 1;
    while relay_dies(At::Call(calls)).await {
        assert!(relay_dies(At::Answer(calls)).await);
        calls += 1;
    }
    assert!(calls > 4, "{calls}");
    assert!(relay_dies(At::Request).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_retry_may_die_at_each_moment() {
    let mut calls = 1;
    while retry_dies(At::Call(calls)).await {
        // Tries and looks go on side by side, so two runs can differ by a call.
        retry_dies(At::Answer(calls)).await;
        calls += 1;
    }
    assert!(calls > 10, "{calls}");
    assert!(retry_dies(At::Request).await);
}
