//! One caller is enough for a call to overlap itself: the store does not answer in time, the
//! function reads the outcome, finds nothing yet, and sends a second try while the first one is
//! still on its way.

use suite::{invariants, store_proxy::on, world::World};

use crate::support::{
    acts::{Act, money, prepare},
    providers::status,
};

/// A call of 4.5 s makes this many attempts of 1.5 s, all with one token.
const ATTEMPTS: usize = 3;

/// When the first try is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    BeforeTheSecond,
    AfterTheSecond,
}

/// Returns what is wrong when one caller asks for `act` and its first try is that late.
async fn problems(act: Act, first: First) -> Vec<String> {
    let world = World::with_live_shop().await;
    let ready = prepare(&world, act).await;
    let before = money(&world).await;
    let settlement = || on("TransactWriteItems");
    let first_try = world.proxy.gate(settlement().times(ATTEMPTS));
    let first_written = world.proxy.gate_answers(settlement().times(ATTEMPTS));
    let second_try = world.proxy.gate(settlement().times(1));
    let write_first = async || {
        first_try.open();
        first_written.reached_by(ATTEMPTS).await;
    };
    let order = async {
        second_try.reached().await;
        if first == First::BeforeTheSecond {
            write_first().await;
        }
        second_try.open();
        std::future::pending::<()>().await;
    };
    let answer = tokio::select! { answer = ready.send(&world) => answer, () = order => unreachable!() };
    if first == First::AfterTheSecond {
        write_first().await;
    }
    let moved = money(&world).await - before;
    let status = status(&world, &ready.order).await;
    let repeat = ready.send(&world).await;
    // Click's repeat after a success gets "already paid".
    let agrees = if act == Act::Complete { repeat.json()["error"] == -4 } else { repeat == answer };
    let mut problems = invariants::problems(&world.tables).await;
    if !ready.is_done(&answer) || !agrees || moved != act.moves() || status != ready.becomes {
        problems.push(format!(
            "answered {}, then {}; moved {moved}; the payment is {status}",
            answer.body, repeat.body
        ));
    }
    problems.into_iter().map(|problem| format!("{act:?}: {problem}")).collect()
}

async fn check(first: First) {
    let (perform, complete, refund, payout, reversal, adjustment) = tokio::join!(
        problems(Act::Perform, first),
        problems(Act::Complete, first),
        problems(Act::Refund, first),
        problems(Act::Payout, first),
        problems(Act::ReversePayout, first),
        problems(Act::Adjust, first),
    );
    let all = [perform, complete, refund, payout, reversal, adjustment].concat();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[tokio::test]
async fn a_first_try_that_is_written_before_the_second_settles_once() {
    check(First::BeforeTheSecond).await;
}

#[tokio::test]
async fn a_first_try_that_is_written_after_the_second_settles_once() {
    check(First::AfterTheSecond).await;
}
