//! The journal: what each change puts into it, fees to the tiyin, and no write of an old decision.
//! The invariants, which all tests of settlement check, compare every change with its event.

use aws_sdk_dynamodb::types::AttributeValue;
use proptest::prelude::*;
use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    invariants,
    store_proxy::{Fault, on},
    world::{LIVE, World},
};

use crate::support::{
    acts::{BY_OPERATORS, BY_OTHERS, money, prepare},
    operator::{self, done, with},
    providers::{
        balance, click, code, error, events, held_by_click, held_by_payme, live_order, payme, set_fee, status,
    },
};

const SETTLEMENT: &str = "TransactWriteItems";

/// The events of one payment, without what differs in each run.
async fn story(world: &World, order_id: &str) -> Vec<Value> {
    let of_payment = events(world).await.into_iter().filter(|event| event["order_id"] == order_id);
    let told = |mut event: Value| {
        let fields = event.as_object_mut().unwrap();
        for name in [
            "event_key",
            "occurred_at",
            "payment_created_at",
            "order_id",
            "payment_id",
            "provider_transaction",
        ] {
            assert!(fields.remove(name).is_some() || name == "provider_transaction", "{name}");
        }
        event
    };
    of_payment.map(told).collect()
}

#[tokio::test]
async fn an_event_tells_what_happened_to_a_payment() {
    let world = World::with_live_shop().await;
    set_fee(&world, 150).await;
    let reply = world
        .get(&format!(
            "/api/create_payment?{LIVE}&amount=1000.99&merchant_order_id=A-7&description=Two%20books"
        ))
        .await;
    let order_id = reply.text("order_id");
    let id = payme_pays(&world, &order_id, 100_099).await;
    assert_eq!(code(&payme(&world, Mode::Live).cancel(&id, 5).await.unwrap()), 0);
    let paid = json!({
        "shop_id": "201", "mode": "live", "type": "payment.paid", "gross": 100_099, "fee": 1501, "net": 98_598,
        "merchant_order_id": "A-7", "description": "Two books", "provider": "payme",
    });
    let mut refunded = paid.clone();
    for (name, value) in [("gross", -100_099), ("fee", -1501), ("net", -98_598)] {
        refunded[name] = value.into();
    }
    refunded["type"] = "payment.refunded".into();
    refunded["returned_by"] = "provider".into();
    assert_eq!(story(&world, &order_id).await, [paid, refunded]);
    let told = events(&world).await;
    assert_eq!(told[0]["provider_transaction"], id.as_str());
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");

    let cancelled = live_order(&world).await;
    world.get(&format!("/api/cancel_payment?{LIVE}&order_id={cancelled}")).await;
    let told = story(&world, &cancelled).await;
    assert_eq!(
        told,
        [
            json!({"shop_id": "201", "mode": "live", "type": "payment.cancelled", "gross": 0, "fee": 0, "net": 0})
        ]
    );
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn an_operator_s_event_has_its_reference_and_reason() {
    let world = World::with_live_shop().await;
    let order_id = live_order(&world).await;
    done(&world, operator::settle(&order_id, "transfer 7")).await;
    let refund = with(operator::refund(&order_id, "back 7"), &[("reason", json!("Out of stock"))]);
    done(&world, refund).await;
    let told = story(&world, &order_id).await;
    assert_eq!((&told[0]["provider"], &told[0]["reference"]), (&json!("operator"), &json!("transfer 7")));
    assert_eq!((&told[1]["returned_by"], &told[1]["reference"]), (&json!("us"), &json!("back 7")));
    assert_eq!(told[1]["reason"], "Out of stock");

    done(&world, operator::settle(&live_order(&world).await, "transfer 8")).await;
    done(&world, operator::payout("400", "week 47")).await;
    let payout = events(&world).await.into_iter().find(|event| event["type"] == "payout.recorded").unwrap();
    assert_eq!((&payout["net"], &payout["reference"]), (&json!(-40_000), &json!("week 47")));
    invariants::check(&world.tables).await;
}

/// Pays an order with Payme. Returns Payme's id.
async fn payme_pays(world: &World, order_id: &str, tiyin: i64) -> String {
    let (payme, id) = (payme(world, Mode::Live), runners::payme::new_id());
    let time = crate::support::providers::now(world);
    assert_eq!(code(&payme.create(&id, time, order_id, tiyin).await.unwrap()), 0);
    assert_eq!(code(&payme.perform(&id).await.unwrap()), 0);
    id
}

#[tokio::test]
async fn the_fee_is_fixed_when_the_attempt_begins() {
    let world = World::with_live_shop().await;
    set_fee(&world, 100).await;
    let (first, second) = (live_order(&world).await, live_order(&world).await);
    let id = held_by_payme(&world, Mode::Live, &first).await;
    let held = held_by_click(&world, &second).await;
    set_fee(&world, 2000).await;
    payme(&world, Mode::Live).perform(&id).await.unwrap();
    assert_eq!(balance(&world, LIVE).await, "990.00 UZS");
    assert_eq!(error(&click(&world).post(&held).await.unwrap()), 0);
    assert_eq!(balance(&world, LIVE).await, "1980.00 UZS");
    // What the refund takes off is what the payment added, whatever the fee is by then.
    payme(&world, Mode::Live).cancel(&id, 5).await.unwrap();
    assert_eq!(balance(&world, LIVE).await, "990.00 UZS");
    done(&world, operator::settle(&live_order(&world).await, "new fee")).await;
    assert_eq!(balance(&world, LIVE).await, "1790.00 UZS");
    invariants::check(&world.tables).await;
}

/// A balance that covers the net amount covers the refund, because the fee is given back.
#[tokio::test]
async fn a_refund_needs_the_amount_without_the_fee() {
    let world = World::with_live_shop().await;
    set_fee(&world, 1000).await;
    let order_id = live_order(&world).await;
    let id = payme_pays(&world, &order_id, 100_000).await;
    assert_eq!(balance(&world, LIVE).await, "900.00 UZS");
    let another = live_order(&world).await;
    done(&world, operator::settle(&another, "another")).await;
    done(&world, operator::payout("900.01", "most of it")).await;
    assert_eq!(code(&payme(&world, Mode::Live).cancel(&id, 5).await.unwrap()), -31007);
    assert_eq!(
        operator::refused(&world, operator::refund(&another, "too much")).await,
        "insufficient_balance"
    );
    let more = live_order(&world).await;
    set_fee(&world, 0).await;
    done(&world, operator::settle(&more, "more")).await;
    done(&world, operator::payout("999.99", "the rest")).await;
    assert_eq!(balance(&world, LIVE).await, "900.00 UZS");
    done(&world, operator::refund(&another, "just enough")).await;
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    invariants::check(&world.tables).await;
}

#[test]
fn fees_of_any_rate_and_amount_are_exact() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::with_live_shop());
    proptest!(ProptestConfig::with_cases(40), |(rate in 0..=2000_u16, tiyin in 100_000..=99_999_999_999_i64, back in any::<bool>())| {
        runtime.block_on(async {
            set_fee(&world, rate).await;
            let before = money(&world).await;
            let amount = format!("{}.{:02}", tiyin / 100, tiyin % 100);
            let order_id = operator::order(&world, &amount).await;
            let id = payme_pays(&world, &order_id, tiyin).await;
            let net = tiyin - tiyin * i64::from(rate) / 10_000;
            assert_eq!(money(&world).await - before, net);
            if back {
                assert_eq!(code(&payme(&world, Mode::Live).cancel(&id, 5).await.unwrap()), 0);
                assert_eq!(money(&world).await, before);
            }
            invariants::check(&world.tables).await;
        });
    });
}

/// The journal of half a minute ago is complete only if no write goes out late.
#[tokio::test]
async fn a_decision_that_was_held_back_is_not_written() {
    let mut problems = Vec::new();
    for act in BY_OTHERS.into_iter().chain(BY_OPERATORS) {
        let world = World::with_live_shop().await;
        let ready = prepare(&world, act).await;
        let before = money(&world).await;
        world.proxy.take_calls();
        let gate = world.proxy.gate(on(SETTLEMENT).times(1));
        let held_back = async {
            gate.reached().await;
            world.clock.advance_ms(11_000);
            world.proxy.inject(Fault::TransactionConflict, on(SETTLEMENT).times(1));
            gate.open();
        };
        let (answer, ()) = tokio::join!(ready.send(&world), held_back);
        let sent = world.proxy.take_calls().iter().filter(|call| call.action == SETTLEMENT).count();
        let moved = money(&world).await - before;
        let repeat = ready.send(&world).await;
        if sent != 1 || moved != 0 || !ready.is_unavailable(&answer) || !ready.is_done(&repeat) {
            problems.push(format!("{act:?}: sent {sent}, moved {moved}: {answer:?}, then {repeat:?}"));
        }
        problems.extend(invariants::problems(&world.tables).await);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Times of one payment never run backwards, even if the clock does.
#[tokio::test]
async fn a_change_is_later_than_the_one_before_it() {
    let world = World::with_live_shop().await;
    let order_id = live_order(&world).await;
    let id = held_by_payme(&world, Mode::Live, &order_id).await;
    world.clock.advance_ms(-4000);
    assert_eq!(code(&payme(&world, Mode::Live).perform(&id).await.unwrap()), 0);
    world.clock.advance_ms(-4000);
    assert_eq!(code(&payme(&world, Mode::Live).cancel(&id, 5).await.unwrap()), 0);
    let told = events(&world).await;
    assert!(told[0]["occurred_at"].as_i64() > told[0]["payment_created_at"].as_i64(), "{told:?}");
    assert_eq!(told[1]["type"], "payment.refunded");
    assert_eq!(status(&world, &order_id).await, "refunded");
    invariants::check(&world.tables).await;
}

/// An event without its change can only come from somebody's hand. It is not overwritten.
#[tokio::test]
async fn an_event_is_never_overwritten() {
    let world = World::with_live_shop().await;
    let order_id = live_order(&world).await;
    let at = crate::support::providers::now(&world) + 1;
    let key = format!("{at:013}_{}_cancelled", order_id.rsplit('_').next().unwrap());
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = world.tables.put_item().table_name("events");
    put.item("shop_id", text("201")).item("event_key", text(&key)).send().await.unwrap();
    let answer = world.get(&format!("/api/cancel_payment?{LIVE}&order_id={order_id}")).await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.text("error_code"), "internal_error");
    assert_eq!(status(&world, &order_id).await, "pending");
    assert_eq!(events(&world).await.len(), 1);
}
