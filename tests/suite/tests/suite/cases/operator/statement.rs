//! Comparing a provider's statement with our attempts.

use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    store_proxy::units,
    world::{SHOP_101, World},
};

use crate::support::{
    operator::{ask, complete, done, perform, refund, refused, with},
    providers::{DAY_MS, HOUR_MS, MINUTE_MS, held_by_click, held_by_payme, live_order, order_of, payme},
};

fn compare(provider: &str, day: &str, entries: Value) -> Value {
    json!({"command": "compare_statement", "provider": provider, "day": day, "entries": entries})
}

fn entry(id: &str, amount: &str, state: i8) -> Value {
    json!({"id": id, "amount": amount, "state": state})
}

fn today(world: &World) -> String {
    world.stack.service.clock.now().tashkent()[..10].to_owned()
}

/// Moves the clock to 00:30 of the next day in Tashkent, when it is still the day before in UTC.
fn begin_a_day(world: &World) {
    let now = world.stack.service.clock.now().get() + 5 * HOUR_MS;
    world.clock.advance_ms(DAY_MS - now % DAY_MS + 30 * MINUTE_MS);
}

async fn paid_by_payme(world: &World) -> String {
    let id = held_by_payme(world, Mode::Live, &live_order(world).await).await;
    perform(world, Mode::Live, &id).await;
    id
}

async fn paid_by_click(world: &World) -> (String, String) {
    let order_id = live_order(world).await;
    let fields = held_by_click(world, &order_id).await;
    complete(world, &fields).await;
    (order_id, fields.click_trans_id)
}

const NOTHING: [&str; 3] = ["missing_here", "missing_there", "different"];

fn assert_equal(answer: &Value) {
    for list in NOTHING {
        assert_eq!(answer[list], json!([]), "{list}: {answer}");
    }
    assert_eq!(answer["truncated"], false);
}

#[tokio::test]
async fn a_statement_of_payme_is_compared_with_the_whole_tashkent_day() {
    let world = World::with_live_shop().await;
    begin_a_day(&world);
    let day = today(&world);
    let early = paid_by_payme(&world).await;
    world.clock.advance_ms(12 * HOUR_MS);
    let refunded = paid_by_payme(&world).await;
    payme(&world, Mode::Live).cancel(&refunded, 5).await.unwrap();
    // Neither of these moved money.
    held_by_payme(&world, Mode::Live, &live_order(&world).await).await;
    let cancelled = held_by_payme(&world, Mode::Live, &live_order(&world).await).await;
    payme(&world, Mode::Live).cancel(&cancelled, 3).await.unwrap();
    // Test money is no part of it, nor is Click's.
    let id = held_by_payme(&world, Mode::Test, &order_of(&world, SHOP_101).await).await;
    perform(&world, Mode::Test, &id).await;
    paid_by_click(&world).await;
    world.clock.advance_ms(DAY_MS);
    paid_by_payme(&world).await;

    let right = json!([entry(&early, "1000", 2), entry(&refunded, "1000.00", -2)]);
    assert_equal(&done(&world, compare("payme", &day, right.clone())).await);
    let with_cancelled = json!([right[0], right[1], entry(&cancelled, "1000", -1)]);
    assert_equal(&done(&world, compare("payme", &day, with_cancelled)).await);

    let wrong = json!([entry(&refunded, "1000.01", 2), entry("nobody", "5", 2)]);
    let answer = done(&world, compare("payme", &day, wrong)).await;
    assert_eq!(answer["missing_here"], json!([{"id": "nobody", "amount": 5.0, "state": 2}]));
    let missing = answer["missing_there"].as_array().unwrap();
    assert_eq!((missing.len(), &missing[0]["id"], &missing[0]["state"]), (1, &json!(early), &json!(2)));
    assert!(missing[0]["time"].as_str().unwrap().starts_with(&day), "{answer}");
    let different = answer["different"].as_array().unwrap();
    assert_eq!(different.len(), 1, "{answer}");
    assert_eq!(
        [
            &different[0]["amount"],
            &different[0]["state"],
            &different[0]["their_amount"],
            &different[0]["their_state"]
        ],
        [&json!(1000.0), &json!(-2), &json!(1000.01), &json!(2)]
    );
    // The entry of an attempt of another day is known all the same.
    let next = done(&world, compare("payme", "2020-01-01", right)).await;
    assert_equal(&next);
}

#[tokio::test]
async fn a_statement_of_click_is_compared_by_our_time() {
    let world = World::with_live_shop().await;
    begin_a_day(&world);
    let day = today(&world);
    let (_, early) = paid_by_click(&world).await;
    world.clock.advance_ms(23 * HOUR_MS);
    let (order_id, late) = paid_by_click(&world).await;
    held_by_click(&world, &live_order(&world).await).await;
    world.clock.advance_ms(HOUR_MS);
    let (_, next) = paid_by_click(&world).await;
    let right = json!([entry(&early, "1000", 2), entry(&late, "1000", 2)]);
    assert_equal(&done(&world, compare("click", &day, right.clone())).await);
    let answer = done(&world, compare("click", &day, json!([entry(&late, "1000", 2)]))).await;
    assert_eq!(answer["missing_there"][0]["id"], early.as_str(), "{answer}");
    let answer = done(&world, compare("click", &today(&world), json!([]))).await;
    assert_eq!(answer["missing_there"][0]["id"], next.as_str(), "{answer}");
    // What Click reversed in its own cabinet is a difference until it is booked.
    let reversed = json!([entry(&early, "1000", 2), entry(&late, "1000", -2)]);
    let answer = done(&world, compare("click", &day, reversed.clone())).await;
    assert_eq!(answer["different"][0]["order_id"], order_id.as_str(), "{answer}");
    done(&world, with(refund(&order_id, "r"), &[("returned_by", json!("provider"))])).await;
    assert_equal(&done(&world, compare("click", &day, reversed)).await);
}

#[tokio::test]
async fn a_statement_of_another_form_is_refused_before_the_store_is_asked() {
    let world = World::with_live_shop().await;
    world.proxy.take_calls();
    let ok = || entry("1", "1000", 2);
    for (provider, entries) in [
        ("click", json!([ok(), ok()])),
        ("click", json!([entry("01", "1000", 2)])),
        ("click", json!([entry("+1", "1000", 2)])),
        ("click", json!([entry("9223372036854775808", "1000", 2)])),
        ("payme", json!([entry("", "1000", 2)])),
        ("payme", json!([entry(&"a".repeat(65), "1000", 2)])),
        ("payme", json!([entry("1", "-1000", 2)])),
        ("payme", json!([entry("1", "1000", 3)])),
        ("payme", json!([{"id": "1", "amount": 1000, "state": 2}])),
        ("payme", json!([{"id": 1, "amount": "1000", "state": 2}])),
        ("payme", json!([{"id": "1", "amount": "1000", "state": 2, "more": 1}])),
        ("payme", json!([{"id": "1", "amount": "1000"}])),
        ("payme", json!({})),
        ("payme", json!(vec![ok(); 20_001])),
        ("uzum", json!([])),
    ] {
        assert_eq!(refused(&world, compare(provider, "2026-11-24", entries)).await, "invalid_field");
    }
    assert_eq!(refused(&world, compare("payme", "2026-11-31", json!([]))).await, "invalid_field");
    assert!(world.proxy.take_calls().is_empty());
}

/// The largest statement, of which nothing is known here.
#[tokio::test(flavor = "multi_thread")]
async fn the_largest_statement_is_compared_and_its_answer_is_bounded() {
    let world = World::with_live_shop().await;
    begin_a_day(&world);
    let ours = paid_by_payme(&world).await;
    let mut entries: Vec<Value> =
        (0..19_999).map(|number| entry(&format!("{number:064}"), "999999999.99", -2)).collect();
    entries.push(entry(&ours, "1000", 2));
    let command = compare("payme", &today(&world), json!(entries));
    assert!(command.to_string().len() < 6 * 1024 * 1024);
    world.proxy.take_calls();
    let answer = ask(&world, command).await;
    assert_eq!((&answer["success"], &answer["truncated"]), (&json!(true), &json!(true)));
    assert_eq!(answer["missing_here"].as_array().unwrap().len(), 1000);
    assert_eq!((&answer["missing_there"], &answer["different"]), (&json!([]), &json!([])));
    let calls = world.proxy.take_calls();
    assert_eq!(
        calls.iter().filter(|call| call.action == "BatchGetItem").count(),
        200,
        "{}",
        units(&calls).read
    );
}
