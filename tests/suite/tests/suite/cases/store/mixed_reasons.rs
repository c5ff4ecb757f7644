//! A transaction that the store cancels for reasons of several kinds says nothing final. DynamoDB
//! works item by item, so a repeat that overlaps its own first call may get `[TransactionConflict,
//! ConditionalCheckFailed, None]`. It must get the answer of any repeat, and no money moves twice.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use http::{HeaderMap, StatusCode};
use runners::client::Reply;
use suite::{
    invariants,
    store_proxy::{Call, Cause, Fault, on},
    world::World,
};
use tokio::task::JoinSet;

use crate::support::{
    acts::{Act, BY_OPERATORS, BY_OTHERS, Ready, Request, money, prepare},
    operator,
    providers::{pay_out, status},
};

const SETTLEMENT: &str = "TransactWriteItems";

/// Sends a second copy of the call, which decides before the first one is written, and whose
/// transaction meets `fault`. Returns the first copy's answer and the second's.
async fn overlapped(world: &World, ready: &Ready, fault: Fault) -> (Reply, Reply) {
    let gate = world.proxy.gate(on(SETTLEMENT).times(1));
    let first = async {
        gate.reached().await;
        let first = ready.send(world).await;
        world.proxy.inject(fault, on(SETTLEMENT).times(1));
        gate.open();
        first
    };
    let (second, first) = tokio::join!(ready.send(world), first);
    (first, second)
}

/// How many items the first settlement among `calls` had.
fn items(calls: &[Call]) -> usize {
    calls.iter().find(|call| call.action == SETTLEMENT).map_or(0, |call| call.parts.len())
}

/// The answer without the values that differ for each shop and key.
fn without_new_values(act: Act, answer: &Reply) -> Reply {
    if !matches!(act, Act::CreateShop | Act::RotateKey) {
        return answer.clone();
    }
    let mut body = answer.json();
    for name in ["shop_id", "shop_key", "old_key_expires_at"] {
        body.as_object_mut().unwrap().remove(name);
    }
    Reply { body: body.to_string(), ..answer.clone() }
}

/// Returns what is wrong after `act` met `fault` in its second copy.
async fn problems(world: &World, act: Act, fault: Fault) -> (usize, Vec<String>) {
    let ready = prepare(world, act).await;
    let before = money(world).await;
    world.proxy.take_calls();
    let (first, second) = overlapped(world, &ready, fault).await;
    let items = items(&world.proxy.take_calls());
    let moved = money(world).await - before;
    let plain = ready.send(world).await;
    let mut problems = Vec::new();
    if !ready.is_done(&first) {
        problems.push(format!("the first copy got {first:?}"));
    }
    if without_new_values(act, &second) != without_new_values(act, &plain) {
        problems.push(format!("{} instead of {}", second.body, plain.body));
    }
    if moved != act.moves() {
        problems.push(format!("{moved} tiyin moved"));
    }
    let status = status(world, &ready.order).await;
    if status != ready.becomes {
        problems.push(format!("the payment is {status}"));
    }
    (items, problems.into_iter().map(|problem| format!("{act:?}, {fault:?}: {problem}")).collect())
}

/// Tries each cause at every item of the act's transaction.
async fn every_mixture(world: &World, act: Act) -> Vec<String> {
    let mut all = Vec::new();
    let (mut item, mut items) = (0, 1);
    while item < items {
        for cause in Cause::PASSING {
            let (found, problems) = problems(world, act, Fault::CancelAt(item, cause)).await;
            items = found;
            all.extend(problems);
        }
        item += 1;
    }
    all.extend(invariants::problems(&world.tables).await);
    all
}

async fn check(acts: &[Act]) {
    let mut all = Vec::new();
    for act in acts {
        all.extend(every_mixture(&World::with_live_shop().await, *act).await);
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[tokio::test]
async fn a_provider_s_repeat_gets_the_answer_of_any_repeat() {
    check(&BY_OTHERS).await;
}

#[tokio::test]
async fn an_operator_s_repeat_gets_the_answer_of_any_repeat() {
    check(&BY_OPERATORS).await;
}

/// Sends all `acts` at once. Returns their answers in the same order.
async fn all_at_once(world: &Arc<World>, acts: &Arc<Vec<Ready>>) -> Vec<Reply> {
    let mut sending = JoinSet::new();
    for number in 0..acts.len() {
        let (world, acts) = (Arc::clone(world), Arc::clone(acts));
        sending.spawn(async move { (number, in_a_hurry(&world, &acts[number]).await) });
    }
    let mut answers = sending.join_all().await;
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Sends it. An operator's command has as little time as a provider's call.
async fn in_a_hurry(world: &World, ready: &Ready) -> Reply {
    match &ready.request {
        Request::Operator(command) => {
            let answer = operator::ask_within(world, command, Duration::from_secs(9)).await;
            Reply { status: StatusCode::OK, headers: HeaderMap::new(), body: answer.to_string() }
        }
        _ => ready.send(world).await,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mixed_reasons_at_every_try_are_an_unavailable_store() {
    let world = Arc::new(World::with_live_shop().await);
    let mut acts = Vec::new();
    // A take-over would need another time on the clock.
    for act in BY_OTHERS.into_iter().chain(BY_OPERATORS).filter(|act| *act != Act::TakeOver) {
        acts.push(prepare(&world, act).await);
    }
    let acts = Arc::new(acts);
    world.proxy.inject(Fault::CancelAt(0, Cause::TransactionConflict), on(SETTLEMENT));
    let answers = all_at_once(&world, &acts).await;
    world.proxy.heal();
    for (ready, answer) in acts.iter().zip(&answers) {
        assert!(ready.is_unavailable(answer), "{:?}: {answer:?}", ready.act);
        let repeat = ready.send(&world).await;
        assert!(ready.is_done(&repeat), "{:?}: {repeat:?}", ready.act);
        assert_eq!(status(&world, &ready.order).await, ready.becomes, "{:?}", ready.act);
    }
    invariants::check(&world.tables).await;
}

/// A failed condition is no reason to refuse while a cause of another kind stands beside it.
#[tokio::test]
async fn a_failed_balance_condition_beside_a_conflict_is_not_final() {
    let world = World::with_live_shop().await;
    let ready = prepare(&world, Act::Refund).await;
    pay_out(&world, 1).await;
    world.proxy.inject(Fault::CancelAt(0, Cause::TransactionConflict), on(SETTLEMENT));
    let answer = ready.send(&world).await;
    assert!(ready.is_unavailable(&answer), "{answer:?}");
    world.proxy.heal();
    assert_eq!(ready.send(&world).await.json()["error"]["code"], -31007);
    assert_eq!(status(&world, &ready.order).await, "paid");
}

#[tokio::test]
async fn a_cancellation_that_stays_is_an_internal_error_after_one_try() {
    let world = World::with_live_shop().await;
    let mut problems = Vec::new();
    for act in BY_OTHERS.into_iter().chain(BY_OPERATORS) {
        for cause in Cause::PERMANENT {
            let ready = prepare(&world, act).await;
            world.proxy.take_calls();
            world.proxy.inject(Fault::CancelAt(0, cause), on(SETTLEMENT));
            let answer = ready.send(&world).await;
            let asked = world.proxy.take_calls().iter().filter(|call| call.action == SETTLEMENT).count();
            world.proxy.heal();
            let right = match &ready.request {
                // The providers' protocols have no other word for it.
                Request::Create { .. } | Request::Perform(_) | Request::Cancel(_) | Request::Click(_) => {
                    ready.is_unavailable(&answer)
                }
                Request::Button => answer.status == 500,
                Request::Merchant => answer.status == 500 && answer.json()["error_code"] == "internal_error",
                Request::Operator(_) => answer.json()["error_code"] == "internal_error",
            };
            if asked != 1 || !right {
                problems.push(format!("{act:?}, {cause:?}: asked {asked} times, answered {answer:?}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Attempts and records, by key.
type Records = HashMap<String, HashMap<String, AttributeValue>>;

async fn records(world: &World) -> Records {
    let items = world
        .tables
        .scan()
        .table_name("transactions")
        .consistent_read(true)
        .send()
        .await
        .unwrap()
        .items
        .unwrap();
    items.into_iter().map(|item| (item["transaction_key"].as_s().unwrap().clone(), item)).collect()
}

async fn put(world: &World, records: &Records) {
    for item in records.values() {
        world.tables.put_item().table_name("transactions").set_item(Some(item.clone())).send().await.unwrap();
    }
}

/// An act whose payment and balance are written, but not its attempt.
struct HalfWritten {
    ready: Ready,
    first: Reply,
    /// The items that are not written yet.
    rest: Records,
}

async fn half_written(world: &World, act: Act) -> HalfWritten {
    let ready = prepare(world, act).await;
    let before = records(world).await;
    let first = ready.send(world).await;
    assert!(ready.is_done(&first), "{first:?}");
    let mut rest = records(world).await;
    rest.retain(|key, item| before.get(key) != Some(item));
    for key in rest.keys().filter(|key| !before.contains_key(*key)) {
        let key = AttributeValue::S(key.clone());
        world
            .tables
            .delete_item()
            .table_name("transactions")
            .key("transaction_key", key)
            .send()
            .await
            .unwrap();
    }
    put(world, &before).await;
    HalfWritten { ready, first, rest }
}

/// The acts whose payment says who holds, paid or refunded it.
const HALVES: [Act; 8] = [
    Act::Begin,
    Act::Perform,
    Act::CancelHold,
    Act::Refund,
    Act::Prepare,
    Act::Complete,
    Act::CompleteCancelled,
    Act::OperatorSettle,
];

/// While the first call lasts, its transaction holds the item.
const LOCKED: Fault = Fault::CancelAt(0, Cause::TransactionConflict);

#[tokio::test]
async fn a_repeat_that_meets_half_of_its_first_call_waits_for_the_rest() {
    let world = World::with_live_shop().await;
    let mut problems = Vec::new();
    for act in HALVES {
        let half = half_written(&world, act).await;
        world.proxy.inject(LOCKED, on(SETTLEMENT));
        // The repeat reads the attempt more than once, and may write. The rest of the first call is
        // written while the repeat reads again.
        let read = world.proxy.gate(on("GetItem").table("transactions").nth(3));
        let snapshot = world.proxy.gate(on("TransactGetItems").nth(3));
        let tried = world.proxy.gate(on(SETTLEMENT).nth(2));
        let rest = async {
            tokio::select! { () = read.reached() => (), () = snapshot.reached() => (), () = tried.reached() => () }
            put(&world, &half.rest).await;
            read.open();
            snapshot.open();
            tried.open();
            std::future::pending::<()>().await;
        };
        let repeat =
            tokio::select! { repeat = half.ready.send(&world) => repeat, () = rest => unreachable!() };
        world.proxy.heal();
        put(&world, &half.rest).await;
        let plain = half.ready.send(&world).await;
        if repeat != plain {
            problems.push(format!("{act:?}: {} instead of {}", repeat.body, plain.body));
        }
        if !matches!(half.ready.request, Request::Click(_)) && plain != half.first {
            problems
                .push(format!("{act:?}: {} instead of the first answer, {}", plain.body, half.first.body));
        }
    }
    problems.extend(invariants::problems(&world.tables).await);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_that_meets_half_of_its_first_call_until_time_is_up_is_unavailable() {
    let world = Arc::new(World::with_live_shop().await);
    let (mut acts, mut rest) = (Vec::new(), Records::new());
    for act in HALVES {
        let half = half_written(&world, act).await;
        rest.extend(half.rest);
        acts.push(half.ready);
    }
    let acts = Arc::new(acts);
    world.proxy.inject(LOCKED, on(SETTLEMENT));
    let answers = all_at_once(&world, &acts).await;
    let wrong: Vec<String> = acts
        .iter()
        .zip(&answers)
        .filter(|(ready, answer)| !ready.is_unavailable(answer))
        .map(|(ready, answer)| format!("{:?}: {}", ready.act, answer.body))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    world.proxy.heal();
    put(&world, &rest).await;
    invariants::check(&world.tables).await;
}
