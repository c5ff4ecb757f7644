//! create_payment refuses a shop that creates too many payments, and no other shop.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use runners::client::{self, Reply};
use serde_json::json;
use shared::domain::{rate_limit::DefaultLimits, time::UnixMillis};
use suite::{
    store_proxy::{Call, Fault, on, units},
    world::{SHOP_101, SHOP_102, World},
};
use tokio::task::JoinSet;

use crate::support::{merchant::assert_refused, operator::done};

/// The beginning of a minute.
const MINUTE: i64 = 1_795_503_600_000;

fn create(shop: &str) -> String {
    format!("/api/create_payment?{shop}&amount=1000")
}

/// A world with the limits of a deployment, at the beginning of a minute. The test shops are as
/// private as a merchant's.
async fn world() -> World {
    let world = World::start_with(|options| options.settings.limits = DefaultLimits::default()).await;
    world.clock.set(UnixMillis::new(MINUTE).unwrap());
    set_access(&world, "101", "private").await;
    set_access(&world, "102", "private").await;
    world
}

async fn set_access(world: &World, shop_id: &str, access: &str) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let update = world.tables.update_item().table_name("shops").key("shop_id", text(shop_id));
    let update = update.key("record", text("profile")).update_expression("SET access = :access");
    update.expression_attribute_values(":access", text(access)).send().await.unwrap();
}

async fn set_limit(world: &World, shop_id: &str, per_second: u32, per_minute: u32) {
    let command = json!({"command": "set_rate_limit", "shop_id": shop_id, "per_second": per_second, "per_minute": per_minute});
    done(world, command).await;
}

fn passed(reply: &Reply) -> bool {
    match reply.error_code().as_str() {
        "" => true,
        "rate_limited" => false,
        _ => panic!("{reply:?}"),
    }
}

fn assert_limited(reply: &Reply, seconds: u64) {
    assert_refused(reply, "rate_limited", "limited");
    assert_eq!(reply.headers["retry-after"], seconds.to_string().as_str());
    let unit = if seconds == 1 { "second" } else { "seconds" };
    assert_eq!(
        reply.text("error"),
        format!("The shop creates too many payments; try again in {seconds} {unit}")
    );
}

/// Sends one after another. Returns how many passed.
async fn passed_of(world: &World, shop: &str, calls: usize) -> usize {
    let mut count = 0;
    for _ in 0..calls {
        count += usize::from(passed(&world.get(&create(shop)).await));
    }
    count
}

/// Checks that both instances together let `limit` calls through. On top come at most the five calls
/// of an instance that the counter did not know, and, when a busy machine's counter did not answer
/// in time, what it would have leased.
fn assert_a_minute(passed: usize, limit: usize, worlds: [&World; 2]) {
    let lines = worlds.into_iter().flat_map(|world| world.log.take_lines());
    let unanswered = lines.filter(|line| line["outcome"] == "rate_limit_open").count();
    assert!((limit..=limit + 10 + 10 * unanswered).contains(&passed), "{passed}, {unanswered} unanswered");
}

/// The calls to the table `limits`.
fn leases(calls: &[Call]) -> usize {
    calls.iter().filter(|call| call.tables == ["limits"]).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_creates_twenty_payments_a_second_and_its_repeats_count() {
    let world = world().await;
    let before = world.count_payments().await;
    let repeat = format!("{}&idempotency_key=same", create(SHOP_101));
    for _ in 0..10 {
        assert!(passed(&world.get(&repeat).await));
    }
    assert_eq!(passed_of(&world, SHOP_101, 15).await, 10);
    assert_eq!(world.count_payments().await - before, 11);
    assert_limited(&world.get(&repeat).await, 1);
    world.clock.advance_ms(1_000);
    assert!(passed(&world.get(&repeat).await));
    // Only creating is limited.
    assert_eq!(world.shop("get_balance", "").await.json()["success"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_with_a_published_key_creates_two_a_second_and_120_a_minute() {
    let world = world().await;
    set_access(&world, "102", "public").await;
    for _ in 0..59 {
        assert_eq!(passed_of(&world, SHOP_102, 3).await, 2);
        world.clock.advance_ms(1_000);
    }
    // The counter has the 118 calls, and at most two more.
    assert_eq!(passed_of(&world, SHOP_102, 2).await, 2);
    assert_eq!(passed_of(&world, SHOP_102, 1).await, 0);
    // An operator's number comes first.
    world.clock.advance_ms(1_000);
    set_limit(&world, "102", 7, 600).await;
    assert_eq!(passed_of(&world, SHOP_102, 9).await, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_together_let_a_minute_s_payments_through() {
    let first = world().await;
    let second = World::beside(&first).await;
    set_limit(&first, "101", 10_000, 60).await;
    let mut count = 0;
    for _ in 0..12 {
        count += passed_of(&first, SHOP_101, 3).await + passed_of(&second, SHOP_101, 7).await;
    }
    assert_a_minute(count, 60, [&first, &second]);
    first.clock.advance_ms(20_500);
    for world in [&first, &second] {
        assert_limited(&world.get(&create(SHOP_101)).await, 40);
        // Whoever knows that the minute is used up does not ask again.
        world.proxy.take_calls();
        assert_eq!(passed_of(world, SHOP_101, 3).await, 0);
        assert_eq!(leases(&world.proxy.take_calls()), 0);
    }
    first.clock.advance_ms(39_500);
    assert_eq!(passed_of(&second, SHOP_101, 10).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_on_two_instances_gets_a_minute_s_payments_too() {
    let first = world().await;
    let second = World::beside(&first).await;
    set_limit(&first, "101", 10_000, 50).await;
    let before = first.count_payments().await;
    let mut count = 0;
    for _ in 0..20 {
        let mut calls = JoinSet::new();
        for number in 0..8 {
            let world = if number % 2 == 0 { &first } else { &second };
            let url = format!("{}{}", world.stack.url(), create(SHOP_101));
            calls.spawn(async move { passed(&client::get(&url, &[]).await.unwrap()) });
        }
        count += calls.join_all().await.into_iter().filter(|passed| *passed).count();
    }
    assert_a_minute(count, 50, [&first, &second]);
    assert_eq!(first.count_payments().await - before, count);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_floods_neither_refuses_nor_slows_another() {
    let world = world().await;
    let gate = world.proxy.gate(on("UpdateItem").table("limits"));
    let mut flood = JoinSet::new();
    for _ in 0..60 {
        let url = format!("{}{}", world.stack.url(), create(SHOP_101));
        flood.spawn(async move { passed(&client::get(&url, &[]).await.unwrap()) });
    }
    // The flood waits for its counter. The other shop's payments do not.
    gate.reached().await;
    assert_eq!(passed_of(&world, SHOP_102, 5).await, 5);
    drop(gate);
    let flooded = flood.join_all().await.into_iter().filter(|passed| *passed).count();
    assert_eq!(flooded, 20);
    assert_eq!(passed_of(&world, SHOP_101, 5).await, 0);
    assert_eq!(passed_of(&world, SHOP_102, 20).await, 15);
}

#[tokio::test]
async fn only_a_call_that_leases_costs_more() {
    let world = world().await;
    let mut trips = Vec::new();
    for _ in 0..17 {
        world.proxy.take_calls();
        assert!(passed(&world.get(&create(SHOP_101)).await));
        let calls = world.proxy.take_calls();
        let lease = leases(&calls);
        assert_eq!((units(&calls).read, units(&calls).write), (1.0, if lease == 1 { 3.0 } else { 2.0 }));
        assert_eq!(calls.len(), 2 + lease);
        trips.push(calls.len());
    }
    // Five calls by itself, a lease of six, then leases of ten.
    assert_eq!(trips, [2, 2, 2, 2, 2, 3, 2, 2, 2, 2, 2, 3, 2, 2, 2, 2, 2]);
    let item = world.tables.scan().table_name("limits").send().await.unwrap().items.unwrap();
    let [item] = &item[..] else { panic!("{item:?}") };
    assert_eq!(item["limit_key"].as_s().unwrap(), &format!("rate#101#{}", MINUTE / 60_000));
    assert_eq!(item["tokens"].as_n().unwrap(), "21");
    // The end of the minute and ten minutes, in seconds, as DynamoDB wants them to delete the item.
    assert_eq!(item["ends_at"].as_n().unwrap(), &(MINUTE / 1000 + 660).to_string());
}

#[tokio::test]
async fn strangers_write_nothing() {
    let world = world().await;
    done(&world, json!({"command": "disable_shop", "shop_id": "102"})).await;
    for _ in 0..10 {
        world.get("/api/create_payment?shop_id=101&shop_key=wrong&amount=1000").await;
        world.get("/api/create_payment?shop_id=999&shop_key=wrong&amount=1000").await;
        assert_eq!(world.get(&create(SHOP_102)).await.error_code(), "shop_inactive");
    }
    assert_eq!(leases(&world.proxy.take_calls()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_created_although_its_counter_fails() {
    for fault in [Fault::Hang, Fault::Throttle, Fault::InternalError, Fault::LoseRequest, Fault::LoseAnswer] {
        let world = world().await;
        set_limit(&world, "101", 10_000, 600).await;
        world.proxy.inject(fault, on("UpdateItem").table("limits"));
        assert_eq!(passed_of(&world, SHOP_101, 5).await, 5);
        world.log.take_lines();
        world.proxy.take_calls();
        let started = Instant::now();
        assert_eq!(passed_of(&world, SHOP_101, 1).await, 1, "{fault:?}");
        // The counter has 200 ms, and is asked once. The rest is for a busy machine.
        assert!(started.elapsed() < Duration::from_millis(900), "{fault:?}: {:?}", started.elapsed());
        let calls = world.proxy.take_calls();
        assert_eq!(leases(&calls), 1, "{fault:?}: {calls:?}");
        let lines = world.log.take_lines();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(
            (&lines[0]["level"], &lines[0]["outcome"], &lines[0]["shop_id"]),
            (&json!("warn"), &json!("rate_limit_open"), &json!("101"))
        );
        assert_eq!(lines[1]["outcome"], "ok");
        // The next calls do not wait for it again.
        assert_eq!(passed_of(&world, SHOP_101, 5).await, 5);
        assert_eq!(leases(&world.proxy.take_calls()), 0, "{fault:?}");
        // When it answers again, it learns of all calls.
        world.proxy.heal();
        assert_eq!(passed_of(&world, SHOP_101, 1).await, 1);
        let item = world.tables.scan().table_name("limits").send().await.unwrap().items.unwrap();
        let lost = if fault == Fault::LoseAnswer { 11 } else { 0 };
        assert_eq!(item[0]["tokens"].as_n().unwrap(), &(11 + 10 + lost).to_string(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_corrupt_counter_refuses_nobody() {
    for tokens in [
        AttributeValue::S("many".to_owned()),
        AttributeValue::N("-1000".to_owned()),
        AttributeValue::N("1.5".to_owned()),
        AttributeValue::N("9e99".to_owned()),
    ] {
        let world = world().await;
        let put = world.tables.put_item().table_name("limits").item("tokens", tokens);
        let key = AttributeValue::S(format!("rate#101#{}", MINUTE / 60_000));
        put.item("limit_key", key).send().await.unwrap();
        assert_eq!(passed_of(&world, SHOP_101, 20).await, 20);
    }
}
