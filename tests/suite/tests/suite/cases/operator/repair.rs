//! `repair`: after a restore, each part of a transaction may be there or not. Whatever is there, the
//! books are whole afterwards, and no money is invented.

use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    invariants,
    store_proxy::{Fault, on},
    world::World,
};
use tokio::time::timeout;

use crate::support::{
    acts::{Act, BY_OTHERS, prepare},
    operator::{
        ask_within, cancel, done, order, paid, payout, refund, refused, reply, reverse_payout, settle, with,
    },
    providers::{
        MINUTE_MS, balance, click, held_by_click, held_by_payme, live_order, now, payme, set_fee, status,
        with_stale_hold,
    },
    snapshot::{Place, Snapshot},
};

fn repair(shop_id: &str, reference: &str) -> Value {
    json!({"command": "repair", "shop_id": shop_id, "reference": reference})
}

/// The products that check the subsets of a transition at the same time.
const WORLDS: usize = 4;

/// A transition, as the stores before and after it.
struct Transition {
    name: String,
    shop_id: &'static str,
    before: Snapshot,
    after: Snapshot,
    /// The items that it changed.
    items: Vec<Place>,
}

impl Transition {
    async fn of(world: &World, name: impl ToString, shop_id: &'static str, act: impl AsyncFnOnce()) -> Self {
        let before = Snapshot::take(world).await;
        act().await;
        let after = Snapshot::take(world).await;
        let items = before.changed(&after);
        assert!(items.len() > 1, "{}", name.to_string());
        Self { name: name.to_string(), shop_id, before, after, items }
    }

    fn balance_place(&self) -> Place {
        ("shops", format!("{}/balance", self.shop_id))
    }

    /// Whether these items prove the transition: a payment says it, an event does, or a record that
    /// nobody sends again. An attempt of a provider, the mark of a payout and a balance do not.
    fn is_proven_by(&self, items: &[Place]) -> bool {
        let is_new = |place: &Place| !self.before.has(place);
        let proves = |place: &Place| match place.0 {
            "events" => true,
            "payments" => self.before.text(place, "status") != self.after.text(place, "status"),
            "transactions" => {
                is_new(place) && (place.1.starts_with("operator#") || place.1.starts_with("test#"))
            }
            _ => false,
        };
        items.iter().any(proves)
    }

    /// Each proper subset of the items.
    fn subsets(&self) -> impl Iterator<Item = Vec<Place>> {
        (1..(1_usize << self.items.len()) - 1).map(|bits| {
            let chosen = self.items.iter().enumerate().filter(|(index, _)| bits & (1 << index) != 0);
            chosen.map(|(_, place)| place.clone()).collect()
        })
    }

    /// Checks each subset. An audit waits for what differs, so several products share the work.
    async fn check(&self, world: &World) {
        let subsets: Vec<Vec<Place>> = self.subsets().collect();
        let parts = subsets.chunks(subsets.len().div_ceil(WORLDS)).map(|part| async move {
            let other = World::start().await;
            for subset in part {
                other.clock.set(world.stack.service.clock.now().plus_ms(30_001));
                self.check_subset(&other, subset).await;
            }
        });
        join_all(parts).await;
    }

    /// Restores a subset, repairs it, and looks at everything.
    async fn check_subset(&self, world: &World, subset: &[Place]) {
        let what = format!("{}: {subset:?}", self.name);
        self.before.with(&self.after, subset).restore(world).await;
        let answer = done(world, repair(self.shop_id, "first")).await;
        assert_eq!(answer["after"], json!([]), "{what}: {answer}");
        assert_eq!(answer["next_cursor"], json!(null), "{what}: {answer}");
        let problems = invariants::problems(&world.tables).await;
        assert!(problems.is_empty(), "{what}: {answer}\n{}", problems.join("\n"));
        let repaired = Snapshot::take(world).await;
        self.assert_money(&repaired, subset, &what);

        let again = done(world, repair(self.shop_id, "again")).await;
        assert_eq!((&again["changes"], &again["before"]), (&json!(0), &json!([])), "{what}: {again}");
        let only = [("transactions", format!("operator#{}#again", self.shop_id))];
        assert_eq!(repaired.changed(&Snapshot::take(world).await), only, "{what}");
    }

    /// The payment and the money are as before the transition, or as after it if it is proven.
    fn assert_money(&self, repaired: &Snapshot, subset: &[Place], what: &str) {
        let expected = if self.is_proven_by(subset) { &self.after } else { &self.before };
        for total in
            ["balance", "paid_total", "fee_total", "refunded_total", "paid_out_total", "adjusted_total"]
        {
            let of = |snapshot: &Snapshot| snapshot.number(&self.balance_place(), total);
            assert_eq!(of(repaired), of(expected), "{what}: {total}");
        }
        for place in self.items.iter().filter(|(table, _)| *table == "payments") {
            for name in ["status", "refunded_by", "returned_by", "provider"] {
                assert_eq!(repaired.text(place, name), expected.text(place, name), "{what}: {name}");
            }
            for name in ["paid_at", "refunded_at", "cancelled_at", "fee", "net"] {
                assert_eq!(repaired.number(place, name), expected.number(place, name), "{what}: {name}");
            }
        }
        for place in subset.iter().filter(|(table, _)| *table == "events") {
            assert!(repaired.has(place), "{what}: an event is gone");
        }
    }
}

/// Each transition that anybody but an operator can make, in each way of being half committed.
#[tokio::test(flavor = "multi_thread")]
async fn half_of_what_a_provider_or_a_payer_did() {
    half_of_each(&BY_OTHERS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_what_an_operator_did() {
    let acts = [
        Act::OperatorSettle,
        Act::OperatorRefund,
        Act::OperatorCancel,
        Act::Payout,
        Act::ReversePayout,
        Act::Adjust,
    ];
    half_of_each(&acts).await;
}

async fn half_of_each(acts: &[Act]) {
    join_all(acts.iter().map(|act| half_of(*act))).await;
}

async fn half_of(act: Act) {
    let world = World::with_live_shop().await;
    set_fee(&world, 150).await;
    // So that the balance covers a payout.
    paid(&world, "5000").await;
    let ready = prepare(&world, act).await;
    world.clock.advance_ms(MINUTE_MS);
    let shop_id = if act == Act::TestButton { "101" } else { "201" };
    let send = async || {
        let answer = ready.send(&world).await;
        assert!(ready.is_done(&answer), "{act:?}: {answer:?}");
    };
    Transition::of(&world, format!("{act:?}"), shop_id, send).await.check(&world).await;
}

/// Transitions that also end a stale hold, change the provider's attempt, or perform Click's.
#[tokio::test(flavor = "multi_thread")]
async fn half_of_what_an_operator_did_to_an_attempt() {
    let stale = async |world: &World| {
        let order_id = live_order(world).await;
        held_by_click(world, &order_id).await;
        world.clock.advance_ms(31 * MINUTE_MS);
        order_id
    };
    let by_click = async |world: &World| {
        let order_id = stale(world).await;
        done(world, with(settle(&order_id, "before"), &[("received", json!("click"))])).await;
        order_id
    };
    let by_payme = async |world: &World| {
        let order_id = live_order(world).await;
        let id = held_by_payme(world, Mode::Live, &order_id).await;
        payme(world, Mode::Live).perform(&id).await.unwrap();
        order_id
    };
    let received = |order_id: &str, by: &str| with(settle(order_id, "r"), &[("received", json!(by))]);
    let broken = ("reason", json!("Broken"));
    let by_provider = [("returned_by", json!("provider")), broken.clone()];
    tokio::join!(
        half_of_command(stale, |order_id| cancel(order_id, "r")),
        half_of_command(stale, |order_id| received(order_id, "outside")),
        half_of_command(stale, |order_id| received(order_id, "click")),
        half_of_command(by_click, |order_id| with(refund(order_id, "r"), &by_provider)),
        half_of_command(by_payme, |order_id| with(refund(order_id, "r"), std::slice::from_ref(&broken))),
    );
}

/// Prepares an order, and checks the command about it.
async fn half_of_command(prepare: impl AsyncFn(&World) -> String, command: impl Fn(&str) -> Value) {
    let world = World::with_live_shop().await;
    set_fee(&world, 150).await;
    paid(&world, "5000").await;
    let command = command(&prepare(&world).await);
    world.clock.advance_ms(MINUTE_MS);
    let act = async || drop(done(&world, command.clone()).await);
    Transition::of(&world, &command, "201", act).await.check(&world).await;
}

/// A merchant's cancellation and the test button, each with a stale hold in its way.
#[tokio::test(flavor = "multi_thread")]
async fn half_of_what_ended_a_stale_hold() {
    let world = World::with_live_shop().await;
    let (order_id, _) = with_stale_hold(&world).await;
    let press = async || {
        let reply = world.send(Method::POST, &format!("/pay/{order_id}/test"), &[], "").await;
        assert_eq!(reply.status, 303, "{reply:?}");
    };
    Transition::of(&world, "test button", "101", press).await.check(&world).await;
    let (order_id, _) = with_stale_hold(&world).await;
    let cancelled = async || {
        let reply = world.shop("cancel_payment", &format!("order_id={order_id}")).await;
        assert_eq!(reply.text("status"), "cancelled", "{reply:?}");
    };
    Transition::of(&world, "cancel", "101", cancelled).await.check(&world).await;
}

/// The tables can be further apart than one transaction: the payments are of now, the transactions and
/// the journal of before the attempt began.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_older_than_a_whole_payment() {
    let world = World::with_live_shop().await;
    let (by_payme, by_click) = (live_order(&world).await, live_order(&world).await);
    let old = Snapshot::take(&world).await;
    let id = held_by_payme(&world, Mode::Live, &by_payme).await;
    payme(&world, Mode::Live).perform(&id).await.unwrap();
    let fields = held_by_click(&world, &by_click).await;
    click(&world).post(&fields).await.unwrap();
    done(&world, refund(&by_click, "r")).await;
    let new = Snapshot::take(&world).await;
    let changed = old.changed(&new);
    for kept in [["payments"].as_slice(), &["events"], &["payments", "shops"], &["events", "transactions"]] {
        let places: Vec<Place> = changed.iter().filter(|(table, _)| kept.contains(table)).cloned().collect();
        old.with(&new, &places).restore(&world).await;
        // The refund is a millisecond after the payment.
        world.clock.advance_ms(31_000);
        let answer = done(&world, repair("201", "r-1")).await;
        assert_eq!(answer["after"], json!([]), "{kept:?}: {answer}");
        invariants::check(&world.tables).await;
        assert_eq!(
            (status(&world, &by_payme).await, status(&world, &by_click).await),
            ("paid".into(), "refunded".into())
        );
        // A repeat of Payme's finds its transaction performed.
        let again = payme(&world, Mode::Live).perform(&id).await.unwrap();
        assert_eq!(again.json()["result"]["state"], 2, "{again:?}");
    }
}

/// What is not older than half a minute may still be on its way.
#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_older_than_half_a_minute() {
    let world = World::with_live_shop().await;
    let order_id = order(&world, "1000").await;
    let at = now(&world) + 1;
    world.clock.advance_ms(1);
    let transition =
        Transition::of(&world, "settle", "201", async || drop(done(&world, settle(&order_id, "s")).await))
            .await;
    let events: Vec<Place> = transition.items.iter().filter(|place| place.0 == "events").cloned().collect();
    transition.after.with(&transition.before, &events).restore(&world).await;
    world.clock.advance_ms(at + 30_000 - now(&world));
    let early = done(&world, repair("201", "early")).await;
    assert!(!Snapshot::take(&world).await.has(&events[0]), "{early}");
    assert_eq!(early["after"][0]["table"], "events", "{early}");
    world.clock.advance_ms(1);
    let late = done(&world, repair("201", "late")).await;
    assert_eq!(late["after"], json!([]), "{late}");
    assert_eq!(Snapshot::take(&world).await.number(&events[0], "occurred_at"), Some(at));
    invariants::check(&world.tables).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_first_answer_and_other_content_a_conflict() {
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    let healthy = Snapshot::take(&world).await;
    let first = reply(&world, &repair("201", "r")).await;
    let only: [Place; 1] = [("transactions", "operator#201#r".to_owned())];
    assert_eq!(healthy.changed(&Snapshot::take(&world).await), only);
    // The books change. The answer does not.
    done(&world, payout("100", "p")).await;
    assert_eq!(reply(&world, &repair("201", "r")).await.body, first.body);
    assert_eq!(refused(&world, payout("100", "r")).await, "reference_conflict");
    assert_eq!(refused(&world, repair("201", "p")).await, "reference_conflict");
    assert_eq!(refused(&world, repair("999", "p")).await, "shop_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_one_of_ours() {
    let world = World::with_live_shop().await;
    for cursor in ["", "abc", "MVsiYSIsImIiXQ"] {
        let command = with(repair("201", "r"), &[("cursor", json!(cursor))]);
        assert_eq!(refused(&world, command).await, "invalid_cursor", "{cursor}");
    }
}

/// A payout whose reversal is lost could be reversed again: of two payouts, only a person knows which.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_must_decide_stays_and_is_named() {
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    done(&world, payout("300", "p")).await;
    done(&world, payout("300", "q")).await;
    let reverse = async || drop(done(&world, reverse_payout("p", "r")).await);
    let transition = Transition::of(&world, "reversal", "201", reverse).await;
    let events: Vec<Place> = transition.items.iter().filter(|place| place.0 == "events").cloned().collect();
    transition.before.with(&transition.after, &events).restore(&world).await;
    world.clock.advance_ms(30_001);
    let answer = done(&world, repair("201", "x")).await;
    assert_eq!(answer["after"].as_array().map(Vec::len), Some(1), "{answer}");
    assert_eq!(answer["after"][0]["found"], "an event without its change");
    assert_eq!(balance(&world, suite::world::LIVE).await, "700.00 UZS");
}

/// A payment whose event, attempt and balance are lost, with the place of the balance.
async fn half_a_payment(world: &World) -> (Snapshot, Place) {
    paid(world, "5000").await;
    let ready = prepare(world, Act::Perform).await;
    world.clock.advance_ms(MINUTE_MS);
    let perform = async || drop(ready.send(world).await);
    let transition = Transition::of(world, "perform", "201", perform).await;
    let payments: Vec<Place> =
        transition.items.iter().filter(|place| place.0 == "payments").cloned().collect();
    (transition.before.with(&transition.after, &payments), transition.balance_place())
}

/// The store fails once, at each call in turn. The repair goes on.
#[tokio::test(flavor = "multi_thread")]
async fn one_fault_does_not_stop_a_repair() {
    let world = World::with_live_shop().await;
    let (half, balance) = half_a_payment(&world).await;
    world.clock.advance_ms(30_001);
    for fault in [Fault::LoseAnswer, Fault::TransactionInProgress, Fault::TransactionConflict] {
        for write in 1..=3 {
            half.restore(&world).await;
            world.proxy.inject(fault, on("TransactWriteItems").nth(write));
            let answer = done(&world, repair("201", &format!("{fault:?}-{write}"))).await;
            world.proxy.heal();
            assert_eq!(
                (&answer["changes"], &answer["after"]),
                (&json!(2), &json!([])),
                "{fault:?}: {answer}"
            );
            invariants::check(&world.tables).await;
            assert_eq!(Snapshot::take(&world).await.number(&balance, "balance"), Some(600_000));
        }
    }
}

/// The store fails from its nth write on, until time is over. The repeat with the same reference ends
/// as if nothing had happened, whether or not the last write was applied.
#[tokio::test(flavor = "multi_thread")]
async fn a_repair_that_is_interrupted_is_repeated() {
    let world = World::with_live_shop().await;
    let (half, balance) = half_a_payment(&world).await;
    world.clock.advance_ms(30_001);
    for fault in [Fault::LoseRequest, Fault::LoseAnswer, Fault::Hang] {
        for writes in 0..3 {
            half.restore(&world).await;
            world.proxy.inject(fault, on("TransactWriteItems").after(writes));
            let command = repair("201", &format!("{fault:?}-{writes}"));
            let first = ask_within(&world, &command, Duration::from_secs(55));
            assert!(timeout(Duration::from_millis(2500), first).await.is_err(), "{fault:?}");
            world.proxy.heal();
            let again = done(&world, command.clone()).await;
            assert_eq!(again["after"], json!([]), "{fault:?}: {again}");
            assert_eq!(done(&world, command).await, again);
            invariants::check(&world.tables).await;
            assert_eq!(Snapshot::take(&world).await.number(&balance, "balance"), Some(600_000));
        }
    }
}
