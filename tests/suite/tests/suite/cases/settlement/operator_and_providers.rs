//! What an operator does, as the providers see it, and the reverse.

use http::Method;
use runners::{click, merchant::Merchant, payme};
use serde_json::json;
use shared::domain::mode::Mode;
use suite::{invariants, world::World};

use crate::support::{
    operator::{done, refused},
    providers::{
        self, HOUR_MS, TIYIN, code, error, held_by_click, held_by_payme, live_order, now, payme as payme_of,
        result, status, test_order,
    },
};

#[tokio::test]
async fn a_stale_hold_that_an_operator_settled_is_not_performed() {
    let world = World::with_live_shop().await;
    let order_id = test_order(&world).await;
    let id = held_by_payme(&world, Mode::Test, &order_id).await;
    let settle = json!({"command": "settle_payment", "order_id": order_id, "reference": "s"});
    assert_eq!(refused(&world, settle.clone()).await, "payment_held");
    world.clock.advance_ms(12 * HOUR_MS);
    done(&world, settle).await;
    assert_eq!(code(&payme_of(&world, Mode::Test).perform(&id).await.unwrap()), -31008);
    let shown = done(&world, json!({"command": "show_payment", "order_id": order_id})).await;
    let transactions = shown["transactions"].as_array().unwrap();
    assert_eq!(transactions.len(), 2, "{shown}");
    assert!(
        transactions.iter().any(|one| one["kind"] == "payme" && one["state"] == -1 && one["reason"] == 4),
        "{shown}"
    );
    assert!(transactions.iter().any(|one| one["kind"] == "operator" && one["state"] == 2), "{shown}");
}

#[tokio::test]
async fn a_disabled_shop_takes_no_new_hold_and_keeps_the_old_ones() {
    let world = World::with_live_shop().await;
    let (test, live) = (payme_of(&world, Mode::Test), payme_of(&world, Mode::Live));
    let (held, free) = (test_order(&world).await, test_order(&world).await);
    let (held_live, free_live) = (live_order(&world).await, live_order(&world).await);
    let (by_payme, by_click) =
        (held_by_payme(&world, Mode::Test, &held).await, held_by_click(&world, &held_live).await);
    for shop_id in ["101", "201"] {
        done(&world, json!({"command": "disable_shop", "shop_id": shop_id})).await;
    }

    for (payme, order_id) in [(&test, &free), (&live, &free_live)] {
        assert_eq!(code(&payme.check_perform(order_id, TIYIN).await.unwrap()), -31050);
        assert_eq!(
            code(&payme.create(&payme::new_id(), now(&world), order_id, TIYIN).await.unwrap()),
            -31050
        );
    }
    assert_eq!(
        error(
            &providers::click(&world).post(&click::Fields::new(&free_live, providers::AMOUNT)).await.unwrap()
        ),
        -5
    );
    world.send(Method::POST, &format!("/pay/{free}/test"), &[], "").await;
    for order_id in [&free, &free_live] {
        assert_eq!(status(&world, order_id).await, "pending");
    }

    assert_eq!(result(&test.perform(&by_payme).await.unwrap(), "state"), 2);
    assert_eq!(error(&providers::click(&world).post(&by_click).await.unwrap()), 0);
    for order_id in [&held, &held_live] {
        assert_eq!(status(&world, order_id).await, "paid");
    }
    // Money that came is settled even while the shop is disabled.
    done(&world, json!({"command": "settle_payment", "order_id": free, "reference": "late"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_providers_scenarios_the_audit_finds_nothing() {
    let world = World::with_live_shop().await;
    for (mode, shop_id, shop_key) in [(Mode::Test, "101", "test_key_123"), (Mode::Live, "201", "live_key_1")]
    {
        let merchant = Merchant::new(&world.stack.url(), shop_id, shop_key);
        assert!(payme::sandbox(&payme_of(&world, mode), &merchant).await.unwrap().passed());
    }
    let merchant = Merchant::new(&world.stack.url(), "201", "live_key_1");
    assert!(click::scenarios(&providers::click(&world), &merchant).await.unwrap().passed());
    invariants::check(&world.tables).await;
    let answer = done(&world, json!({"command": "audit"})).await;
    assert_eq!((&answer["differences"], &answer["in_motion"]), (&json!([]), &json!([])), "{answer}");
    assert_eq!(answer["shops_checked"], 3);
}
