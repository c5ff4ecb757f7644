//! `repair` of a shop that is in business, and of a large one.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use suite::{invariants, world::World};

use crate::support::{
    operator::{ask_within, cancel, done, order, paid, payout},
    snapshot::{Place, Snapshot},
};

fn repair(reference: &str) -> Value {
    json!({"command": "repair", "shop_id": "201", "reference": reference})
}

/// Takes the events of these types away.
async fn lose(world: &World, whole: &Snapshot, kept: impl Fn(&Place) -> bool) {
    let lost: Vec<Place> = whole.places().filter(|place| place.0 == "events" && !kept(place)).collect();
    whole.without(&lost).restore(world).await;
}

/// Repairs while ten payments a second are settled.
async fn repair_beside_settlements(world: &World, reference: &str) -> Value {
    let stop = AtomicBool::new(false);
    let business = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        while !stop.load(Ordering::Relaxed) {
            ticks.tick().await;
            world.clock.advance_ms(100);
            paid(world, "1000").await;
        }
    };
    let repaired = async {
        let answer = done(world, repair(reference)).await;
        stop.store(true, Ordering::Relaxed);
        answer
    };
    tokio::join!(repaired, business).0
}

/// Ten settlements a second go on while half a journal is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_shop_in_business_is_repaired() {
    let world = World::with_live_shop().await;
    for _ in 0..20 {
        paid(&world, "1000").await;
        world.clock.advance_ms(1000);
    }
    done(&world, payout("300", "p")).await;
    world.clock.advance_ms(60_000);
    let whole = Snapshot::take(&world).await;
    lose(&world, &whole, |place| place.1.ends_with('0')).await;
    let answer = repair_beside_settlements(&world, "r").await;
    assert_eq!((&answer["after"], &answer["in_motion"]), (&json!([]), &json!(false)), "{answer}");
    assert_eq!(answer["next_cursor"], json!(null), "{answer}");
    invariants::check(&world.tables).await;
}

/// The balance is wrong, and nothing else, while settlements go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_balance_that_moves_is_read_again() {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    world.clock.advance_ms(60_000);
    let update = world.tables.update_item().table_name("shops").key("shop_id", S("201".to_owned()));
    let update = update
        .key("record", S("balance".to_owned()))
        .update_expression("ADD balance :more, paid_total :more");
    update.expression_attribute_values(":more", N("777".to_owned())).send().await.unwrap();
    let answer = repair_beside_settlements(&world, "r").await;
    assert_eq!((&answer["changes"], &answer["after"]), (&json!(1), &json!([])), "{answer}");
    invariants::check(&world.tables).await;
}

/// Two repairs at the same time put each event once, and end with the same balance.
#[tokio::test(flavor = "multi_thread")]
async fn two_repairs_at_the_same_time() {
    let world = World::with_live_shop().await;
    for number in 0..8 {
        paid(&world, "1000").await;
        done(&world, cancel(&order(&world, "1000").await, &format!("c-{number}"))).await;
    }
    world.clock.advance_ms(60_000);
    let whole = Snapshot::take(&world).await;
    lose(&world, &whole, |_| false).await;
    let (one, other) = tokio::join!(done(&world, repair("a")), done(&world, repair("b")));
    let (same, again) = tokio::join!(done(&world, repair("a")), done(&world, repair("b")));
    assert_eq!((&one, &other), (&same, &again));
    let changes = one["changes"].as_u64().unwrap() + other["changes"].as_u64().unwrap();
    // The balance agreed all the time, so only the events were lost.
    assert_eq!(changes, 16, "{one} {other}");
    let answer = done(&world, repair("c")).await;
    assert_eq!((&answer["changes"], &answer["before"]), (&json!(0), &json!([])), "{answer}");
    invariants::check(&world.tables).await;
}

/// With hardly any time, each call takes one step. The cursor leads to the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_repair_goes_on_from_its_cursor() {
    let world = World::with_live_shop().await;
    for _ in 0..5 {
        paid(&world, "1000").await;
    }
    done(&world, payout("300", "p")).await;
    world.clock.advance_ms(60_000);
    let whole = Snapshot::take(&world).await;
    lose(&world, &whole, |_| false).await;
    let (mut command, mut calls) = (repair("r"), 0);
    let answer = loop {
        let answer = ask_within(&world, &command, Duration::from_secs(14)).await;
        calls += 1;
        assert_eq!(answer["success"], true, "{answer}");
        if answer["next_cursor"].is_null() {
            break answer;
        }
        command["cursor"] = answer["next_cursor"].clone();
    };
    assert!(calls > 5, "{calls}");
    assert_eq!((&answer["changes"], &answer["after"]), (&json!(6), &json!([])), "{answer}");
    // A repeat needs no cursor.
    assert_eq!(done(&world, repair("r")).await, answer);
    invariants::check(&world.tables).await;
}
