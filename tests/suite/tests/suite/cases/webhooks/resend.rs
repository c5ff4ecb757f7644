//! The log of deliveries, and sending events again.

use serde_json::{Value, json};
use shared::domain::{
    event::EventKey,
    id::ShopId,
    time::{Clock, UnixMillis},
    webhook::delivery::DeliveryState,
};
use suite::{
    receiver::{Answer, Receiver},
    redact::by_field,
    store_proxy::{Fault, on},
    world::{SHOP_102, World},
};

use crate::support::{
    journal::{PLAIN, event_id, fill, pay},
    merchant::{assert_refused, at_once, encoded},
};

async fn set(world: &World, receiver: &Receiver, parameters: &str) {
    let url = encoded(&receiver.url());
    let reply = world.shop("set_webhook", &format!("url={url}&{parameters}")).await;
    assert_eq!(reply.json()["success"], true, "{reply:?}");
}

/// Calls resend_event of shop 101. Returns how many events are queued.
async fn resend(world: &World, parameters: &str) -> u64 {
    let reply = world.shop("resend_event", parameters).await;
    reply.json()["queued"].as_u64().unwrap_or_else(|| panic!("{reply:?}"))
}

async fn tick(world: &World) {
    let answer = world.invoke("webhook_retry", &json!({})).await;
    assert_eq!(answer["success"], true, "{answer}");
}

/// The ids of the events that arrived, in their order.
fn received(receiver: &Receiver) -> Vec<String> {
    receiver.take_requests().iter().map(|request| request.header("webhook-id").to_owned()).collect()
}

async fn deliveries(world: &World, parameters: &str) -> Vec<Value> {
    let page = world.shop("get_deliveries", parameters).await.json();
    page["deliveries"].as_array().unwrap_or_else(|| panic!("{page}")).clone()
}

/// All days until today. The clock of a test stands at the present time.
const DAYS: &str = "from=2026-01-01";

#[tokio::test]
async fn an_event_from_before_the_webhook_is_sent_on_demand_and_logged() {
    let world = World::start().await;
    let order_id = pay(&world, "amount=1000").await;
    let id = event_id(&world, &order_id).await;
    let receiver = Receiver::start().await;
    set(&world, &receiver, "").await;
    assert_eq!(deliveries(&world, "").await.len(), 0);
    receiver.answer_next(Answer::status(500));
    assert_eq!(resend(&world, &format!("event_id={id}")).await, 1);
    let waiting = deliveries(&world, "").await;
    assert_eq!((&waiting[0]["state"], waiting[0].get("next_try_at")), (&json!("waiting"), None));
    tick(&world).await;
    let page = world.shop("get_deliveries", "").await;
    insta::assert_snapshot!(by_field(&page.body), @r#"
    {"success":true,
    "shop_id":"101",
    "limit":50,
    "count":1,
    "has_more":false,
    "next_cursor":null,
    "deliveries":[{"event_id":"<event id of paid>",
    "type":"payment.paid",
    "state":"waiting",
    "tries":[{"at":"<time>",
    "at_iso":"<iso time>",
    "http_status":500,
    "error_class":"http_status",
    "milliseconds":<n>}],
    "next_try_at":"<time>",
    "next_try_at_iso":"<iso time>"}]}
    "#);
    world.clock.advance_ms(70_000);
    tick(&world).await;
    let delivered = &deliveries(&world, "").await[0];
    assert_eq!((&delivered["state"], delivered.get("next_try_at")), (&json!("delivered"), None));
    assert_eq!(delivered["tries"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&delivered["tries"][1]["http_status"], delivered["tries"][1].get("error_class")),
        (&json!(200), None)
    );
    assert_eq!(received(&receiver), [id.clone(), id.clone()]);

    // Also once more after it was delivered. Days leave it out.
    assert_eq!(resend(&world, DAYS).await, 0);
    assert_eq!(resend(&world, &format!("event_id={id}")).await, 1);
    tick(&world).await;
    assert_eq!(received(&receiver), [id]);
    let delivered = &deliveries(&world, "status=delivered").await[0];
    assert_eq!(delivered["tries"].as_array().unwrap().len(), 3);
    assert_eq!(deliveries(&world, "status=waiting").await.len(), 0);
}

#[tokio::test]
async fn what_does_not_name_an_event_is_refused() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let order_id = pay(&world, "amount=1000").await;
    let own = event_id(&world, &order_id).await;
    set(&world, &receiver, "").await;
    let other = format!("/api/set_webhook?{SHOP_102}&url={}", encoded(&receiver.url()));
    assert_eq!(world.get(&other).await.json()["success"], true);

    let unknown = "EVT_1700000000000_000000000000000000sample1_paid";
    let foreign = world.get(&format!("/api/resend_event?{SHOP_102}&event_id={own}")).await;
    assert_refused(&foreign, "event_not_found", "another shop's event");
    assert_refused(
        &world.shop("resend_event", &format!("event_id={unknown}")).await,
        "event_not_found",
        "unknown",
    );
    world.proxy.take_calls();
    for (parameters, code) in [
        ("event_id=1", "event_not_found"),
        (&*format!("event_id={}", &own[4..]), "event_not_found"),
        ("", "missing_parameter"),
        ("event_id=", "missing_parameter"),
        ("cursor=x", "missing_parameter"),
        ("from=2026-11-01&cursor=x", "invalid_cursor"),
        ("from=2026-11-31", "invalid_parameter"),
        ("from=2026-11-02&to=2026-11-01", "invalid_parameter"),
        (&format!("event_id={own}&from=2026-11-01"), "unsupported_combination"),
        (&format!("event_id={own}&to=2026-11-01"), "unsupported_combination"),
        ("event_id=1&cursor=x", "unsupported_combination"),
    ] {
        assert_refused(&world.shop("resend_event", parameters).await, code, parameters);
    }
    assert_eq!(world.proxy.take_calls().len(), 0);
    tick(&world).await;
    assert_eq!(received(&receiver).len(), 0);
}

#[tokio::test]
async fn days_queue_what_was_not_delivered_of_the_chosen_types_oldest_first() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        world.clock.advance_ms(2_000);
        let order_id = pay(&world, "amount=1000").await;
        ids.push(event_id(&world, &order_id).await);
    }
    let cancelled = world.create("amount=1000").await;
    world.shop("cancel_payment", &format!("order_id={cancelled}")).await;
    set(&world, &receiver, "events=payment.paid").await;
    // One is delivered, one fails for good, one waits for its next try, one was never sent.
    assert_eq!(resend(&world, &format!("event_id={}", ids[0])).await, 1);
    tick(&world).await;
    receiver.answer_with(Answer::status(500));
    resend(&world, &format!("event_id={}", ids[1])).await;
    for _ in 0..5 {
        tick(&world).await;
        world.clock.advance_ms(3 * 60 * 60 * 1000);
    }
    set(&world, &receiver, "events=payment.paid").await;
    resend(&world, &format!("event_id={}", ids[2])).await;
    tick(&world).await;
    let states: Vec<_> =
        deliveries(&world, "").await.iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, ["waiting", "failed", "delivered"]);
    receiver.answer_with(Answer::status(200));
    received(&receiver);

    let today = |days: i64| {
        let day = shared::domain::day::Day::of(world.clock.now().plus_ms(days * 24 * 60 * 60 * 1000));
        day.to_string()
    };
    assert_eq!(resend(&world, &format!("to={}", today(-2))).await, 0);
    assert_eq!(resend(&world, &format!("from={}", today(1))).await, 0);
    assert_eq!(resend(&world, &format!("from={}&to={}", today(-1), today(0))).await, 3);
    // A repeat finds them at the head.
    assert_eq!(resend(&world, DAYS).await, 3);
    tick(&world).await;
    let mut arrived = received(&receiver);
    // Two at a time are under way, so two neighbours may change places.
    arrived.sort_unstable();
    assert_eq!(arrived, ids[1..]);
    assert_eq!(deliveries(&world, "status=delivered").await.len(), 4);
    assert_eq!(resend(&world, DAYS).await, 0);
}

#[tokio::test]
async fn a_failing_webhook_tries_the_resent_event_next() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    set(&world, &receiver, "").await;
    receiver.answer_with(Answer::status(500));
    let mut ids = Vec::new();
    for _ in 0..6 {
        world.clock.advance_ms(2_000);
        let order_id = pay(&world, "amount=1000").await;
        ids.push(event_id(&world, &order_id).await);
    }
    resend(&world, DAYS).await;
    tick(&world).await;
    assert_eq!(world.shop("get_webhook", "").await.json()["state"], "failing");
    received(&receiver);
    receiver.answer_with(Answer::status(200));
    assert_eq!(resend(&world, &format!("event_id={}", ids[5])).await, 1);
    tick(&world).await;
    assert_eq!(received(&receiver)[0], ids[5]);
    assert_eq!(world.shop("get_webhook", "").await.json()["state"], "active");
}

#[tokio::test]
async fn pages_of_deliveries_show_each_once() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    set(&world, &receiver, "").await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        world.clock.advance_ms(1);
        let order_id = pay(&world, "amount=1000").await;
        ids.push(event_id(&world, &order_id).await);
    }
    ids.reverse();
    assert_eq!(resend(&world, DAYS).await, 7);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.shop("get_deliveries", &format!("limit=3{cursor}")).await.json();
        seen.extend(page["deliveries"].as_array().unwrap().iter().map(|one| one["event_id"].clone()));
        assert_eq!(page["has_more"], page["next_cursor"].is_string(), "{page}");
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ids);
    assert_eq!(deliveries(&world, "status=failed").await.len(), 0);
    // The cursor of another list is none of this one.
    let foreign = world.shop("get_events", "limit=1").await.text("next_cursor");
    for endpoint in ["get_deliveries", "resend_event"] {
        let reply = world.shop(endpoint, &format!("{DAYS}&cursor={foreign}")).await;
        assert_refused(&reply, "invalid_cursor", endpoint);
    }
}

/// A call queues 1,000 events at most, and tells where to go on.
#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_events_are_queued_in_parts() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let start = UnixMillis::new(1_790_000_000_000).unwrap();
    fill(&world, start, 2_300, PLAIN).await;
    let set = format!("/api/set_webhook?{SHOP_102}&url={}", encoded(&receiver.url()));
    assert_eq!(world.get(&set).await.json()["success"], true);
    let path = format!("/api/resend_event?{SHOP_102}&{DAYS}");
    let (mut parts, mut cursor) = (Vec::new(), String::new());
    loop {
        let part = world.get(&format!("{path}{cursor}")).await.json();
        parts.push(part["queued"].as_u64().unwrap_or_else(|| panic!("{part}")));
        let Some(next) = part["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(parts, [1000, 1000, 300]);
    let waiting = world.get(&format!("/api/get_webhook?{SHOP_102}")).await.json();
    assert_eq!(waiting["waiting"], 2_300);
    // A repeat writes nothing: they all stand at the head.
    world.proxy.take_calls();
    assert_eq!(world.get(&path).await.json()["queued"], 1000);
    assert_eq!(world.proxy.take_calls().iter().filter(|call| call.action == "PutItem").count(), 0);
}

/// A try is under way while the event is asked for again: the try is logged, and the event sent.
#[tokio::test]
async fn an_event_that_is_being_tried_is_sent_once_more() {
    for answer in [200, 500] {
        let world = World::start().await;
        let receiver = Receiver::start().await;
        set(&world, &receiver, "").await;
        let order_id = pay(&world, "amount=1000").await;
        let id = event_id(&world, &order_id).await;
        receiver.answer_next(Answer::status(500));
        resend(&world, DAYS).await;
        tick(&world).await;
        world.clock.advance_ms(70_000);
        receiver.answer_next(Answer::status(answer));
        let gate = receiver.gate();
        let asked = async {
            receiver.received(2).await;
            assert_eq!(resend(&world, &format!("event_id={id}")).await, 1);
            gate.open();
        };
        tokio::join!(tick(&world), asked);
        let one = &deliveries(&world, "").await[0];
        assert_eq!((&one["state"], one["tries"].as_array().unwrap().len()), (&json!("waiting"), 2), "{one}");
        tick(&world).await;
        let one = &deliveries(&world, "").await[0];
        assert_eq!(
            (&one["state"], one["tries"].as_array().unwrap().len()),
            (&json!("delivered"), 3),
            "{one}"
        );
        assert_eq!(received(&receiver), vec![id; 3]);
    }
}

/// The write of a resending meets that of a try.
#[tokio::test]
async fn a_delivery_that_changed_is_read_and_decided_again() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    set(&world, &receiver, "").await;
    let order_id = pay(&world, "amount=1000").await;
    let id = event_id(&world, &order_id).await;
    resend(&world, DAYS).await;
    receiver.answer_next(Answer::status(500));
    tick(&world).await;
    world.clock.advance_ms(70_000);
    for (parameters, queued, state) in
        [(DAYS, 0, DeliveryState::Delivered), (&*format!("event_id={id}"), 1, DeliveryState::Waiting)]
    {
        let gate = world.proxy.gate(on("PutItem").times(1));
        let delivered = async {
            gate.reached().await;
            // Another instance delivers it meanwhile.
            let store = world.store_past_the_proxy();
            let (shop, key) = (ShopId::parse("101").unwrap(), EventKey::from_event_id(&id).unwrap());
            let read = store.delivery(&shop, &key).await.unwrap().unwrap();
            let ended = read.ended(DeliveryState::Delivered, world.clock.now());
            assert!(store.change_delivery(&read, &ended).await.unwrap());
            gate.open();
        };
        let (count, ()) = tokio::join!(resend(&world, parameters), delivered);
        assert_eq!(count, queued, "{parameters}");
        let one = &deliveries(&world, "").await[0];
        assert_eq!(one["state"], state.into_str(), "{parameters}: {one}");
        // It waits again, for the second turn.
        resend(&world, &format!("event_id={id}")).await;
        receiver.answer_next(Answer::status(500));
        tick(&world).await;
        world.clock.advance_ms(70_000);
    }
}

#[tokio::test]
async fn resending_at_once_queues_each_event_once() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    set(&world, &receiver, "").await;
    for _ in 0..5 {
        world.clock.advance_ms(1);
        pay(&world, "amount=1000").await;
    }
    let path = format!("/api/resend_event?{}&{DAYS}", suite::world::SHOP_101);
    world.proxy.inject(Fault::LoseAnswer, on("PutItem").times(3));
    for body in at_once(&world, 6, |_| path.clone()).await {
        assert!(body.contains(r#""queued":5,"#), "{body}");
    }
    tick(&world).await;
    let mut arrived = received(&receiver);
    arrived.sort_unstable();
    arrived.dedup();
    assert_eq!(arrived.len(), 5);
    let one = deliveries(&world, "").await;
    assert!(one.iter().all(|one| one["tries"].as_array().unwrap().len() == 1), "{one:?}");
}
