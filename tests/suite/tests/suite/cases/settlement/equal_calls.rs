//! Equal calls at once. A provider acts on every answer that it gets, so no two answers may
//! contradict each other.

use std::{sync::Arc, time::Duration};

use runners::client::Reply;
use suite::{
    invariants,
    store_proxy::{Gate, on},
    world::World,
};
use tokio::task::JoinSet;

use crate::support::acts::{Act, Ready, money, prepare};

/// The part of the whole test that a run takes. 1 is the whole: 200 payments with 4 calls each, and
/// 100 with 8.
const PART: usize = 10;
const BEGUN: usize = 200 / PART;
const ENDED: usize = 100 / PART;

/// Equal calls arrive within this many milliseconds, closer together for some payments than for
/// others. A provider's repeat overlaps only a part of its first call.
const SPREAD_MS: usize = 20;

/// Sends `count` equal calls at once for each of `orders` payments. Returns the answers.
async fn at_once(act: Act, orders: usize, count: usize) -> Vec<(Ready, Vec<Reply>)> {
    let world = Arc::new(World::with_live_shop().await);
    let before = money(&world).await;
    let mut all = Vec::new();
    for order in 0..orders {
        let ready = Arc::new(prepare(&world, act).await);
        let mut calls = JoinSet::new();
        for number in 0..count {
            let (world, ready) = (Arc::clone(&world), Arc::clone(&ready));
            let delay = Duration::from_millis((number * SPREAD_MS / count * (order % 8) / 8) as u64);
            calls.spawn(async move {
                tokio::time::sleep(delay).await;
                ready.send(&world).await
            });
        }
        let answers = calls.join_all().await;
        all.push((Arc::into_inner(ready).unwrap(), answers));
    }
    invariants::check(&world.tables).await;
    // `prepare` paid what is refunded here.
    let moved = if act == Act::Refund { 0 } else { act.moves() * i64::try_from(orders).unwrap() };
    assert_eq!(money(&world).await - before, moved);
    all
}

/// Checks that all answers are equal and say that the act was done.
async fn agree(act: Act, orders: usize, count: usize) {
    let mut wrong = Vec::new();
    for (ready, answers) in at_once(act, orders, count).await {
        if !answers.iter().all(|answer| *answer == answers[0] && ready.is_done(answer)) {
            wrong.push(format!("{answers:?}"));
        }
    }
    assert!(wrong.is_empty(), "{act:?}: {} of {orders} orders\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_equal_creates_agree() {
    agree(Act::Begin, BEGUN, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_equal_prepares_agree() {
    agree(Act::Prepare, BEGUN, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_equal_performs_agree() {
    agree(Act::Perform, ENDED, 8).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_equal_cancels_agree() {
    for act in [Act::CancelHold, Act::Refund, Act::CompleteCancelled] {
        agree(act, ENDED, 8).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_equal_completes_one_is_the_first() {
    for (_, answers) in at_once(Act::Complete, ENDED, 8).await {
        let mut errors: Vec<_> =
            answers.iter().map(|answer| answer.json()["error"].as_i64().unwrap()).collect();
        errors.sort_unstable();
        assert_eq!(errors, [-4, -4, -4, -4, -4, -4, -4, 0]);
    }
}

/// Sends a repeat of `act` whose two reads wait at the gates while its first call runs.
async fn around_the_first_call(
    world: &World,
    act: Act,
    gates: impl Fn(&World) -> [Gate; 2],
) -> Option<String> {
    let ready = prepare(world, act).await;
    let gates = gates(world);
    let first = async {
        tokio::join!(gates[0].reached(), gates[1].reached());
        let first = ready.send(world).await;
        gates.iter().for_each(Gate::open);
        first
    };
    let (repeat, first) = tokio::join!(ready.send(world), first);
    let agree = ready.is_done(&first) && repeat == first;
    (!agree).then(|| format!("{act:?}: {}, and the first call got {}", repeat.body, first.body))
}

/// Attempt and payment are read at the same time, so one read may come before the first call and
/// the other after it.
#[tokio::test]
async fn a_repeat_that_reads_around_its_first_call_agrees_with_it() {
    let world = World::with_live_shop().await;
    let read = |table| on("GetItem").table(table).times(1);
    let mut problems = Vec::new();
    for act in [Act::Begin, Act::TakeOver, Act::Prepare] {
        let payment_first = |world: &World| {
            [world.proxy.gate_answers(read("payments")), world.proxy.gate(read("transactions"))]
        };
        let attempt_first = |world: &World| {
            [world.proxy.gate_answers(read("transactions")), world.proxy.gate(read("payments"))]
        };
        problems.extend(around_the_first_call(&world, act, payment_first).await);
        problems.extend(around_the_first_call(&world, act, attempt_first).await);
    }
    problems.extend(invariants::problems(&world.tables).await);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
