//! Click's Prepare: decided by the attempt's own record, or by the payment.

use runners::click::Fields;
use shared::domain::mode::Mode;
use suite::{
    invariants,
    world::{LIVE, World},
};

use crate::support::providers::{
    AMOUNT, HOUR_MS, MINUTE_MS, click, click_key, error, held_by_click, held_by_payme, live_order, payme,
    set_shop_status, status, stored, test_order,
};

#[tokio::test]
async fn a_repeated_prepare_is_decided_by_its_attempt() {
    let world = World::with_live_shop().await;
    let click = click(&world);
    let (order, other) = (live_order(&world).await, live_order(&world).await);
    let fields = Fields::new(&order, AMOUNT);
    let first = click.post(&fields).await.unwrap();
    assert_eq!(error(&first), 0);

    // Within the hold: the stored answer, byte for byte, also from another process. Amounts are
    // compared as money.
    world.clock.advance_ms(MINUTE_MS);
    let beside = World::beside(&world).await;
    for click in [click.clone(), crate::support::providers::click(&beside)] {
        for amount in ["1000", "1000.0", "1000.00"] {
            assert_eq!(click.post(&fields.clone().with_amount(amount)).await.unwrap(), first);
        }
    }
    for amount in ["999.99", "1000.01", "300", "0", "1000.001", "1e3", "-1000", "x"] {
        assert_eq!(error(&click.post(&fields.clone().with_amount(amount)).await.unwrap()), -2, "{amount}");
    }
    let of_other = Fields { merchant_trans_id: other.clone(), ..fields.clone() };
    assert_eq!(error(&click.post(&of_other).await.unwrap()), -8);

    let complete = fields.clone().prepared(&first);
    assert_eq!(error(&click.post(&complete).await.unwrap()), 0);
    assert_eq!(error(&click.post(&fields).await.unwrap()), -4);
    assert_eq!(error(&click.post(&of_other).await.unwrap()), -8);

    let cancelled = held_by_click(&world, &other).await;
    assert_eq!(error(&click.post(&cancelled.clone().with_error(-1)).await.unwrap()), -9);
    assert_eq!(error(&click.post(&Fields { merchant_prepare_id: None, ..cancelled }).await.unwrap()), -9);
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_new_prepare_is_decided_by_the_payment() {
    let world = World::with_live_shop().await;
    let click = click(&world);
    let prepare =
        async |order: &str, amount: &str| error(&click.post(&Fields::new(order, amount)).await.unwrap());

    for order in ["1", "ORD_1701234567_0000000000000000000nosuch", "ORD_1701234567_000000000000000000sample1"]
    {
        assert_eq!(prepare(order, AMOUNT).await, -5, "{order}");
    }
    assert_eq!(prepare(&test_order(&world).await, AMOUNT).await, -5);

    let held = live_order(&world).await;
    held_by_click(&world, &held).await;
    assert_eq!(prepare(&held, AMOUNT).await, -9);
    assert_eq!(prepare(&held, "1000.01").await, -2);
    let held = live_order(&world).await;
    let id = held_by_payme(&world, Mode::Live, &held).await;
    assert_eq!(prepare(&held, AMOUNT).await, -9);
    payme(&world, Mode::Live).perform(&id).await.unwrap();
    assert_eq!(prepare(&held, AMOUNT).await, -4);
    assert_eq!(prepare(&held, "1000.01").await, -4);
    payme(&world, Mode::Live).cancel(&id, 5).await.unwrap();
    assert_eq!(prepare(&held, AMOUNT).await, -9);

    let cancelled = live_order(&world).await;
    world.get(&format!("/api/cancel_payment?{LIVE}&order_id={cancelled}")).await;
    assert_eq!(prepare(&cancelled, AMOUNT).await, -9);

    let disabled = live_order(&world).await;
    set_shop_status(&world, "201", "disabled").await;
    assert_eq!(prepare(&disabled, AMOUNT).await, -5);
    assert_eq!(prepare(&held, AMOUNT).await, -5);
    set_shop_status(&world, "201", "active").await;

    let expired = live_order(&world).await;
    world.clock.advance_ms(24 * HOUR_MS);
    assert_eq!(prepare(&expired, AMOUNT).await, -9);
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn after_thirty_minutes_a_hold_gives_way() {
    let world = World::with_live_shop().await;
    let click = click(&world);
    let (order, other) = (live_order(&world).await, live_order(&world).await);
    let (taken, alive) = (held_by_click(&world, &order).await, held_by_click(&world, &other).await);
    world.clock.advance_ms(30 * MINUTE_MS - 1);
    assert_eq!(error(&click.post(&Fields::new(&order, AMOUNT)).await.unwrap()), -9);
    assert_eq!(error(&click.post(&alive).await.unwrap()), 0);
    world.clock.advance_ms(1);

    let new = held_by_click(&world, &order).await;
    assert_eq!(error(&click.post(&taken).await.unwrap()), -9);
    let attempt = stored(&world, &click_key(&taken)).await.unwrap();
    assert_eq!((i8::from(attempt.state), attempt.reason.unwrap().get()), (-1, 4));
    assert_eq!(error(&click.post(&new).await.unwrap()), 0);
    assert_eq!(error(&click.post(&taken.with_error(-1)).await.unwrap()), -9);
    assert_eq!(status(&world, &order).await, "paid");
    invariants::check(&world.tables).await;
}
