//! What an operator books of money that went back or came another way, as the providers see it
//! afterwards.

use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{invariants, world::World};

use crate::{
    desk::{ask, done, new_shop, refused, reply},
    shops::{
        HOUR_MS, LIVE, MINUTE_MS, balance, click, code, error, held_by_click, held_by_payme, live_order, now,
        payme, result, status, test_order, world,
    },
};

/// A payment that Payme paid: its order id and Payme's id.
async fn paid_by_payme(world: &World) -> (String, String) {
    let order_id = live_order(world).await;
    let id = held_by_payme(world, Mode::Live, &order_id).await;
    assert_eq!(result(&payme(world, Mode::Live).perform(&id).await.unwrap(), "state"), 2);
    (order_id, id)
}

fn refund(order_id: &str, reference: &str, more: &[(&str, Value)]) -> Value {
    let mut command = json!({"command": "refund_payment", "order_id": order_id, "reference": reference});
    command
        .as_object_mut()
        .unwrap()
        .extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    command
}

fn settle(order_id: &str, reference: &str, received: Option<&str>) -> Value {
    let mut command = json!({"command": "settle_payment", "order_id": order_id, "reference": reference});
    command
        .as_object_mut()
        .unwrap()
        .extend(received.map(|received| ("received".to_owned(), received.into())));
    command
}

fn payout(shop_id: &str, amount: &str, reference: &str) -> Value {
    json!({"command": "record_payout", "shop_id": shop_id, "amount": amount, "reference": reference})
}

/// What Payme's CheckTransaction and GetStatement say of a transaction: state, reason, and whether
/// it has a cancel time.
async fn as_payme_sees(world: &World, id: &str) -> [(Value, Value, bool); 2] {
    let payme = payme(world, Mode::Live);
    let told = |of: &Value| (of["state"].clone(), of["reason"].clone(), of["cancel_time"] != 0);
    let checked = payme.check(id).await.unwrap().json()["result"].clone();
    let statement = payme.statement(now(world) - 24 * HOUR_MS, now(world)).await.unwrap().json()["result"]["transactions"].clone();
    let entry = statement.as_array().unwrap().iter().find(|entry| entry["id"] == id).unwrap();
    [told(&checked), told(entry)]
}

#[tokio::test]
async fn money_that_we_gave_back_is_not_given_back_by_payme() {
    let world = world().await;
    let payme = payme(&world, Mode::Live);
    for (number, more) in [vec![], vec![("returned_by", json!("us"))]].into_iter().enumerate() {
        let (order_id, id) = paid_by_payme(&world).await;
        let performed = payme.perform(&id).await.unwrap();
        let answer = done(&world, refund(&order_id, &format!("r{number}"), &more)).await;
        assert_eq!(answer["payment"]["status"], "refunded", "{answer}");
        assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
        assert_eq!(code(&payme.cancel(&id, 5).await.unwrap()), -31007);
        assert_eq!(
            as_payme_sees(&world, &id).await,
            [(json!(2), json!(null), false), (json!(2), json!(null), false)]
        );
        assert_eq!(payme.perform(&id).await.unwrap(), performed);
        assert_eq!(status(&world, &order_id).await, "refunded");
        assert_eq!(refused(&world, refund(&order_id, "again", &more)).await, "payment_not_refundable");
        // Not for want of money, either.
        paid_by_payme(&world).await;
        assert_eq!(code(&payme.cancel(&id, 5).await.unwrap()), -31007);
        done(&world, payout("201", "1000.00", &format!("p{number}"))).await;
    }
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn money_that_the_provider_gave_back_is_cancelled_there() {
    let world = world().await;
    let payme = payme(&world, Mode::Live);
    let (order_id, id) = paid_by_payme(&world).await;
    world.clock.advance_ms(MINUTE_MS);
    let refunded_at = now(&world);
    done(&world, refund(&order_id, "r", &[("returned_by", json!("provider"))])).await;
    world.clock.advance_ms(MINUTE_MS);
    assert_eq!(as_payme_sees(&world, &id).await, [(json!(-2), json!(5), true), (json!(-2), json!(5), true)]);
    // Its own cancellation gets the stored answer and takes the money no second time.
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
async fn click_s_repeats_after_a_refund_are_decided_by_its_record() {
    let world = world().await;
    for (returned_by, expected) in [("us", -4), ("provider", -9)] {
        let order_id = live_order(&world).await;
        let fields = held_by_click(&world, &order_id).await;
        assert_eq!(error(&click(&world).post(&fields).await.unwrap()), 0);
        done(&world, refund(&order_id, returned_by, &[("returned_by", json!(returned_by))])).await;
        assert_eq!(error(&click(&world).post(&fields).await.unwrap()), expected, "{returned_by}");
        assert_eq!(status(&world, &order_id).await, "refunded");
    }
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    invariants::check(&world.tables).await;
}

/// Who gave the money back is part of what a reference stands for.
#[tokio::test]
async fn a_refund_s_reference_stands_for_all_that_was_asked() {
    let world = world().await;
    let (order_id, _) = paid_by_payme(&world).await;
    let by_provider = refund(&order_id, "r", &[("returned_by", json!("provider"))]);
    let first = reply(&world, &by_provider).await.body;
    assert!(first.starts_with(r#"{"success":true,"#), "{first}");
    assert_eq!(reply(&world, &by_provider).await.body, first);
    for other in [refund(&order_id, "r", &[]), refund(&order_id, "r", &[("returned_by", json!("us"))])] {
        assert_eq!(refused(&world, other).await, "reference_conflict");
    }
    let (order_id, _) = paid_by_payme(&world).await;
    // The default is what it says.
    let first = reply(&world, &refund(&order_id, "s", &[])).await.body;
    assert_eq!(reply(&world, &refund(&order_id, "s", &[("returned_by", json!("us"))])).await.body, first);
    for returned_by in [json!("payme"), json!(true), json!("")] {
        let more = [("returned_by", returned_by)];
        assert_eq!(refused(&world, refund(&order_id, "t", &more)).await, "invalid_field", "{more:?}");
    }
    assert_eq!(
        refused(&world, refund(&order_id, "t", &[("allow_negative", json!("yes"))])).await,
        "invalid_field"
    );
}

#[tokio::test]
async fn a_refund_that_has_happened_may_take_the_balance_below_zero() {
    let world = world().await;
    let (order_id, id) = paid_by_payme(&world).await;
    done(&world, payout("201", "50.00", "p")).await;
    let answer = ask(&world, refund(&order_id, "r", &[])).await;
    assert_eq!(
        (&answer["error_code"], &answer["error"]),
        (&json!("insufficient_balance"), &json!("The shop's balance is 950.00 UZS, less than 1000.00 UZS"))
    );
    assert_eq!(
        refused(&world, refund(&order_id, "r", &[("allow_negative", json!(false))])).await,
        "insufficient_balance"
    );
    done(&world, refund(&order_id, "r", &[("allow_negative", json!(true))])).await;
    assert_eq!(status(&world, &order_id).await, "refunded");
    assert_eq!(code(&payme(&world, Mode::Live).cancel(&id, 5).await.unwrap()), -31007);

    assert_eq!(balance(&world, LIVE).await, "-50.00 UZS");
    let told = world.get(&format!("/api/get_balance?{LIVE}")).await;
    assert!(told.body.contains(r#""balance":-50.00,"balance_formatted":"-50.00 UZS""#), "{told:?}");
    let shown = reply(&world, &json!({"command": "show_shop", "shop_id": "201"})).await.body;
    assert!(shown.contains(r#""balance":-50.00,"balance_formatted":"-50.00 UZS""#), "{shown}");

    // Payouts wait until it is covered.
    let answer = ask(&world, payout("201", "0.01", "q")).await;
    assert_eq!(
        (&answer["error_code"], &answer["error"]),
        (&json!("insufficient_balance"), &json!("The shop's balance is -50.00 UZS, less than 0.01 UZS"))
    );
    paid_by_payme(&world).await;
    assert_eq!(balance(&world, LIVE).await, "950.00 UZS");
    assert_eq!(refused(&world, payout("201", "950.01", "q")).await, "insufficient_balance");
    done(&world, payout("201", "950.00", "q")).await;
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_test_shop_takes_no_payout() {
    let world = world().await;
    let order_id = test_order(&world).await;
    done(&world, settle(&order_id, "s", None)).await;
    assert_eq!(refused(&world, payout("101", "1000.00", "p")).await, "test_shop");
    let (shop_id, _) = new_shop(&world, "test").await;
    assert_eq!(refused(&world, payout(&shop_id, "0.01", "p")).await, "test_shop");
    assert_eq!(
        done(&world, json!({"command": "list_payouts", "shop_id": "101"})).await["payouts"],
        json!([])
    );
    assert_eq!(balance(&world, suite::world::SHOP_101).await, "1000.00 UZS");
    // Its refunds are as they were.
    done(&world, refund(&order_id, "r", &[])).await;
    invariants::check(&world.tables).await;
}

/// An order that Click held, and the Complete of it; the hold is dead.
async fn dead_click(world: &World) -> (String, runners::click::Fields) {
    let order_id = live_order(world).await;
    let fields = held_by_click(world, &order_id).await;
    assert_eq!(refused(world, settle(&order_id, "too early", Some("click"))).await, "payment_held");
    assert_eq!(refused(world, settle(&order_id, "too early", None)).await, "payment_held");
    world.clock.advance_ms(31 * MINUTE_MS);
    (order_id, fields)
}

/// Each attempt and each act of a payment, as an operator is shown them.
async fn transactions(world: &World, order_id: &str) -> Vec<Value> {
    done(world, json!({"command": "show_payment", "order_id": order_id})).await["transactions"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn late_click_money_is_settled_only_when_it_is_said_where_it_came_from() {
    let world = world().await;
    let (order_id, fields) = dead_click(&world).await;
    assert_eq!(refused(&world, settle(&order_id, "s", None)).await, "received_needed");
    assert_eq!(refused(&world, settle(&order_id, "s", Some("payme"))).await, "invalid_field");
    // Also after the payment's own time; the refusal left the reference free.
    world.clock.advance_ms(24 * HOUR_MS);
    assert_eq!(refused(&world, settle(&order_id, "s", None)).await, "received_needed");
    assert_eq!(status(&world, &order_id).await, "expired");
    done(&world, settle(&order_id, "s", Some("click"))).await;
    assert_eq!(error(&click(&world).post(&fields).await.unwrap()), -4);
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn money_that_click_has_performs_its_attempt() {
    let world = world().await;
    let (order_id, fields) = dead_click(&world).await;
    let command = settle(&order_id, "s", Some("click"));
    let first = reply(&world, &command).await;
    assert_eq!(
        (&first.json()["payment"]["status"], &first.json()["payment"]["provider"]),
        (&json!("paid"), &json!("click")),
        "{first:?}"
    );
    for _ in 0..2 {
        assert_eq!(error(&click(&world).post(&fields).await.unwrap()), -4);
    }
    assert_eq!(reply(&world, &command).await.body, first.body);
    assert_eq!(refused(&world, settle(&order_id, "s", Some("outside"))).await, "reference_conflict");
    assert_eq!(refused(&world, settle(&order_id, "t", Some("click"))).await, "payment_not_settleable");
    let transactions = transactions(&world, &order_id).await;
    assert!(transactions.iter().any(|one| one["kind"] == "click" && one["state"] == 2), "{transactions:?}");
    assert!(transactions.iter().any(|one| one["command"] == "settle_payment"), "{transactions:?}");
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
    // It is refunded as any payment of Click's.
    done(&world, refund(&order_id, "r", &[])).await;
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn money_that_came_another_way_ends_click_s_attempt() {
    let world = world().await;
    let (order_id, fields) = dead_click(&world).await;
    let answer = done(&world, settle(&order_id, "s", Some("outside"))).await;
    assert_eq!(
        (&answer["payment"]["status"], &answer["payment"]["provider"]),
        (&json!("paid"), &json!("operator")),
        "{answer}"
    );
    for _ in 0..2 {
        assert_eq!(error(&click(&world).post(&fields).await.unwrap()), -9);
    }
    let transactions = transactions(&world, &order_id).await;
    assert!(
        transactions.iter().any(|one| one["kind"] == "click" && one["state"] == -1 && one["reason"] == 4),
        "{transactions:?}"
    );
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}

/// A late Complete and an operator who says that Click has the money mean the same money.
#[tokio::test]
async fn a_late_complete_and_its_settlement_credit_once() {
    let world = world().await;
    for operator_is_first in [true, false] {
        let (order_id, fields) = dead_click(&world).await;
        let command = settle(&order_id, &order_id[..30], Some("click"));
        let gate = world.proxy.gate(suite::store_proxy::on("TransactWriteItems").times(1));
        if operator_is_first {
            let operator = async {
                gate.reached().await;
                done(&world, command).await;
                gate.open();
            };
            let click = click(&world);
            let (completed, ()) = tokio::join!(click.post(&fields), operator);
            assert_eq!(error(&completed.unwrap()), -4);
        } else {
            let completed = async {
                gate.reached().await;
                let completed = click(&world).post(&fields).await;
                gate.open();
                error(&completed.unwrap())
            };
            let (code, completed) = tokio::join!(refused(&world, command), completed);
            assert_eq!((code.as_str(), completed), ("payment_not_settleable", 0));
        }
        assert_eq!(status(&world, &order_id).await, "paid");
    }
    assert_eq!(balance(&world, LIVE).await, "2000.00 UZS");
    invariants::check(&world.tables).await;
}

/// Where no attempt of Click's is in the way, `received` says nothing more than is known.
#[tokio::test]
async fn received_without_such_an_attempt_is_outside_money_or_refused() {
    let world = world().await;
    let (free, by_payme, expired) =
        (live_order(&world).await, live_order(&world).await, live_order(&world).await);
    let id = held_by_payme(&world, Mode::Live, &by_payme).await;
    // Click gives back what it took for no attempt of ours.
    assert_eq!(refused(&world, settle(&free, "a", Some("click"))).await, "no_click_attempt");
    done(&world, settle(&free, "a", Some("outside"))).await;
    assert_eq!(refused(&world, settle(&by_payme, "b", Some("outside"))).await, "payment_held");
    world.clock.advance_ms(12 * HOUR_MS);
    done(&world, settle(&by_payme, "b", Some("outside"))).await;
    assert_eq!(code(&payme(&world, Mode::Live).perform(&id).await.unwrap()), -31008);
    world.clock.advance_ms(12 * HOUR_MS);
    done(&world, settle(&expired, "c", Some("outside"))).await;
    for order_id in [&free, &by_payme, &expired] {
        assert_eq!(status(&world, order_id).await, "paid");
    }
    assert_eq!(balance(&world, LIVE).await, "3000.00 UZS");
    invariants::check(&world.tables).await;
}
