//! Click's money after its hold. Click has taken the payer's money when it sends Complete. A stale
//! hold lets another attempt take the payment. While none did, the late Complete performs it.

use http::Method;
use runners::click::Fields;
use serde_json::json;
use shared::domain::mode::Mode;
use suite::{
    invariants,
    store_proxy::on,
    world::{LIVE, World},
};

use crate::support::{
    operator::{done, refused},
    providers::{
        AMOUNT, HOUR_MS, MINUTE_MS, TIYIN, balance, click, code, error, held_by_click, held_by_payme,
        live_order, now, payme, result, status,
    },
};

async fn complete(world: &World, fields: &Fields) -> i64 {
    error(&click(world).post(fields).await.unwrap())
}

/// The Prepare of the same Click transaction again.
fn prepare_again(complete: &Fields) -> Fields {
    Fields { merchant_prepare_id: None, ..complete.clone() }
}

/// The state and the reason of the only attempt at `order`, as an operator sees them.
async fn attempt(world: &World, order: &str) -> (i64, Option<i64>) {
    let shown = done(world, json!({"command": "show_payment", "order_id": order})).await;
    let attempts: Vec<_> =
        shown["transactions"].as_array().unwrap().iter().filter(|one| one["kind"] == "click").collect();
    assert_eq!(attempts.len(), 1, "{shown}");
    (attempts[0]["state"].as_i64().unwrap(), attempts[0]["reason"].as_i64())
}

/// Counts the writes since the last call of this.
fn writes(world: &World) -> usize {
    let reads = ["GetItem", "Query", "BatchGetItem", "TransactGetItems"];
    world.proxy.take_calls().iter().filter(|call| !reads.contains(&call.action.as_str())).count()
}

#[tokio::test]
async fn money_that_comes_after_its_hold_is_performed() {
    let world = World::with_live_shop().await;
    let (soon, late) = (live_order(&world).await, live_order(&world).await);
    let (soon_fields, late_fields) = (held_by_click(&world, &soon).await, held_by_click(&world, &late).await);
    world.clock.advance_ms(31 * MINUTE_MS);
    assert_eq!(complete(&world, &soon_fields).await, 0);
    // Past the payment's own expiry, too.
    world.clock.advance_ms(24 * HOUR_MS);
    assert_eq!(status(&world, &late).await, "expired");
    assert_eq!(complete(&world, &late_fields).await, 0);
    for (order, fields) in [(&soon, &soon_fields), (&late, &late_fields)] {
        assert_eq!(complete(&world, fields).await, -4);
        assert_eq!(status(&world, order).await, "paid");
        assert_eq!(attempt(&world, order).await, (2, None));
    }
    assert_eq!(balance(&world, LIVE).await, "2000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_disabled_shop_s_late_money_is_performed() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    let fields = held_by_click(&world, &order).await;
    done(&world, json!({"command": "disable_shop", "shop_id": "201"})).await;
    world.clock.advance_ms(31 * MINUTE_MS);
    assert_eq!(complete(&world, &fields).await, 0);
    assert_eq!(status(&world, &order).await, "paid");
}

#[tokio::test]
async fn a_late_complete_is_checked_for_its_amount_and_click_s_error() {
    let world = World::with_live_shop().await;
    let (order, off) = (live_order(&world).await, live_order(&world).await);
    let (fields, off_fields) = (held_by_click(&world, &order).await, held_by_click(&world, &off).await);
    world.clock.advance_ms(31 * MINUTE_MS);
    assert_eq!(complete(&world, &fields.clone().with_amount("300")).await, -2);
    assert_eq!(attempt(&world, &order).await, (1, None));
    assert_eq!(complete(&world, &fields).await, 0);
    assert_eq!(complete(&world, &off_fields.clone().with_error(-5017)).await, -9);
    assert_eq!(attempt(&world, &off).await, (-1, Some(-5017)));
    assert_eq!(complete(&world, &off_fields).await, -9);
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_payment_that_somebody_else_took_is_not_performed() {
    let world = World::with_live_shop().await;
    let (by_payme, by_click) = (live_order(&world).await, live_order(&world).await);
    let (late, other_late) = (held_by_click(&world, &by_payme).await, held_by_click(&world, &by_click).await);
    world.clock.advance_ms(31 * MINUTE_MS);
    let id = held_by_payme(&world, Mode::Live, &by_payme).await;
    let next = held_by_click(&world, &by_click).await;
    for fields in [&late, &other_late] {
        assert_eq!(complete(&world, fields).await, -9);
        assert_eq!(complete(&world, &prepare_again(fields)).await, -9);
    }
    assert_eq!(attempt(&world, &by_payme).await, (-1, Some(4)));
    // The attempts that took them are performed.
    assert_eq!(result(&payme(&world, Mode::Live).perform(&id).await.unwrap(), "state"), 2);
    assert_eq!(complete(&world, &next).await, 0);
    for fields in [&late, &other_late] {
        assert_eq!(complete(&world, fields).await, -9);
    }
    assert_eq!(balance(&world, LIVE).await, "2000.00 UZS");
    invariants::check(&world.tables).await;
}

/// A late Complete that decides before Payme takes the payment, and is written after it.
#[tokio::test]
async fn a_late_complete_that_loses_the_race_is_not_performed() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    let late = held_by_click(&world, &order).await;
    world.clock.advance_ms(31 * MINUTE_MS);
    let gate = world.proxy.gate(on("TransactWriteItems").times(1));
    let taken = async {
        gate.reached().await;
        let id = held_by_payme(&world, Mode::Live, &order).await;
        gate.open();
        id
    };
    let (answer, id) = tokio::join!(complete(&world, &late), taken);
    assert_eq!(answer, -9);
    assert_eq!(result(&payme(&world, Mode::Live).perform(&id).await.unwrap(), "state"), 2);
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}

/// A take-over that decides while the hold is stale, and is written after the late Complete.
#[tokio::test]
async fn a_take_over_that_loses_the_race_takes_nothing() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    let late = held_by_click(&world, &order).await;
    world.clock.advance_ms(31 * MINUTE_MS);
    let gate = world.proxy.gate(on("TransactWriteItems").times(1));
    let payme = payme(&world, Mode::Live);
    let completed = async {
        gate.reached().await;
        let answer = complete(&world, &late).await;
        gate.open();
        answer
    };
    let (created, answer) = tokio::join!(payme.create("taker", now(&world), &order, TIYIN), completed);
    assert_eq!((code(&created.unwrap()), answer), (-31050, 0));
    assert_eq!(code(&payme.check("taker").await.unwrap()), -31003);
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_prepare_of_a_stale_hold_is_answered_and_writes_nothing() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    let fields = Fields::new(&order, AMOUNT);
    let first = click(&world).post(&fields).await.unwrap();
    world.clock.advance_ms(31 * MINUTE_MS);
    world.proxy.take_calls();
    assert_eq!(click(&world).post(&fields).await.unwrap(), first);
    assert_eq!(complete(&world, &fields.clone().with_amount("300")).await, -2);
    assert_eq!(writes(&world), 0);

    // After the expiry Click cannot begin again, but its money may still be under way.
    world.clock.advance_ms(24 * HOUR_MS);
    world.proxy.take_calls();
    assert_eq!(complete(&world, &fields).await, -9);
    assert_eq!(writes(&world), 0);
    assert_eq!(attempt(&world, &order).await, (1, None));
    assert_eq!(complete(&world, &fields.prepared(&first)).await, 0);
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn cancel_payment_ends_a_stale_hold_for_good() {
    let world = World::with_live_shop().await;
    // By the merchant and by an operator, within the payment's time and after it.
    let orders = [
        live_order(&world).await,
        live_order(&world).await,
        live_order(&world).await,
        live_order(&world).await,
    ];
    let mut late = Vec::new();
    for order in &orders {
        late.push(held_by_click(&world, order).await);
    }
    let by_merchant =
        async |order: &str| world.get(&format!("/api/cancel_payment?{LIVE}&order_id={order}")).await;
    let by_operator = |number: usize| json!({"command": "cancel_payment", "order_id": orders[number], "reference": format!("cancel {number}")});
    assert_eq!(by_merchant(&orders[0]).await.error_code(), "payment_not_cancellable");
    assert_eq!(refused(&world, by_operator(1)).await, "payment_held");
    for (number, wait) in [(0, 31 * MINUTE_MS), (2, 24 * HOUR_MS)] {
        world.clock.advance_ms(wait);
        let cancelled = by_merchant(&orders[number]).await;
        assert_eq!(cancelled.text("status"), "cancelled", "{cancelled:?}");
        assert_eq!(by_merchant(&orders[number]).await.body, cancelled.body);
        assert_eq!(done(&world, by_operator(number + 1)).await["payment"]["status"], "cancelled");
    }
    for (order, fields) in orders.iter().zip(&late) {
        assert_eq!(attempt(&world, order).await, (-1, Some(4)));
        assert_eq!(complete(&world, fields).await, -9);
        assert_eq!(status(&world, order).await, "cancelled");
    }
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn an_expired_payment_that_click_does_not_hold_is_not_cancelled() {
    let world = World::with_live_shop().await;
    let (free, by_payme) = (live_order(&world).await, live_order(&world).await);
    world.clock.advance_ms(11 * HOUR_MS);
    held_by_payme(&world, Mode::Live, &by_payme).await;
    world.clock.advance_ms(13 * HOUR_MS);
    for (number, order) in [&free, &by_payme].into_iter().enumerate() {
        assert_eq!(status(&world, order).await, "expired");
        let reply =
            world.send(Method::GET, &format!("/api/cancel_payment?{LIVE}&order_id={order}"), &[], "").await;
        assert_eq!(reply.error_code(), "payment_not_cancellable");
        let command =
            json!({"command": "cancel_payment", "order_id": order, "reference": format!("cancel {number}")});
        assert_eq!(refused(&world, command).await, "payment_not_cancellable");
    }
    invariants::check(&world.tables).await;
}

/// Payme's protocol requires it: a transaction is cancelled after 12 hours.
#[tokio::test]
async fn payme_s_stale_hold_is_cancelled_and_never_performed() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    let id = held_by_payme(&world, Mode::Live, &order).await;
    world.clock.advance_ms(12 * HOUR_MS);
    let payme = payme(&world, Mode::Live);
    assert_eq!(code(&payme.perform(&id).await.unwrap()), -31008);
    let checked = payme.check(&id).await.unwrap();
    assert_eq!((result(&checked, "state"), result(&checked, "reason")), (json!(-1), json!(4)));
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    // The order is free for Click.
    let fields = held_by_click(&world, &order).await;
    assert_eq!(complete(&world, &fields).await, 0);
    invariants::check(&world.tables).await;
}
