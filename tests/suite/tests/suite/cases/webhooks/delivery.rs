//! From an event of the journal to its receiver: when it is sent, when it is sent again, and what is
//! written down.

use serde_json::{Value, json};
use shared::domain::{
    time::UnixMillis,
    webhook::{
        delivery::DeliveryState,
        endpoint::{DisabledReason, EndpointState},
        outcome::FailureClass,
    },
};
use standardwebhooks::Webhook;
use suite::{receiver::Answer, world::LIVE};

use crate::support::{
    providers::{DAY_MS, HOUR_MS, MINUTE_MS, events, now},
    webhooks::{Hooks, id, next_due, states},
};

/// The row of get_events about the newest event.
async fn newest_event(hooks: &Hooks) -> Value {
    hooks.world.get(&format!("/api/get_events?{LIVE}&limit=1")).await.json()["events"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_event_waits_for_a_tick_and_the_next_is_sent_at_once() {
    let mut hooks = Hooks::start().await;
    hooks.pay().await;
    hooks.hand_on().await;
    assert!(hooks.receiver.take_requests().is_empty());
    assert_eq!(states(&hooks.deliveries().await), [DeliveryState::Waiting]);
    assert_eq!(hooks.tick().await, json!({"success": true, "busy": false, "tries": 1}));
    assert_eq!(hooks.receiver.take_requests().len(), 1);

    hooks.pay().await;
    hooks.hand_on().await;
    let requests = hooks.receiver.take_requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(states(&hooks.deliveries().await), [DeliveryState::Delivered, DeliveryState::Delivered]);
    assert_eq!(hooks.tick().await["tries"], 0);

    let (request, row) = (&requests[0], newest_event(&hooks).await);
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        body,
        json!({
            "id": row["event_id"], "type": "payment.paid", "timestamp": row["occurred_at_iso"], "mode": "live",
            "data": row,
        })
    );
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/webhook"));
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("user-agent"), "TopHamyon-Webhooks/1");
    assert_eq!(request.header("webhook-id"), row["event_id"].as_str().unwrap());
    assert_eq!(request.header("webhook-timestamp"), (now(&hooks.world) / 1000).to_string());
    let webhook = Webhook::new(&hooks.secret).unwrap();
    webhook.verify(&request.body, &request.headers).unwrap();
    let mut changed = request.body.clone();
    changed[5] ^= 1;
    assert!(webhook.verify(&changed, &request.headers).is_err());
}

/// Each try lies at least its step after the one before, and at most a tenth of it later.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_endpoint_is_tried_ten_times_in_three_days() {
    let mut hooks = Hooks::start().await;
    hooks.receiver.answer_with(Answer::status(500));
    hooks.pay().await;
    hooks.hand_on().await;
    let start = now(&hooks.world);
    let mut tries = Vec::new();
    while let Some(due) = next_due(&hooks.world).await
        && now(&hooks.world) < start + 4 * DAY_MS
    {
        // A millisecond too early nothing is sent.
        if due > now(&hooks.world) {
            hooks.world.clock.set(UnixMillis::new(due - 1).unwrap());
            hooks.tick().await;
            assert!(hooks.receiver.take_requests().is_empty());
            hooks.world.clock.advance_ms(1);
        }
        hooks.tick().await;
        tries.extend(hooks.receiver.take_requests().into_iter().map(|one| (now(&hooks.world) - start, one)));
    }
    let steps = [
        0,
        MINUTE_MS,
        5 * MINUTE_MS,
        30 * MINUTE_MS,
        2 * HOUR_MS,
        5 * HOUR_MS,
        10 * HOUR_MS,
        14 * HOUR_MS,
        20 * HOUR_MS,
        20 * HOUR_MS,
    ];
    assert_eq!(tries.len(), steps.len());
    let mut before = 0;
    for ((at, _), step) in tries.iter().zip(steps) {
        let waited = at - before;
        assert!(step <= waited && waited <= step + step / 10, "{waited} for a step of {step}");
        before = *at;
    }
    let (_, first) = &tries[0];
    assert!(tries.iter().all(|(_, request)| request.body == first.body && id(request) == id(first)));
    let [delivery] = &hooks.deliveries().await[..] else { panic!("one delivery") };
    assert_eq!((delivery.state, delivery.used, delivery.tries.len()), (DeliveryState::Failed, 10, 10));
    assert!(
        delivery
            .tries
            .iter()
            .all(|one| one.http_status == Some(500) && one.error_class == Some(FailureClass::HttpStatus))
    );
    assert_eq!(hooks.endpoint().await.unwrap().state, EndpointState::Failing);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_endpoint_gets_its_oldest_event_alone_and_all_of_them_when_it_recovers() {
    let mut hooks = Hooks::fast().await;
    hooks.receiver.answer_with(Answer::status(503));
    for _ in 0..8 {
        hooks.pay().await;
        hooks.hand_on().await;
        hooks.tick().await;
        hooks.world.clock.advance_ms(1000);
    }
    let endpoint = hooks.endpoint().await.unwrap();
    assert_eq!((endpoint.state, endpoint.failures), (EndpointState::Failing, 5));
    assert_eq!(hooks.take_ids().len(), 5);

    // An hour of ticks tries one event alone.
    for _ in 0..60 {
        hooks.world.clock.advance_ms(MINUTE_MS);
        hooks.tick().await;
    }
    let probes = hooks.take_ids();
    let all = hooks.deliveries().await;
    let waiting = all.iter().filter(|delivery| delivery.state == DeliveryState::Waiting);
    let expected: Vec<_> = waiting.map(|delivery| delivery.event_key.event_id()).collect();
    let oldest = &expected[0];
    assert!(!probes.is_empty() && probes.iter().all(|id| id == oldest), "{probes:?}");

    hooks.receiver.answer_with(Answer::status(200));
    hooks.world.clock.advance_ms(DAY_MS);
    hooks.tick().await;
    hooks.tick().await;
    assert_eq!(states(&hooks.deliveries().await), [DeliveryState::Delivered; 9]);
    let mut sent = hooks.take_ids();
    assert_eq!(sent[0], expected[0]);
    // Two are under way at a time, so one event can be late, and none can be early by more than one place.
    for (place, id) in sent.iter().enumerate() {
        assert!(expected.iter().position(|one| one == id).unwrap() <= place + 1, "{sent:?}");
    }
    sent.sort_unstable();
    assert_eq!(sent, expected);
    assert_eq!(hooks.endpoint().await.unwrap().state, EndpointState::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_days_without_a_success_it_is_disabled_and_nothing_is_lost() {
    let mut hooks = Hooks::start().await;
    hooks.receiver.answer_with(Answer::close());
    let start = now(&hooks.world);
    let mut paid = 0;
    while now(&hooks.world) < start + 11 * DAY_MS {
        if (now(&hooks.world) - start) % DAY_MS == 0 {
            hooks.pay().await;
            paid += 1;
        }
        hooks.hand_on().await;
        hooks.tick().await;
        hooks.world.clock.advance_ms(30 * MINUTE_MS);
    }
    let endpoint = hooks.endpoint().await.unwrap();
    assert_eq!(
        (endpoint.state, endpoint.disabled_reason),
        (EndpointState::Disabled, Some(DisabledReason::NoSuccess))
    );
    let disabled_after = endpoint.disabled_at.unwrap().get() - start;
    assert!((10 * DAY_MS..=11 * DAY_MS).contains(&disabled_after), "{disabled_after}");
    let all = hooks.deliveries().await;
    assert_eq!((all.len(), events(&hooks.world).await.len()), (paid, paid));
    assert!(all.iter().all(|one| matches!(one.state, DeliveryState::Waiting | DeliveryState::Failed)));
    hooks.receiver.take_requests();

    // Nothing is sent to it any more, whatever happens.
    hooks.receiver.answer_with(Answer::status(200));
    hooks.pay().await;
    hooks.hand_on().await;
    hooks.world.clock.advance_ms(DAY_MS);
    hooks.tick().await;
    assert!(hooks.receiver.take_requests().is_empty());
    assert_eq!(hooks.deliveries().await.len(), paid + 1);
}
