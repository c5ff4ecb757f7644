//! No delivery waits where nobody looks, whatever happens between two writes.

use lambda_http::Context;
use serde_json::{Value, json};
use shared::domain::{
    error_class::ErrorClass,
    webhook::{
        delivery::DeliveryState,
        endpoint::{EndpointState, FAILURES_MAX},
        outcome::Outcome,
    },
};
use suite::{
    gate::Gate,
    receiver::{Answer, Receiver},
    store_proxy::{Fault, on},
    world::World,
};

use crate::support::{
    merchant::encoded,
    providers::{DAY_MS, HOUR_MS, MINUTE_MS},
    webhooks::{Hooks, put_endpoint_away, states},
};

/// More than one look takes in of one shop.
const MANY: usize = 130;

async fn many_waiting() -> Hooks {
    let mut hooks = Hooks::start().await;
    // What a new endpoint has looked at is forgotten.
    hooks.world.clock.advance_ms(HOUR_MS);
    hooks.tick().await;
    assert_eq!(hooks.endpoint().await.unwrap().due, None);
    for _ in 0..MANY {
        hooks.pay().await;
    }
    hooks.hand_on().await;
    hooks
}

/// Ticks until an hour is over.
async fn an_hour(hooks: &Hooks) {
    hooks.world.proxy.heal();
    for _ in 0..60 {
        hooks.world.clock.advance_ms(MINUTE_MS);
        hooks.tick().await;
    }
}

async fn retry_dies(hooks: &Hooks, gate: Gate) {
    let retry = webhook_retry::function();
    tokio::select! {
        biased;
        () = gate.reached_at_all() => {}
        answer = retry.invoke(&hooks.world.stack.service, "{}", Context::default()) => panic!("{answer:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_may_die_while_it_moves_deliveries_into_a_line() {
    // The first puts are the lease and 30 moves. Before or after them the endpoint is marked.
    for (action, number) in [("UpdateItem", 1), ("PutItem", 20), ("PutItem", 31)] {
        let hooks = many_waiting().await;
        let gate = hooks.world.proxy.gate_answers(on(action).table("webhooks").nth(number));
        retry_dies(&hooks, gate).await;
        an_hour(&hooks).await;
        let states = states(&hooks.deliveries().await);
        assert_eq!(states, [DeliveryState::Delivered; MANY], "{action} {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resending_that_fails_halfway_leaves_nothing_behind() {
    for action in ["UpdateItem", "PutItem"] {
        let mut hooks = Hooks::fast().await;
        hooks.world.clock.advance_ms(HOUR_MS);
        hooks.tick().await;
        hooks.receiver.answer_with(Answer::status(500));
        hooks.pay().await;
        hooks.hand_on().await;
        hooks.receiver.answer_with(Answer::status(200));
        let key = hooks.deliveries().await[1].event_key.clone();
        hooks.world.proxy.inject(Fault::InternalError, on(action).table("webhooks"));
        let live = suite::world::LIVE;
        let reply = hooks.world.get(&format!("/api/resend_event?{live}&event_id={}", key.event_id())).await;
        assert_eq!(reply.json()["error_code"], "store_unavailable", "{reply:?}");
        an_hour(&hooks).await;
        assert_eq!(states(&hooks.deliveries().await), [DeliveryState::Delivered; 2], "{action}");
    }
}

/// The endpoint was deleted long ago. Its deliveries whose time comes now end, and none of them waits
/// for an address that is set later.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_due_for_an_endpoint_that_is_forgotten_is_dropped() {
    let hooks = many_waiting().await;
    put_endpoint_away(&hooks.world, "201").await;
    an_hour(&hooks).await;
    assert_eq!(states(&hooks.deliveries().await), [DeliveryState::Dropped; MANY]);
}

/// An endpoint begins to fail while one of its tries is under way, which succeeds.
#[tokio::test(flavor = "multi_thread")]
async fn a_success_wakes_the_line_also_if_it_did_not_know_of_the_failing() {
    let mut hooks = Hooks::start().await;
    hooks.pay().await;
    hooks.hand_on().await;
    let gate = hooks.receiver.gate();
    let fails = async {
        hooks.receiver.received(1).await;
        let (store, clock) = (hooks.world.store_past_the_proxy(), &hooks.world.stack.service.clock);
        let endpoint = hooks.endpoint().await.unwrap();
        let probe_at = clock.now().plus_ms(DAY_MS);
        for _ in 0..FAILURES_MAX {
            let outcome = Outcome::Failed(ErrorClass::TimedOut);
            store.endpoint_failed(&endpoint, outcome, probe_at, clock.now()).await.unwrap();
        }
        assert_eq!(hooks.endpoint().await.unwrap().state, EndpointState::Failing);
        gate.open();
    };
    tokio::join!(hooks.tick(), fails);
    let endpoint = hooks.endpoint().await.unwrap();
    assert_eq!((endpoint.state, endpoint.failures), (EndpointState::Active, 0));
    let soon = hooks.world.stack.service.clock.now().plus_ms(MINUTE_MS);
    assert!(endpoint.due.is_some() && endpoint.next_try_at.unwrap() < soon, "{endpoint:?}");
}

/// The line of a deleted endpoint is being emptied while the merchant sets a new one and asks for an
/// event again.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_asked_for_again_is_not_dropped_with_the_old_endpoint() {
    let mut hooks = Hooks::start().await;
    hooks.receiver.answer_with(Answer::status(410));
    hooks.pay().await;
    hooks.hand_on().await;
    hooks.tick().await;
    hooks.receiver.answer_with(Answer::status(200));
    let live = suite::world::LIVE;
    let get = async |path: String| hooks.world.get(&path).await.json();
    assert_eq!(get(format!("/api/delete_webhook?{live}")).await["success"], true);
    let id = hooks.deliveries().await[0].event_key.event_id();

    // Four shards, the marked endpoints, and the line.
    let gate = hooks.world.proxy.gate_answers(on("Query").table("webhooks").nth(6));
    let set_again = async {
        gate.reached().await;
        let url = encoded(&hooks.receiver.url());
        let set = get(format!("/api/set_webhook?{live}&url={url}")).await;
        assert_eq!(set["success"], true, "{set}");
        let resent = get(format!("/api/resend_event?{live}&event_id={id}")).await;
        assert_eq!(resent["queued"], 1, "{resent}");
        gate.open();
    };
    tokio::join!(hooks.tick(), set_again);
    an_hour(&hooks).await;
    assert_eq!(states(&hooks.deliveries().await), [DeliveryState::Delivered]);
}

/// A merchant asks for an event while the probe of its failing endpoint is under way.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_during_a_probe_is_the_next_probe() {
    let mut hooks = Hooks::start().await;
    hooks.receiver.answer_with(Answer::status(500));
    for _ in 0..6 {
        hooks.pay().await;
    }
    hooks.hand_on().await;
    hooks.tick().await;
    assert_eq!(hooks.endpoint().await.unwrap().state, EndpointState::Failing);
    hooks.world.clock.advance_ms(HOUR_MS);
    let tried = hooks.take_ids().len();
    let id = hooks.deliveries().await[5].event_key.event_id();
    let gate = hooks.receiver.gate();
    let resend = async {
        hooks.receiver.received(tried + 1).await;
        let live = suite::world::LIVE;
        let resent = hooks.world.get(&format!("/api/resend_event?{live}&event_id={id}")).await.json();
        assert_eq!(resent["queued"], 1, "{resent}");
        gate.open();
    };
    tokio::join!(hooks.tick(), resend);
    hooks.tick().await;
    let [oldest, next] = &hooks.take_ids()[..] else { panic!("two probes") };
    assert!(*oldest != id && *next == id);
}

/// The next tick comes while the last tries of the one before are under way.
#[tokio::test(flavor = "multi_thread")]
async fn a_tick_waits_a_moment_for_the_one_before() {
    let mut hooks = Hooks::start().await;
    hooks.pay().await;
    hooks.hand_on().await;
    let gate = hooks.receiver.gate();
    let second = async {
        hooks.receiver.received(1).await;
        let lease = hooks.world.proxy.gate_answers(on("PutItem").table("webhooks").nth(1));
        let refused = async {
            lease.reached().await;
            gate.open();
            lease.open();
        };
        let event = json!({"look_for_seconds": 55});
        let (answer, ()) = tokio::join!(hooks.world.invoke("webhook_retry", &event), refused);
        answer
    };
    let (first, second): (Value, Value) = tokio::join!(hooks.tick(), second);
    assert_eq!((&first["tries"], &second["busy"]), (&json!(1), &json!(false)));
}

#[tokio::test]
async fn a_secret_that_was_made_is_shown_also_if_the_count_fails() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    world.proxy.inject(Fault::InternalError, on("Query").table("webhooks"));
    let url = encoded(&receiver.url());
    let failed = world.shop("set_webhook", &format!("url={url}")).await.json();
    world.proxy.heal();
    let set = if failed["success"] == true {
        failed
    } else {
        world.shop("set_webhook", &format!("url={url}")).await.json()
    };
    assert!(set["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")), "{set}");
}
