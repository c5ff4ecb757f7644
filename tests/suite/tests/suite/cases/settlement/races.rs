//! Who wins when several want the same payment at once.

use runners::{
    click::Fields,
    client::Reply,
    payme::{Payme, new_id},
};
use shared::domain::mode::Mode;
use suite::{
    invariants,
    store_proxy::{Gate, on},
    world::{LIVE, SHOP_101, World},
};
use tokio::task::JoinSet;

use crate::support::providers::{
    AMOUNT, HOUR_MS, TIYIN, balance, click, code, error, held_by_click, held_by_payme, live_order, now,
    payme, result, status, test_order,
};

/// Holds every settlement until it is opened.
fn settlements(world: &World) -> Gate {
    world.proxy.gate(on("TransactWriteItems"))
}

/// Starts `count` performs of one transaction at once.
fn performs(payme: &Payme, id: &str, count: usize) -> JoinSet<Reply> {
    let mut set = JoinSet::new();
    for _ in 0..count {
        let (payme, id) = (payme.clone(), id.to_owned());
        set.spawn(async move { payme.perform(&id).await.unwrap() });
    }
    set
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_performs_at_once_pay_once() {
    let world = World::with_live_shop().await;
    let (payme, order) = (payme(&world, Mode::Test), test_order(&world).await);
    let id = held_by_payme(&world, Mode::Test, &order).await;
    let gate = settlements(&world);
    let calls = performs(&payme, &id, 50);
    gate.reached_by(50).await;
    gate.open();
    let answers = calls.join_all().await;
    assert_eq!(result(&answers[0], "state"), 2, "{:?}", answers[0]);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(balance(&world, SHOP_101).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_completes_at_once_pay_once_and_one_succeeds() {
    let world = World::with_live_shop().await;
    let (click, order) = (click(&world), live_order(&world).await);
    let complete = held_by_click(&world, &order).await;
    let gate = settlements(&world);
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let (click, complete) = (click.clone(), complete.clone());
        calls.spawn(async move { error(&click.post(&complete).await.unwrap()) });
    }
    gate.reached_by(50).await;
    gate.open();
    let mut answers = calls.join_all().await;
    answers.sort_unstable();
    assert_eq!((answers[48], answers[49]), (-4, 0));
    assert!(answers[..49].iter().all(|answer| *answer == -4));
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn performs_and_cancels_at_once_have_one_outcome() {
    let world = World::with_live_shop().await;
    let payme = payme(&world, Mode::Test);
    for _ in 0..4 {
        let order = test_order(&world).await;
        let id = held_by_payme(&world, Mode::Test, &order).await;
        let gate = settlements(&world);
        let performing = performs(&payme, &id, 8);
        let mut cancelling = JoinSet::new();
        for _ in 0..8 {
            let (payme, id) = (payme.clone(), id.clone());
            cancelling.spawn(async move { payme.cancel(&id, 3).await.unwrap() });
        }
        gate.reached_by(16).await;
        gate.open();
        let (performed, cancelled) = (performing.join_all().await, cancelling.join_all().await);
        // Either cancelled before it was paid, or paid and refunded; never both or in between.
        let state = result(&cancelled[0], "state");
        assert!(cancelled.iter().all(|answer| *answer == cancelled[0]), "{cancelled:?}");
        let paid = performed.iter().filter(|answer| code(answer) == 0).count();
        assert!(performed.iter().all(|answer| [0, -31008].contains(&code(answer))));
        assert!(state == -2 || (state == -1 && paid == 0), "{state} {paid}");
        assert_eq!(status(&world, &order).await, if state == -2 { "refunded" } else { "pending" });
        assert_eq!(balance(&world, SHOP_101).await, "0.00 UZS");
        invariants::check(&world.tables).await;
        world.proxy.heal();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_transactions_want_one_payment() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    let gate = settlements(&world);
    let mut calls = JoinSet::new();
    for number in 0..20 {
        let (payme, click, order, time) =
            (payme(&world, Mode::Live), click(&world), order.clone(), now(&world));
        calls.spawn(async move {
            if number % 2 == 0 {
                code(&payme.create(&new_id(), time, &order, TIYIN).await.unwrap())
            } else {
                error(&click.post(&Fields::new(&order, AMOUNT)).await.unwrap())
            }
        });
    }
    gate.reached_by(20).await;
    gate.open();
    let answers = calls.join_all().await;
    assert_eq!(answers.iter().filter(|answer| **answer == 0).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| [0, -31008, -9].contains(answer)), "{answers:?}");
    invariants::check(&world.tables).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_transaction_created_many_times_is_one() {
    let world = World::with_live_shop().await;
    let (order, id, time) = (test_order(&world).await, new_id(), now(&world));
    let gate = settlements(&world);
    let mut calls = JoinSet::new();
    for _ in 0..20 {
        let (payme, id, order) = (payme(&world, Mode::Test), id.clone(), order.clone());
        calls.spawn(async move { payme.create(&id, time, &order, TIYIN).await.unwrap() });
    }
    gate.reached_by(20).await;
    gate.open();
    let answers = calls.join_all().await;
    assert_eq!(code(&answers[0]), 0);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    invariants::check(&world.tables).await;
}

/// A perform that decides within its hold, and reaches the store after `change`.
async fn late_perform(world: &World, id: &str, change: impl AsyncFnOnce(&World)) -> Reply {
    let gate = world.proxy.gate(on("TransactWriteItems").times(1));
    let (payme, id) = (payme(world, Mode::Test), id.to_owned());
    let performing = tokio::spawn(async move { payme.perform(&id).await.unwrap() });
    gate.reached().await;
    change(world).await;
    gate.open();
    performing.await.unwrap()
}

#[tokio::test]
async fn a_perform_that_comes_after_a_take_over_pays_nothing() {
    let world = World::with_live_shop().await;
    let order = test_order(&world).await;
    let id = held_by_payme(&world, Mode::Test, &order).await;
    let answer = late_perform(&world, &id, async |world| {
        world.clock.advance_ms(12 * HOUR_MS);
        held_by_payme(world, Mode::Test, &order).await;
    });
    assert_eq!(code(&answer.await), -31008);
    assert_eq!(status(&world, &order).await, "pending");
    assert_eq!(balance(&world, SHOP_101).await, "0.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_perform_that_comes_after_everything_expired_pays_nothing() {
    for cancel in [true, false] {
        let world = World::with_live_shop().await;
        let order = test_order(&world).await;
        let id = held_by_payme(&world, Mode::Test, &order).await;
        let answer = late_perform(&world, &id, async |world| {
            world.clock.advance_ms(12 * HOUR_MS);
            // The merchant cancels, or the payer presses the test button.
            if cancel {
                let reply = world.shop("cancel_payment", &format!("order_id={order}")).await;
                assert_eq!(reply.text("status"), "cancelled", "{reply:?}");
            } else {
                world.send(http::Method::POST, &format!("/pay/{order}/test"), &[], "").await;
            }
        });
        assert_eq!(code(&answer.await), -31008);
        assert_eq!(status(&world, &order).await, if cancel { "cancelled" } else { "paid" });
        assert_eq!(balance(&world, SHOP_101).await, if cancel { "0.00 UZS" } else { "1000.00 UZS" });
        invariants::check(&world.tables).await;
    }
}

#[tokio::test]
async fn a_merchant_cannot_cancel_what_a_provider_holds() {
    let world = World::with_live_shop().await;
    let order = test_order(&world).await;
    let gate = world.proxy.gate(on("TransactWriteItems").times(1));
    let cancelling = async { world.shop("cancel_payment", &format!("order_id={order}")).await };
    let holding = async {
        gate.reached().await;
        let id = held_by_payme(&world, Mode::Test, &order).await;
        gate.open();
        id
    };
    let (cancelled, id) = tokio::join!(cancelling, holding);
    assert_eq!(cancelled.error_code(), "payment_not_cancellable");
    assert_eq!(result(&payme(&world, Mode::Test).perform(&id).await.unwrap(), "state"), 2);
    invariants::check(&world.tables).await;
}
