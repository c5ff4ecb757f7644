//! `get_events`: the whole row, every event once in both orders, and bounds on what a page reads.

use std::collections::HashSet;

use serde_json::{Value, json};
use shared::domain::{
    day::Day,
    event::{ActionNote, Event},
    event_type::EventType,
    id::ShopId,
    key::Reference,
    mode::Mode,
    money::SignedTiyin,
    time::UnixMillis,
};
use suite::{
    redact::by_field,
    store_proxy::units,
    world::{LIVE, SHOP_102, World},
};

use crate::support::{
    journal::{PLAIN, all_events, fill, pay, put},
    merchant::{assert_refused, encoded},
    operator::done,
    providers::{HOUR_MS, events as stored_events, held_by_payme, live_order, payme, set_fee},
};

/// A time at which a journal can begin, an hour ago.
fn start(world: &World) -> UnixMillis {
    world.stack.service.clock.now().plus_ms(-HOUR_MS)
}

fn ids(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["event_id"].as_str().unwrap().to_owned()).collect()
}

async fn page(world: &World, parameters: &str) -> Value {
    let page = world.get(&format!("/api/get_events?{SHOP_102}&{parameters}")).await.json();
    assert_eq!(page["success"], true, "{page}");
    page
}

#[tokio::test]
async fn get_events() {
    let world = World::with_live_shop().await;
    set_fee(&world, 150).await;
    let order = world
        .get(&format!("/api/create_payment?{LIVE}&amount=1000&merchant_order_id=A-1&description=Choy"))
        .await
        .text("order_id");
    let id = held_by_payme(&world, Mode::Live, &order).await;
    payme(&world, Mode::Live).perform(&id).await.unwrap();
    world.clock.advance_ms(1);
    payme(&world, Mode::Live).cancel(&id, 5).await.unwrap();
    let reply = world.get(&format!("/api/get_events?{LIVE}&limit=1")).await;
    let body = reply.body.replace(&id, "<payme id>");
    let body = regex::Regex::new(r"EVT_\d{13}_[0-9a-z]{25}").unwrap().replace(&body, "<event>").into_owned();
    insta::assert_snapshot!(by_field(&body), @r#"
    {"success":true,
    "shop_id":"201",
    "limit":1,
    "count":1,
    "has_more":true,
    "next_cursor":"<cursor>",
    "events":[{"event_id":"<event>_refunded",
    "type":"payment.refunded",
    "occurred_at":"<time>",
    "occurred_at_iso":"<iso time>",
    "mode":"live",
    "amount":-1000.00,
    "amount_formatted":"-1000.00 UZS",
    "fee":-15.00,
    "fee_formatted":"-15.00 UZS",
    "net":-985.00,
    "net_formatted":"-985.00 UZS",
    "order_id":"<order id>",
    "payment_id":"<payment id>",
    "payment_created_at":"<time>",
    "payment_created_at_iso":"<iso time>",
    "merchant_order_id":"A-1",
    "description":"Choy",
    "provider":"payme",
    "provider_transaction":"<payme id>",
    "returned_by":"provider"}]}
    "#);
    let reply = world.get(&format!("/api/get_events?{LIVE}&cursor={}", reply.text("next_cursor"))).await;
    let json = reply.json();
    assert_eq!(json["events"][0]["type"], "payment.paid");
    assert_eq!(
        (&json["limit"], &json["has_more"], &json["next_cursor"]),
        (&json!(50), &json!(false), &json!(null))
    );
}

#[tokio::test]
async fn an_operators_action_shows_its_reference_and_no_payment() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    done(&world, json!({"command": "settle_payment", "order_id": order, "reference": "bank 1"})).await;
    world.clock.advance_ms(10);
    done(
        &world,
        json!({"command": "record_payout", "shop_id": "201", "amount": "400", "reference": "payout 1"}),
    )
    .await;
    let json = world.get(&format!("/api/get_events?{LIVE}")).await.json();
    let payout = &json["events"][0];
    assert_eq!((&payout["type"], &payout["reference"]), (&json!("payout.recorded"), &json!("payout 1")));
    assert_eq!(payout["net_formatted"], "-400.00 UZS");
    for absent in ["order_id", "payment_created_at", "payment_created_at_iso", "provider", "reason"] {
        assert_eq!(payout.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn ten_thousand_events_cost_the_same_on_every_page() {
    let world = World::start().await;
    fill(&world, start(&world), 10_000, PLAIN).await;
    world.proxy.take_calls();
    let mut orders = Vec::new();
    for order in ["newest", "oldest"] {
        let (mut seen, mut costs, mut cursor) = (Vec::new(), HashSet::new(), String::new());
        loop {
            let page = page(&world, &format!("limit=100&order={order}{cursor}")).await;
            let calls = world.proxy.take_calls();
            assert_eq!(calls.len(), 2);
            let read = units(&calls).read;
            assert!(read <= 12.0, "{read}");
            // The last page is one row shorter to read.
            if page["has_more"] == true {
                costs.insert(read.to_string());
            }
            seen.extend(ids(page["events"].as_array().unwrap()));
            if page["has_more"] == false {
                break;
            }
            cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap());
        }
        assert_eq!((seen.len(), costs.len()), (10_000, 1), "{costs:?}");
        eprintln!("{order}: {costs:?}");
        orders.push(seen);
    }
    orders[1].reverse();
    assert_eq!(orders[0], orders[1]);
    assert!(orders[0].is_sorted_by(|a, b| a > b));
}

#[tokio::test]
async fn a_page_looks_at_a_thousand_events_at_most() {
    let world = World::start().await;
    let (start, shop) = (start(&world), ShopId::parse("102").unwrap());
    fill(&world, start.plus_ms(10), 2_500, PLAIN).await;
    let note = ActionNote { reference: Reference::parse("1").unwrap(), reason: None };
    let amount = SignedTiyin::new(-100);
    let rare = Event::of_action(&shop, Mode::Test, EventType::PayoutRecorded, amount, note, start);
    put(&world, [rare].into_iter());
    world.proxy.take_calls();

    let (mut pages, mut found, mut cursor) = (0, 0, String::new());
    loop {
        let page = page(&world, &format!("limit=10&type=payout.recorded{cursor}")).await;
        let calls = world.proxy.take_calls();
        assert!(calls.len() <= 9 && units(&calls).read < 150.0, "{} calls {:?}", calls.len(), units(&calls));
        pages += 1;
        found += page["count"].as_u64().unwrap();
        let Some(next) = page["next_cursor"].as_str() else { break };
        assert_eq!((&page["has_more"], &page["count"]), (&json!(true), &json!(0)));
        cursor = format!("&cursor={next}");
    }
    assert_eq!((pages, found), (3, 1));
    // A type that is not rare takes one read.
    page(&world, "limit=100&type=payment.paid").await;
    assert_eq!(world.proxy.take_calls().len(), 2);
}

#[tokio::test]
async fn a_reader_of_the_oldest_first_never_misses_an_event() {
    let world = World::start().await;
    let empty = world.shop("get_events", "order=oldest").await.json();
    assert_eq!((&empty["count"], &empty["has_more"]), (&json!(0), &json!(false)));
    let mut cursor = empty["next_cursor"].as_str().unwrap().to_owned();
    let mut copied = Vec::new();
    for _ in 0..8 {
        pay(&world, "amount=1000").await;
        world.clock.advance_ms(5_000);
        let page = world.shop("get_events", &format!("order=oldest&limit=2&cursor={cursor}")).await.json();
        let now = world.stack.service.clock.now();
        for event in page["events"].as_array().unwrap() {
            let occurred_at: i64 = event["event_id"].as_str().unwrap()[4..17].parse().unwrap();
            assert!(occurred_at < now.plus_ms(-15_000).get());
        }
        copied.extend(ids(page["events"].as_array().unwrap()));
        cursor = page["next_cursor"].as_str().unwrap().to_owned();
    }
    assert_eq!(copied.len(), 5);
    world.clock.advance_ms(20_000);
    let page = world.shop("get_events", &format!("order=oldest&cursor={cursor}")).await.json();
    copied.extend(ids(page["events"].as_array().unwrap()));
    assert_eq!(copied, ids(&all_events(&world, "order=oldest").await));
    assert_eq!(copied.len(), 8);
    // The newest are shown as soon as they are committed.
    let newest = pay(&world, "amount=1000").await;
    assert_eq!(world.shop("get_events", "limit=1").await.json()["events"][0]["order_id"], newest);
    assert_eq!(stored_events(&world).await.len(), 9);
}

#[tokio::test]
async fn days_are_those_of_tashkent() {
    let world = World::start().await;
    let midnight = Day::parse("2026-12-01").unwrap().start();
    // A payment is paid a millisecond after it was created, at the earliest.
    world.clock.set(midnight.plus_ms(-2));
    let november = pay(&world, "amount=1000").await;
    world.clock.set(midnight);
    let december = pay(&world, "amount=2000").await;
    let orders = async |parameters: &str| -> Vec<String> {
        let events = all_events(&world, parameters).await;
        events.iter().map(|event| event["order_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(orders("to=2026-11-30").await, std::slice::from_ref(&november));
    assert_eq!(orders("from=2026-12-01").await, std::slice::from_ref(&december));
    assert_eq!(orders("from=2026-12-01&to=2026-12-01").await, std::slice::from_ref(&december));
    assert_eq!(orders("from=1970-01-01&to=9999-12-31").await, [december, november]);
    assert_eq!(orders("from=2026-12-02").await, [""; 0]);
    // A cursor is a position only: outside of the days it shows nothing, or all.
    let cursor = world.shop("get_events", "limit=1").await.text("next_cursor");
    let before = world.shop("get_events", &format!("from=2026-12-01&cursor={cursor}")).await.json();
    assert_eq!((&before["count"], &before["has_more"]), (&json!(0), &json!(false)));
    let after = world.shop("get_events", &format!("to=2026-11-30&cursor={cursor}")).await.json();
    assert_eq!(after["count"], 1);
}

#[tokio::test]
async fn bad_input_is_refused_before_the_store_is_asked() {
    let world = World::start().await;
    let payments = world.shop("get_payments", "limit=1").await.text("next_cursor");
    let export = {
        fill(&world, start(&world), 10_001, PLAIN).await;
        let reply = world.get(&format!("/api/export_events?{SHOP_102}")).await;
        reply.headers["x-next-cursor"].to_str().unwrap().to_owned()
    };
    let own = page(&world, "limit=1").await["next_cursor"].as_str().unwrap().to_owned();
    world.proxy.take_calls();
    for (endpoint, name, value, code) in [
        ("get_events", "from", "2026-02-30", "invalid_parameter"),
        ("get_events", "to", "2026-13-01", "invalid_parameter"),
        ("get_events", "from", "24.11.2026", "invalid_parameter"),
        ("get_events", "type", "payment", "invalid_parameter"),
        ("get_events", "type", "payment.expired", "invalid_parameter"),
        ("get_events", "order", "asc", "invalid_parameter"),
        ("get_events", "limit", "101", "invalid_limit"),
        ("get_events", "limit", "0", "invalid_limit"),
        ("get_events", "cursor", "x", "invalid_cursor"),
        ("get_events", "cursor", "", "invalid_cursor"),
        ("get_events", "cursor", &payments, "invalid_cursor"),
        ("get_events", "cursor", &export, "invalid_cursor"),
        ("export_events", "cursor", &payments, "invalid_cursor"),
        ("export_events", "cursor", &own, "invalid_cursor"),
        ("export_events", "format", "xlsx", "invalid_parameter"),
        ("export_events", "lang", "de", "invalid_parameter"),
        ("export_events", "from", "2026-02-30", "invalid_parameter"),
        ("get_payments", "cursor", &own, "invalid_cursor"),
        ("get_payments", "cursor", &export, "invalid_cursor"),
        ("get_report", "from", "2026-02-30", "invalid_parameter"),
        ("get_report", "to", "0000-00-00", "invalid_parameter"),
        ("get_report", "from", "9999-12-31", "invalid_parameter"),
    ] {
        let what = format!("{endpoint} {name}={value}");
        assert_refused(&world.shop(endpoint, &format!("{name}={}", encoded(value))).await, code, &what);
    }
    for endpoint in ["get_events", "get_report", "export_events"] {
        let reversed = world.shop(endpoint, "from=2026-11-25&to=2026-11-24").await;
        assert_refused(&reversed, "invalid_parameter", endpoint);
        assert_eq!(reversed.text("error"), "to must be from or a later day");
    }
    assert!(world.shop("get_report", "from=2025-01-01&to=2026-01-01").await.json()["success"] == true);
    world.proxy.take_calls();
    let many = world.shop("get_report", "from=2025-01-01&to=2026-01-02").await;
    assert_refused(&many, "invalid_parameter", "367 days");
    assert_eq!(world.proxy.take_calls().len(), 0);

    // A cursor of another shop only positions inside the caller's own journal.
    let foreign = world.shop("get_events", &format!("cursor={own}")).await.json();
    assert_eq!((&foreign["shop_id"], &foreign["count"]), (&json!("101"), &json!(0)));
}
