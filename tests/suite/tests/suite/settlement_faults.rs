//! The store fails, at every call in turn and in every way: the caller gets the right answer, or a repeat does, and nothing
//! happens twice.

use http::Method;
use runners::{click::Fields, client::Reply, payme::new_id};
use shared::domain::mode::Mode;
use suite::{
    invariants,
    store_proxy::{Fault, When, always, nth, on},
    world::World,
};

use crate::shops::{
    AMOUNT, HOUR_MS, LIVE, TIYIN, balance, click, code, error, held_by_click, held_by_payme, live_order, now, payme, result, status,
    test_order, world,
};

const FAULTS: [Fault; 6] = [
    Fault::LoseAnswer,
    Fault::LoseRequest,
    Fault::InternalError,
    Fault::Throttle,
    Fault::TransactionConflict,
    Fault::TransactionInProgress,
];

/// Something that settles.
#[derive(Clone, Copy, Debug)]
enum Act {
    Begin,
    TakeOver,
    Perform,
    CancelHold,
    Refund,
    Prepare,
    Complete,
    CompleteCancelled,
    TestButton,
    MerchantCancel,
}

const ACTS: [Act; 10] = [
    Act::Begin,
    Act::TakeOver,
    Act::Perform,
    Act::CancelHold,
    Act::Refund,
    Act::Prepare,
    Act::Complete,
    Act::CompleteCancelled,
    Act::TestButton,
    Act::MerchantCancel,
];

/// An act that is ready to be done, and what its payment is afterwards.
struct Ready {
    order: String,
    call: Request,
    becomes: &'static str,
}

enum Request {
    Create(String, i64),
    Perform(String),
    Cancel(String),
    Click(Fields, i64),
    Button,
    Merchant,
}

async fn prepare(world: &World, act: Act) -> Ready {
    let order = live_order(world).await;
    let held = async || held_by_payme(world, Mode::Live, &order).await;
    let (call, becomes) = match act {
        Act::Begin => (Request::Create(new_id(), now(world)), "pending"),
        Act::TakeOver => {
            held().await;
            world.clock.advance_ms(12 * HOUR_MS);
            (Request::Create(new_id(), now(world)), "pending")
        }
        Act::Perform => (Request::Perform(held().await), "paid"),
        Act::CancelHold => (Request::Cancel(held().await), "pending"),
        Act::Refund => {
            let id = held().await;
            payme(world, Mode::Live).perform(&id).await.unwrap();
            (Request::Cancel(id), "refunded")
        }
        Act::Prepare => (Request::Click(Fields::new(&order, AMOUNT), 0), "pending"),
        Act::Complete => (Request::Click(held_by_click(world, &order).await, 0), "paid"),
        Act::CompleteCancelled => (Request::Click(held_by_click(world, &order).await.with_error(-1), -9), "pending"),
        Act::TestButton => return Ready { order: test_order(world).await, call: Request::Button, becomes: "paid" },
        Act::MerchantCancel => (Request::Merchant, "cancelled"),
    };
    Ready { order, call, becomes }
}

impl Ready {
    /// Does it; none where it succeeded, else the answer that says that the store failed.
    async fn run(&self, world: &World) -> Option<String> {
        let payme = payme(world, Mode::Live);
        let of_payme = |reply: Reply| (!matches!(code(&reply), 0)).then_some(reply.body);
        match &self.call {
            Request::Create(id, time) => of_payme(payme.create(id, *time, &self.order, TIYIN).await.unwrap()),
            Request::Perform(id) => of_payme(payme.perform(id).await.unwrap()),
            Request::Cancel(id) => of_payme(payme.cancel(id, 5).await.unwrap()),
            Request::Click(fields, expected) => {
                let reply = click(world).post(fields).await.unwrap();
                (error(&reply) != *expected).then_some(reply.body)
            }
            Request::Button => {
                let reply = world.send(Method::POST, &format!("/pay/{}/test", self.order), &[], "").await;
                (reply.status != 303).then_some(reply.body)
            }
            Request::Merchant => {
                let reply = world.get(&format!("/api/cancel_payment?{LIVE}&order_id={}", self.order)).await;
                (reply.text("status") != "cancelled").then_some(reply.body)
            }
        }
    }
}

/// Reads meet no conflicts.
fn only_of_settlements(fault: Fault) -> bool {
    matches!(fault, Fault::TransactionConflict | Fault::TransactionInProgress)
}

fn when(fault: Fault, call: usize) -> When {
    if only_of_settlements(fault) { on("TransactWriteItems").nth(call) } else { nth(call) }
}

#[tokio::test]
async fn a_fault_at_any_call_changes_no_answer() {
    let world = world().await;
    for act in ACTS {
        for fault in FAULTS {
            // One call after the other, until there are no more: the fault is left over then.
            for call in 1..20 {
                let ready = prepare(&world, act).await;
                world.proxy.take_calls();
                world.proxy.inject(fault, when(fault, call));
                let failed = ready.run(&world).await;
                let calls = world.proxy.take_calls().iter().filter(|call| !only_of_settlements(fault) || call.is_transaction()).count();
                world.proxy.heal();
                assert_eq!(failed, None, "{act:?}, {fault:?} at call {call}");
                assert_eq!(status(&world, &ready.order).await, ready.becomes, "{act:?}, {fault:?} at call {call}");
                if calls < call {
                    break;
                }
            }
        }
        invariants::check(&world.tables).await;
    }
}

#[tokio::test]
async fn an_outcome_that_stays_unknown_is_settled_by_reading() {
    let world = world().await;
    // Applied, and every answer is lost: only a read can tell that it was this call that did it.
    for act in [Act::Begin, Act::Perform, Act::Refund, Act::Prepare, Act::Complete, Act::CompleteCancelled] {
        let ready = prepare(&world, act).await;
        world.proxy.inject(Fault::LoseAnswer, on("TransactWriteItems"));
        assert_eq!(ready.run(&world).await, None, "{act:?}");
        world.proxy.heal();
        assert_eq!(status(&world, &ready.order).await, ready.becomes, "{act:?}");
    }
    assert_eq!(balance(&world, LIVE).await, "2000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_store_that_is_down_is_said_so_in_the_provider_s_words() {
    let world = world().await;
    let acts = [prepare(&world, Act::Perform).await, prepare(&world, Act::Complete).await];
    world.proxy.inject(Fault::InternalError, always());
    let Request::Perform(id) = &acts[0].call else { panic!() };
    let Request::Click(fields, _) = &acts[1].call else { panic!() };
    let (payme, click) = (payme(&world, Mode::Live), click(&world));
    let (performed, completed) = tokio::join!(payme.perform(id), click.post(fields));
    let (performed, completed) = (performed.unwrap(), completed.unwrap());
    assert_eq!((code(&performed), performed.json()["id"].as_i64()), (-32400, Some(1)));
    assert_eq!((error(&completed), completed.json()["click_trans_id"].to_string()), (-7, fields.click_trans_id.clone()));
    world.proxy.heal();
    assert_eq!(result(&payme.perform(id).await.unwrap(), "state"), 2);
    assert_eq!(error(&click.post(fields).await.unwrap()), 0);
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_store_that_hangs_ends_in_an_answer_in_time() {
    let world = world().await;
    let (perform, complete) = (prepare(&world, Act::Perform).await, prepare(&world, Act::Complete).await);
    world.proxy.inject(Fault::Hang, always());
    let started = std::time::Instant::now();
    let (Request::Perform(id), Request::Click(fields, _)) = (&perform.call, &complete.call) else { panic!() };
    let (payme, click) = (payme(&world, Mode::Live), click(&world));
    let (performed, completed) = tokio::join!(payme.perform(id), click.post(fields));
    assert_eq!(code(&performed.unwrap()), -32400);
    assert_eq!(error(&completed.unwrap()), -7);
    assert!(started.elapsed().as_secs() < 10);
    world.proxy.heal();
    assert_eq!(perform.run(&world).await, None);
    assert_eq!(complete.run(&world).await, None);
    invariants::check(&world.tables).await;
}
