//! Refunds that an operator records, as the providers see them afterwards.

use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    invariants,
    world::{LIVE, World},
};

use crate::support::{
    operator::{ask, done, payout, refund, refused, reply, with},
    providers::{
        HOUR_MS, MINUTE_MS, balance, click, code, error, held_by_click, held_by_payme, live_order, now,
        payme, result, status,
    },
};

/// A payment that Payme performed: its order id and Payme's id.
async fn paid_by_payme(world: &World) -> (String, String) {
    let order_id = live_order(world).await;
    let id = held_by_payme(world, Mode::Live, &order_id).await;
    assert_eq!(result(&payme(world, Mode::Live).perform(&id).await.unwrap(), "state"), 2);
    (order_id, id)
}

/// The state, the reason, and whether there is a cancel time, in CheckTransaction and GetStatement.
async fn as_payme_sees(world: &World, id: &str) -> [(Value, Value, bool); 2] {
    let payme = payme(world, Mode::Live);
    let seen = |of: &Value| (of["state"].clone(), of["reason"].clone(), of["cancel_time"] != 0);
    let checked = payme.check(id).await.unwrap().json()["result"].clone();
    let statement = payme.statement(now(world) - 24 * HOUR_MS, now(world)).await.unwrap().json()["result"]["transactions"].clone();
    let entry = statement.as_array().unwrap().iter().find(|entry| entry["id"] == id).unwrap();
    [seen(&checked), seen(entry)]
}

#[tokio::test]
async fn a_refund_by_us_is_not_repeated_by_payme() {
    let world = World::with_live_shop().await;
    let payme = payme(&world, Mode::Live);
    for (number, more) in [vec![], vec![("returned_by", json!("us"))]].into_iter().enumerate() {
        let (order_id, id) = paid_by_payme(&world).await;
        let performed = payme.perform(&id).await.unwrap();
        let answer = done(&world, with(refund(&order_id, &format!("r{number}")), &more)).await;
        assert_eq!(answer["payment"]["status"], "refunded", "{answer}");
        assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
        assert_eq!(code(&payme.cancel(&id, 5).await.unwrap()), -31007);
        assert_eq!(
            as_payme_sees(&world, &id).await,
            [(json!(2), json!(null), false), (json!(2), json!(null), false)]
        );
        assert_eq!(payme.perform(&id).await.unwrap(), performed);
        assert_eq!(status(&world, &order_id).await, "refunded");
        assert_eq!(refused(&world, with(refund(&order_id, "again"), &more)).await, "payment_not_refundable");
        // Payme's refusal has nothing to do with the balance.
        paid_by_payme(&world).await;
        assert_eq!(code(&payme.cancel(&id, 5).await.unwrap()), -31007);
        done(&world, payout("1000.00", &format!("p{number}"))).await;
    }
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_refund_by_the_provider_cancels_its_transaction() {
    let world = World::with_live_shop().await;
    let payme = payme(&world, Mode::Live);
    let (order_id, id) = paid_by_payme(&world).await;
    world.clock.advance_ms(MINUTE_MS);
    let refunded_at = now(&world);
    done(&world, with(refund(&order_id, "r"), &[("returned_by", json!("provider"))])).await;
    world.clock.advance_ms(MINUTE_MS);
    assert_eq!(as_payme_sees(&world, &id).await, [(json!(-2), json!(5), true), (json!(-2), json!(5), true)]);
    // Payme's own cancellation gets the stored answer and does not move the money again.
    let cancelled = payme.cancel(&id, 3).await.unwrap();
    assert_eq!(
        (result(&cancelled, "state"), result(&cancelled, "cancel_time")),
        (json!(-2), json!(refunded_at))
    );
    assert_eq!(code(&payme.perform(&id).await.unwrap()), -31008);
    assert_eq!(
        (status(&world, &order_id).await, balance(&world, LIVE).await),
        ("refunded".to_owned(), "0.00 UZS".to_owned())
    );
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn click_s_repeats_after_a_refund_are_decided_by_its_attempt() {
    let world = World::with_live_shop().await;
    for (returned_by, expected) in [("us", -4), ("provider", -9)] {
        let order_id = live_order(&world).await;
        let fields = held_by_click(&world, &order_id).await;
        assert_eq!(error(&click(&world).post(&fields).await.unwrap()), 0);
        done(&world, with(refund(&order_id, returned_by), &[("returned_by", json!(returned_by))])).await;
        assert_eq!(error(&click(&world).post(&fields).await.unwrap()), expected, "{returned_by}");
        assert_eq!(status(&world, &order_id).await, "refunded");
    }
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    invariants::check(&world.tables).await;
}

/// `returned_by` is part of what a reference stands for.
#[tokio::test]
async fn a_refund_s_reference_stands_for_all_its_fields() {
    let world = World::with_live_shop().await;
    let (order_id, _) = paid_by_payme(&world).await;
    let by_provider = with(refund(&order_id, "r"), &[("returned_by", json!("provider"))]);
    let first = reply(&world, &by_provider).await.body;
    assert!(first.starts_with(r#"{"success":true,"#), "{first}");
    assert_eq!(reply(&world, &by_provider).await.body, first);
    for other in [refund(&order_id, "r"), with(refund(&order_id, "r"), &[("returned_by", json!("us"))])] {
        assert_eq!(refused(&world, other).await, "reference_conflict");
    }
    let (order_id, _) = paid_by_payme(&world).await;
    // The default is what it says.
    let first = reply(&world, &refund(&order_id, "s")).await.body;
    assert_eq!(
        reply(&world, &with(refund(&order_id, "s"), &[("returned_by", json!("us"))])).await.body,
        first
    );
    for returned_by in [json!("payme"), json!(true), json!("")] {
        let more = [("returned_by", returned_by)];
        assert_eq!(refused(&world, with(refund(&order_id, "t"), &more)).await, "invalid_field", "{more:?}");
    }
    assert_eq!(
        refused(&world, with(refund(&order_id, "t"), &[("allow_negative", json!("yes"))])).await,
        "invalid_field"
    );
}

#[tokio::test]
async fn allow_negative_takes_the_balance_below_zero() {
    let world = World::with_live_shop().await;
    let (order_id, id) = paid_by_payme(&world).await;
    done(&world, payout("50.00", "p")).await;
    let answer = ask(&world, refund(&order_id, "r")).await;
    assert_eq!(
        (&answer["error_code"], &answer["error"]),
        (&json!("insufficient_balance"), &json!("The shop's balance is 950.00 UZS, less than 1000.00 UZS"))
    );
    assert_eq!(
        refused(&world, with(refund(&order_id, "r"), &[("allow_negative", json!(false))])).await,
        "insufficient_balance"
    );
    done(&world, with(refund(&order_id, "r"), &[("allow_negative", json!(true))])).await;
    assert_eq!(status(&world, &order_id).await, "refunded");
    assert_eq!(code(&payme(&world, Mode::Live).cancel(&id, 5).await.unwrap()), -31007);

    assert_eq!(balance(&world, LIVE).await, "-50.00 UZS");
    let shown = world.get(&format!("/api/get_balance?{LIVE}")).await;
    assert!(shown.body.contains(r#""balance":-50.00,"balance_formatted":"-50.00 UZS""#), "{shown:?}");
    let shown = reply(&world, &json!({"command": "show_shop", "shop_id": "201"})).await.body;
    assert!(shown.contains(r#""balance":-50.00,"balance_formatted":"-50.00 UZS""#), "{shown}");

    // No payout is possible until the balance covers it.
    let answer = ask(&world, payout("0.01", "q")).await;
    assert_eq!(
        (&answer["error_code"], &answer["error"]),
        (&json!("insufficient_balance"), &json!("The shop's balance is -50.00 UZS, less than 0.01 UZS"))
    );
    paid_by_payme(&world).await;
    assert_eq!(balance(&world, LIVE).await, "950.00 UZS");
    assert_eq!(refused(&world, payout("950.01", "q")).await, "insufficient_balance");
    done(&world, payout("950.00", "q")).await;
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    invariants::check(&world.tables).await;
}
