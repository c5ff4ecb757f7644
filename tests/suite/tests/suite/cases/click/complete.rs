//! Click's Complete: decided by the attempt's own record.

use runners::click::Fields;
use suite::{
    invariants,
    world::{LIVE, World},
};

use crate::support::providers::{
    balance, click, click_key, error, held_by_click, live_order, set_shop_status, stored, test_order,
};

#[tokio::test]
async fn complete_is_decided_by_its_attempt() {
    let world = World::with_live_shop().await;
    let click = click(&world);
    let (order, other) = (live_order(&world).await, live_order(&world).await);
    let complete = held_by_click(&world, &order).await;
    let cases = |merchant_trans_id: &str, prepare_id: &str| Fields {
        merchant_trans_id: merchant_trans_id.to_owned(),
        merchant_prepare_id: Some(prepare_id.to_owned()),
        ..complete.clone()
    };
    let prepare_id = complete.merchant_prepare_id.clone().unwrap();
    let test = test_order(&world).await;
    for error_code in [0, -5017] {
        for (fields, expected) in [
            (cases("1", &prepare_id), -5),
            (cases(&test, &prepare_id), -5),
            (cases(&other, &prepare_id), -6),
            (cases(&order, "0"), -6),
            (cases(&order, "x"), -6),
            (cases(&order, "99999999999999999999"), -6),
            (Fields { click_trans_id: "1".to_owned(), ..complete.clone() }, -6),
        ] {
            let reply = click.post(&fields.with_error(error_code)).await.unwrap();
            assert_eq!(error(&reply), expected, "{reply:?}");
        }
    }
    assert_eq!(error(&click.post(&complete.clone().with_amount("1000.01")).await.unwrap()), -2);
    // Click never sends a positive error.
    assert_eq!(error(&click.post(&complete.clone().with_error(1)).await.unwrap()), -8);
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");

    set_shop_status(&world, "201", "disabled").await;
    assert_eq!(error(&click.post(&complete).await.unwrap()), 0);
    assert_eq!(error(&click.post(&complete).await.unwrap()), -4);
    assert_eq!(error(&click.post(&complete.clone().with_amount("300")).await.unwrap()), -4);
    // The prepare id is checked before the attempt's state.
    assert_eq!(error(&click.post(&cases(&order, "0")).await.unwrap()), -6);
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_cancelled_attempt_keeps_click_s_error_and_frees_its_order() {
    let world = World::with_live_shop().await;
    let (click, order) = (click(&world), live_order(&world).await);
    let complete = held_by_click(&world, &order).await;
    assert_eq!(error(&click.post(&complete.clone().with_error(-5017)).await.unwrap()), -9);
    let attempt = stored(&world, &click_key(&complete)).await.unwrap();
    assert_eq!((i8::from(attempt.state), attempt.reason.unwrap().get()), (-1, -5017));
    let next = held_by_click(&world, &order).await;
    assert_eq!(error(&click.post(&next).await.unwrap()), 0);
    assert_eq!(error(&click.post(&complete).await.unwrap()), -9);
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}
