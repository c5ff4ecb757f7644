//! The store fails at every call in turn and in every way. The caller gets the right answer, at the
//! latest from a repeat, and nothing happens twice.

use shared::domain::mode::Mode;
use suite::{
    invariants,
    store_proxy::{Fault, When, always, nth, on},
    world::{LIVE, World},
};

use crate::support::{
    acts::{Act, BY_OTHERS, Request, prepare},
    providers::{balance, click, code, error, payme, result, status},
};

const FAULTS: [Fault; 6] = [
    Fault::LoseAnswer,
    Fault::LoseRequest,
    Fault::InternalError,
    Fault::Throttle,
    Fault::TransactionConflict,
    Fault::TransactionInProgress,
];

/// Reads cannot conflict.
fn only_of_settlements(fault: Fault) -> bool {
    matches!(fault, Fault::TransactionConflict | Fault::TransactionInProgress)
}

fn when(fault: Fault, call: usize) -> When {
    if only_of_settlements(fault) { on("TransactWriteItems").nth(call) } else { nth(call) }
}

#[tokio::test]
async fn a_fault_at_any_call_changes_no_answer() {
    let world = World::with_live_shop().await;
    for act in BY_OTHERS {
        for fault in FAULTS {
            // One call after the other, until there are no more and the fault is left over.
            for call in 1..20 {
                let ready = prepare(&world, act).await;
                world.proxy.take_calls();
                world.proxy.inject(fault, when(fault, call));
                let answer = ready.send(&world).await;
                let calls = world
                    .proxy
                    .take_calls()
                    .iter()
                    .filter(|call| !only_of_settlements(fault) || call.is_transaction())
                    .count();
                world.proxy.heal();
                assert!(ready.is_done(&answer), "{act:?}, {fault:?} at call {call}: {answer:?}");
                assert_eq!(
                    status(&world, &ready.order).await,
                    ready.becomes,
                    "{act:?}, {fault:?} at call {call}"
                );
                if calls < call {
                    break;
                }
            }
        }
        invariants::check(&world.tables).await;
    }
}

#[tokio::test]
async fn an_unknown_outcome_is_resolved_by_reading() {
    let world = World::with_live_shop().await;
    // The write is applied and every answer is lost. Only a read can show that this call did it.
    for act in [Act::Begin, Act::Perform, Act::Refund, Act::Prepare, Act::Complete, Act::CompleteCancelled] {
        let ready = prepare(&world, act).await;
        world.proxy.inject(Fault::LoseAnswer, on("TransactWriteItems"));
        let answer = ready.send(&world).await;
        assert!(ready.is_done(&answer), "{act:?}: {answer:?}");
        world.proxy.heal();
        assert_eq!(status(&world, &ready.order).await, ready.becomes, "{act:?}");
    }
    assert_eq!(balance(&world, LIVE).await, "2000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_store_that_is_down_is_answered_with_the_provider_s_code() {
    let world = World::with_live_shop().await;
    let acts = [prepare(&world, Act::Perform).await, prepare(&world, Act::Complete).await];
    world.proxy.inject(Fault::InternalError, always());
    let (Request::Perform(id), Request::Click(fields)) = (&acts[0].request, &acts[1].request) else {
        panic!()
    };
    let (payme, click) = (payme(&world, Mode::Live), click(&world));
    let (performed, completed) = tokio::join!(payme.perform(id), click.post(fields));
    let (performed, completed) = (performed.unwrap(), completed.unwrap());
    assert_eq!((code(&performed), performed.json()["id"].as_i64()), (-32400, Some(1)));
    assert_eq!(
        (error(&completed), completed.json()["click_trans_id"].to_string()),
        (-7, fields.click_trans_id.clone())
    );
    world.proxy.heal();
    assert_eq!(result(&payme.perform(id).await.unwrap(), "state"), 2);
    assert_eq!(error(&click.post(fields).await.unwrap()), 0);
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_store_that_hangs_is_answered_in_time() {
    let world = World::with_live_shop().await;
    let (perform, complete) = (prepare(&world, Act::Perform).await, prepare(&world, Act::Complete).await);
    world.proxy.inject(Fault::Hang, always());
    let started = std::time::Instant::now();
    let (Request::Perform(id), Request::Click(fields)) = (&perform.request, &complete.request) else {
        panic!()
    };
    let (payme, click) = (payme(&world, Mode::Live), click(&world));
    let (performed, completed) = tokio::join!(payme.perform(id), click.post(fields));
    assert_eq!(code(&performed.unwrap()), -32400);
    assert_eq!(error(&completed.unwrap()), -7);
    assert!(started.elapsed().as_secs() < 10);
    world.proxy.heal();
    for ready in [perform, complete] {
        assert!(ready.is_done(&ready.send(&world).await));
    }
    invariants::check(&world.tables).await;
}
