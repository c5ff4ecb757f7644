//! What happens to a delivery while it is under way: its address changes, it is asked for again, a
//! second tick comes.

use local::Webhooks;
use serde_json::{Value, json};
use shared::domain::{
    event::EventKey,
    time::UnixMillis,
    webhook::{
        delivery::DeliveryState,
        endpoint::{DisabledReason, EndpointState},
        event_types::EventTypes,
        outcome::FailureClass,
        secret::WebhookSecret,
    },
};
use standardwebhooks::Webhook;
use suite::{
    receiver::{Answer, Receiver},
    store_proxy::{Fault, on, units},
    world::World,
};

use crate::support::{
    providers::{HOUR_MS, now},
    webhooks::{Hooks, id, set_endpoint, shop, states, tick},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_an_old_address_answers_does_not_touch_the_new_one() {
    for old_answer in [Answer::status(410), Answer::status(500), Answer::status(200)] {
        let mut hooks = Hooks::start().await;
        hooks.pay().await;
        hooks.hand_on().await;
        let new = Receiver::start().await;
        hooks.receiver.answer_with(old_answer.clone());
        let gate = hooks.receiver.gate();
        let change = async {
            hooks.receiver.received(1).await;
            let (store, now) = (hooks.world.store_past_the_proxy(), hooks.world.stack.service.clock.now());
            assert!(
                store
                    .change_endpoint(&shop("201"), &new.url(), &EventTypes::all(), now)
                    .await
                    .unwrap()
                    .is_some()
            );
            gate.open();
        };
        tokio::join!(hooks.tick(), change);
        let endpoint = hooks.endpoint().await.unwrap();
        assert_eq!((endpoint.state, endpoint.failures, endpoint.fast), (EndpointState::Active, 0, false));
        hooks.tick().await;
        let [delivery] = &hooks.deliveries().await[..] else { panic!("one delivery") };
        assert_eq!(delivery.state, DeliveryState::Delivered, "{old_answer:?}");
        let delivered_by_the_old = delivery.tries.len() == 1;
        assert_eq!(new.take_requests().len(), usize::from(!delivered_by_the_old));
        assert_eq!(delivery.used, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_disables_the_endpoint_at_once_and_keeps_its_events() {
    let mut hooks = Hooks::fast().await;
    hooks.receiver.answer_with(Answer::status(410));
    hooks.pay().await;
    hooks.pay().await;
    hooks.hand_on().await;
    let endpoint = hooks.endpoint().await.unwrap();
    assert_eq!(
        (endpoint.state, endpoint.disabled_reason),
        (EndpointState::Disabled, Some(DisabledReason::Gone))
    );
    hooks.receiver.take_requests();
    hooks.world.clock.advance_ms(HOUR_MS);
    hooks.tick().await;
    assert!(hooks.receiver.take_requests().is_empty());

    hooks.receiver.answer_with(Answer::status(200));
    let (store, now) = (hooks.world.store_past_the_proxy(), hooks.world.stack.service.clock.now());
    store.change_endpoint(&shop("201"), &hooks.receiver.url(), &EventTypes::all(), now).await.unwrap();
    hooks.tick().await;
    assert_eq!(states(&hooks.deliveries().await), [DeliveryState::Delivered; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_tick_sends_nothing() {
    let mut hooks = Hooks::start().await;
    hooks.pay().await;
    hooks.hand_on().await;
    let gate = hooks.receiver.gate();
    let second = async {
        hooks.receiver.received(1).await;
        let answer = hooks.tick().await;
        gate.open();
        answer
    };
    let (first, second) = tokio::join!(hooks.tick(), second);
    assert_eq!((&first["tries"], &second["busy"], &second["tries"]), (&json!(1), &json!(true), &json!(0)));
    assert_eq!(hooks.receiver.take_requests().len(), 1);
    // The lease is given back.
    assert_eq!(hooks.tick().await["busy"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_secrets_verify_while_one_replaces_the_other() {
    let mut hooks = Hooks::fast().await;
    let new = WebhookSecret::random().unwrap();
    let until = UnixMillis::new(now(&hooks.world) + HOUR_MS).unwrap();
    assert!(hooks.world.store_past_the_proxy().rotate_secret(&shop("201"), &new, until).await.unwrap());
    let verified = async |hooks: &mut Hooks| {
        hooks.pay().await;
        hooks.hand_on().await;
        let request = hooks.receiver.take_requests().remove(0);
        let (id, sent) = (request.header("webhook-id"), request.header("webhook-signature"));
        let at = request.header("webhook-timestamp").parse().unwrap();
        // The library's `verify` looks at the real clock. The test's is ahead of it.
        let by = |secret: &str| {
            let signature = Webhook::new(secret).unwrap().sign(id, at, &request.body).unwrap();
            sent.split(' ').any(|one| one == signature)
        };
        (by(&hooks.secret), by(&new.reveal()))
    };
    assert_eq!(verified(&mut hooks).await, (true, true));
    hooks.world.clock.advance_ms(HOUR_MS);
    assert_eq!(verified(&mut hooks).await, (false, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_deleted_endpoint_is_dropped() {
    let mut hooks = Hooks::start().await;
    for _ in 0..7 {
        hooks.pay().await;
    }
    hooks.receiver.answer_with(Answer::status(500));
    hooks.hand_on().await;
    hooks.tick().await;
    let (store, clock) = (hooks.world.store_past_the_proxy(), &hooks.world.stack.service.clock);
    store.delete_endpoint(&shop("201"), clock.now()).await.unwrap();
    store.delete_endpoint(&shop("201"), clock.now()).await.unwrap();
    hooks.receiver.take_requests();
    hooks.pay().await;
    hooks.hand_on().await;
    for _ in 0..3 {
        hooks.world.clock.advance_ms(2 * HOUR_MS);
        hooks.tick().await;
    }
    assert!(hooks.receiver.take_requests().is_empty());
    assert_eq!(states(&hooks.deliveries().await), [DeliveryState::Dropped; 7]);
    let rows = hooks.world.tables.scan().table_name("webhooks").send().await.unwrap().items.unwrap();
    // The lease of the ticks stays.
    assert_eq!(rows.len(), 8, "the record of the endpoint is gone");
}

/// A merchant asks for an event again while a try of it is under way: it is sent once more.
#[tokio::test(flavor = "multi_thread")]
async fn a_try_of_the_round_before_does_not_end_the_new_round() {
    let mut hooks = Hooks::start().await;
    hooks.pay().await;
    hooks.hand_on().await;
    let gate = hooks.receiver.gate();
    let again = async {
        hooks.receiver.received(1).await;
        let store = hooks.world.store_past_the_proxy();
        let delivery = hooks.deliveries().await.remove(0);
        assert!(store.change_delivery(&delivery, &delivery.again()).await.unwrap());
        let now = hooks.world.stack.service.clock.now();
        assert!(store.look_at_line(&shop("201"), now).await.unwrap());
        gate.open();
    };
    tokio::join!(hooks.tick(), again);
    hooks.tick().await;
    let delivery = hooks.deliveries().await.remove(0);
    assert_eq!((delivery.state, delivery.used, delivery.round), (DeliveryState::Delivered, 1, 1));
    assert_eq!((delivery.tries.len(), hooks.receiver.take_requests().len()), (2, 2));
}

/// The journal is changed past the product. The relay tells of it, and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_event_is_an_error_line() {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let mut hooks = Hooks::fast().await;
    let key = hooks.deliveries().await[0].event_key.to_string();
    let change = hooks.world.tables.update_item().table_name("events").update_expression("SET reason = :r");
    let change = change.key("shop_id", S("201".to_owned())).key("event_key", S(key));
    change.expression_attribute_values(":r", S("changed".to_owned())).send().await.unwrap();
    hooks.pay().await;
    hooks.world.log.take_lines();
    hooks.hand_on().await;
    assert_eq!(hooks.receiver.take_requests().len(), 1);
    let lines = hooks.world.log.take_lines();
    let found: Vec<&Value> = lines.iter().filter(|line| line["outcome"] == "journal_changed").collect();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["level"], &found[0]["change"]), (&json!("error"), &json!("MODIFY")));
}

/// The store fails for one record of a batch: that one comes again, and those behind it.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_could_not_be_written_comes_again() {
    let mut hooks = Hooks::fast().await;
    hooks.pay().await;
    hooks.world.proxy.inject(Fault::InternalError, on("PutItem").table("webhooks"));
    hooks.hand_on().await;
    assert_eq!(states(&hooks.deliveries().await), [DeliveryState::Delivered]);
    hooks.world.proxy.heal();
    hooks.hand_on().await;
    assert_eq!(states(&hooks.deliveries().await), [DeliveryState::Delivered; 2]);
    // It was sent twice, with the same id.
    let ids = hooks.take_ids();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
}

/// One record holds its batch up for long. Those beside it, which were handed on, are not sent again
/// each time.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_comes_again_for_minutes_repeats_only_what_failed() {
    let hooks = Hooks::fast().await;
    hooks.pay().await;
    hooks.pay().await;
    let batch = hooks.next_batch().await.to_string();
    hooks.world.proxy.inject(Fault::InternalError, on("PutItem").table("webhooks"));
    let relay = async || hooks.world.stack.functions.invoke("webhook_relay", batch.clone()).await.unwrap();
    relay().await.unwrap();
    hooks.world.proxy.heal();
    relay().await.unwrap();
    hooks.take_ids();
    hooks.world.clock.advance_ms(60_000);
    for _ in 0..3 {
        assert_eq!(relay().await.unwrap(), json!({"batchItemFailures": []}));
    }
    assert_eq!(hooks.take_ids().len(), 0);
    let all = hooks.deliveries().await;
    assert_eq!(states(&all), [DeliveryState::Delivered; 3]);
    assert!(all.iter().all(|one| one.tries.len() == 1), "{all:?}");
}

/// The whole batch comes again if the relay fails as a function.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_fails_is_a_function_error() {
    let hooks = Hooks::start().await;
    let answer = hooks.world.stack.functions.invoke("webhook_relay", "{}".to_owned()).await.unwrap();
    assert!(answer.is_err(), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn delivering_costs_what_the_readme_promises() {
    let mut hooks = Hooks::fast().await;
    for _ in 0..10 {
        hooks.pay().await;
    }
    hooks.world.proxy.take_calls();
    hooks.hand_on().await;
    let cost = units(&hooks.world.proxy.take_calls());
    assert_eq!((cost.read, cost.write), (1.0, 10.0), "the relay");

    let mut hooks = Hooks::start().await;
    for _ in 0..10 {
        hooks.pay().await;
    }
    hooks.world.proxy.take_calls();
    hooks.hand_on().await;
    let queued = units(&hooks.world.proxy.take_calls());
    assert_eq!((queued.read, queued.write), (1.0, 20.0), "into the queue");
    hooks.tick().await;
    let calls = hooks.world.proxy.take_calls();
    let sent = units(&calls);
    // Of each event: its delivery, its endpoint and the event, then the delivery and its entry in the
    // index. Of all of them: the lease, the state of the endpoint, and the queries.
    eprintln!("RETRY {sent:?} {}", calls.len());
    assert!(sent.write <= 10.0 * 2.0 + 10.0, "{sent:?}");
    assert!(sent.read <= 10.0 * 3.0 + 15.0, "{sent:?}");
}

/// Two endpoints of one name in two shops know nothing of each other.
#[tokio::test(flavor = "multi_thread")]
async fn each_shop_gets_its_own_events_alone() {
    let world = World::start_with(|options| options.webhooks = Webhooks::ByHand).await;
    world.add_live_shop().await;
    let (one, other) = (Receiver::start().await, Receiver::start().await);
    set_endpoint(&world, "201", &one.url()).await;
    set_endpoint(&world, "101", &other.url()).await;
    crate::support::operator::paid(&world, "1000").await;
    let mut pump = crate::support::webhooks::pump(&world);
    while pump.hand_on().await.unwrap() > 0 {}
    tick(&world).await;
    let ours = one.take_requests();
    assert!(!ours.is_empty() && ours.iter().all(|request| EventKey::from_event_id(&id(request)).is_ok()));
    assert!(
        other
            .take_requests()
            .iter()
            .all(|request| { serde_json::from_slice::<Value>(&request.body).unwrap()["mode"] == "test" })
    );
}

/// An endpoint whose stored address breaks a rule now gets nothing, and its log says why.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_breaks_a_rule_now_is_never_reached() {
    let mut hooks = Hooks::start().await;
    let (store, now) = (hooks.world.store_past_the_proxy(), hooks.world.stack.service.clock.now());
    let own = format!("{}/api/check_shop", hooks.world.stack.url());
    store.change_endpoint(&shop("201"), &own, &EventTypes::all(), now).await.unwrap();
    hooks.pay().await;
    hooks.hand_on().await;
    hooks.tick().await;
    let delivery = hooks.deliveries().await.remove(0);
    assert_eq!(delivery.tries[0].error_class, Some(FailureClass::AddressForbidden));
    assert_eq!(delivery.state, DeliveryState::Waiting);
}
