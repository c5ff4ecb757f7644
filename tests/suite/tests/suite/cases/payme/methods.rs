//! Payme's methods on transactions: every state of a payment and of an attempt, row by row.

use runners::{
    merchant::Merchant,
    payme::{new_id, sandbox},
};
use serde_json::{Value, json};
use shared::domain::{
    key::{Reference, TransactionKey},
    mode::Mode,
};
use suite::{
    invariants,
    world::{LIVE, SHOP_101, World},
};

use crate::support::providers::{
    HOUR_MS, MINUTE_MS, TIYIN, balance, code, held_by_click, held_by_payme, live_order, now, pay_out, payme,
    result, set_shop_status, status, stored, test_order,
};

fn key(id: &str) -> TransactionKey {
    TransactionKey::payme(Mode::Test, &Reference::parse(id).unwrap())
}

#[tokio::test]
async fn the_sandbox_passes_with_either_key() {
    let world = World::with_live_shop().await;
    for (mode, shop_id, shop_key) in [(Mode::Test, "101", "test_key_123"), (Mode::Live, "201", "live_key_1")]
    {
        let merchant = Merchant::new(&world.stack.url(), shop_id, shop_key);
        let report = sandbox(&payme(&world, mode), &merchant).await.unwrap();
        assert!(report.passed() && report.steps.len() == 30, "{report}");
    }
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_payment_is_held_paid_and_refunded() {
    let world = World::with_live_shop().await;
    let (payme, order) = (payme(&world, Mode::Test), test_order(&world).await);
    let (id, time) = (new_id(), now(&world) - 1000);

    let created = payme.create(&id, time, &order, TIYIN).await.unwrap();
    let begun = now(&world);
    assert_eq!((result(&created, "create_time"), result(&created, "state")), (json!(begun), json!(1)));
    assert!(result(&created, "transaction").is_string());
    assert_eq!(status(&world, &order).await, "pending");

    world.clock.advance_ms(MINUTE_MS);
    let performed = payme.perform(&id).await.unwrap();
    assert_eq!(
        (result(&performed, "perform_time"), result(&performed, "state")),
        (json!(begun + MINUTE_MS), json!(2))
    );
    assert_eq!(status(&world, &order).await, "paid");
    assert_eq!(balance(&world, SHOP_101).await, "1000.00 UZS");

    world.clock.advance_ms(MINUTE_MS);
    assert_eq!(payme.perform(&id).await.unwrap(), performed);
    let cancelled = payme.cancel(&id, 5).await.unwrap();
    assert_eq!(
        (result(&cancelled, "cancel_time"), result(&cancelled, "state")),
        (json!(begun + 2 * MINUTE_MS), json!(-2))
    );
    assert_eq!(status(&world, &order).await, "refunded");
    assert_eq!(balance(&world, SHOP_101).await, "0.00 UZS");

    world.clock.advance_ms(MINUTE_MS);
    assert_eq!(payme.cancel(&id, 3).await.unwrap(), cancelled);
    let checked = payme.check(&id).await.unwrap().json()["result"].clone();
    let expected = json!({
        "create_time": begun, "perform_time": begun + MINUTE_MS, "cancel_time": begun + 2 * MINUTE_MS,
        "transaction": result(&created, "transaction"), "state": -2, "reason": 5,
    });
    assert_eq!(checked, expected);
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_repeat_is_the_first_answer_also_after_a_restart() {
    let world = World::with_live_shop().await;
    let payme = payme(&world, Mode::Test);
    for (perform, cancel) in [(false, false), (true, false), (false, true), (true, true)] {
        let (id, order) = (new_id(), test_order(&world).await);
        let mut answers = vec![payme.create(&id, now(&world), &order, TIYIN).await.unwrap()];
        world.clock.advance_ms(1);
        if perform {
            answers.push(payme.perform(&id).await.unwrap());
        }
        world.clock.advance_ms(1);
        if cancel {
            answers.push(payme.cancel(&id, 3).await.unwrap());
        }
        let checked = payme.check(&id).await.unwrap();
        world.clock.advance_ms(MINUTE_MS);

        // Another process over the same store.
        let restarted = World::beside(&world).await;
        for payme in [payme.clone(), crate::support::providers::payme(&restarted, Mode::Test)] {
            let again = match (perform, cancel) {
                (_, true) => payme.cancel(&id, 4).await.unwrap(),
                (true, false) => payme.perform(&id).await.unwrap(),
                // The same id makes a call a repeat, whatever else it says.
                (false, false) => payme.create(&id, now(&world), &order, TIYIN + 1).await.unwrap(),
            };
            assert_eq!(Some(&again), answers.last());
            assert_eq!(payme.check(&id).await.unwrap(), checked);
        }
    }
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_payment_that_cannot_be_paid_is_no_order() {
    let world = World::with_live_shop().await;
    let payme = payme(&world, Mode::Test);
    let refused = async |order: &str| {
        let checked = payme.check_perform(order, TIYIN).await.unwrap();
        let created = payme.create(&new_id(), now(&world), order, TIYIN).await.unwrap();
        for reply in [checked, created] {
            assert_eq!(code(&reply), -31050, "{reply:?}");
            let error = reply.json()["error"].clone();
            assert_eq!(error["data"], "order_id");
            assert!(["uz", "ru", "en"].into_iter().all(|language| {
                error["message"][language].as_str().is_some_and(|text| !text.is_empty())
            }));
        }
    };
    for order in
        ["", "197", "ORD_1701234567_0000000000000000000nosuch", "ORD_1701234568_000000000000000000sample1"]
    {
        refused(order).await;
    }
    refused(&live_order(&world).await).await;

    let cancelled = test_order(&world).await;
    world.shop("cancel_payment", &format!("order_id={cancelled}")).await;
    refused(&cancelled).await;

    let paid = test_order(&world).await;
    let id = held_by_payme(&world, Mode::Test, &paid).await;
    payme.perform(&id).await.unwrap();
    refused(&paid).await;
    payme.cancel(&id, 5).await.unwrap();
    refused(&paid).await;

    let disabled = test_order(&world).await;
    set_shop_status(&world, "101", "disabled").await;
    refused(&disabled).await;
    set_shop_status(&world, "101", "active").await;

    let expired = test_order(&world).await;
    world.clock.advance_ms(24 * HOUR_MS);
    refused(&expired).await;
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_disabled_shop_keeps_its_holds() {
    let world = World::with_live_shop().await;
    let payme = payme(&world, Mode::Test);
    let (order, other) = (test_order(&world).await, test_order(&world).await);
    let (id, lost) =
        (held_by_payme(&world, Mode::Test, &order).await, held_by_payme(&world, Mode::Test, &other).await);
    set_shop_status(&world, "101", "disabled").await;
    assert_eq!(result(&payme.perform(&id).await.unwrap(), "state"), 2);
    assert_eq!(result(&payme.cancel(&id, 5).await.unwrap(), "state"), -2);
    assert_eq!(result(&payme.cancel(&lost, 5).await.unwrap(), "state"), -1);
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn an_amount_that_is_off_by_one_tiyin_is_wrong() {
    let world = World::with_live_shop().await;
    let (payme, order) = (payme(&world, Mode::Test), test_order(&world).await);
    for amount in [TIYIN - 1, TIYIN + 1, 0, -TIYIN, i64::MAX, i64::MIN] {
        assert_eq!(code(&payme.check_perform(&order, amount).await.unwrap()), -31001, "{amount}");
        assert_eq!(
            code(&payme.create(&new_id(), now(&world), &order, amount).await.unwrap()),
            -31001,
            "{amount}"
        );
    }
}

#[tokio::test]
async fn a_held_order_takes_no_other_transaction() {
    let world = World::with_live_shop().await;
    let payme = payme(&world, Mode::Live);
    for held in [true, false] {
        let order = live_order(&world).await;
        if held {
            held_by_payme(&world, Mode::Live, &order).await;
        } else {
            held_by_click(&world, &order).await;
        }
        assert_eq!(code(&payme.check_perform(&order, TIYIN).await.unwrap()), -31008);
        assert_eq!(code(&payme.create(&new_id(), now(&world), &order, TIYIN).await.unwrap()), -31008);
        // The amount is checked before the hold.
        assert_eq!(code(&payme.check_perform(&order, TIYIN + 1).await.unwrap()), -31001);
    }
}

#[tokio::test]
async fn an_unknown_transaction_is_not_found() {
    let world = World::with_live_shop().await;
    let order = test_order(&world).await;
    let id = held_by_payme(&world, Mode::Test, &order).await;
    // An id belongs to the mode of the key that came with it.
    for (payme, id) in [(payme(&world, Mode::Test), "nobody"), (payme(&world, Mode::Live), id.as_str())] {
        for reply in [payme.perform(id).await, payme.cancel(id, 1).await, payme.check(id).await] {
            assert_eq!(code(&reply.unwrap()), -31003);
        }
    }
}

#[tokio::test]
async fn twelve_hours_of_payme_s_time_end_a_hold() {
    let world = World::with_live_shop().await;
    let payme = payme(&world, Mode::Test);
    // Payme's time is an hour behind ours, so eleven of our hours are left.
    let begin = async |order: &str| {
        let id = new_id();
        assert_eq!(code(&payme.create(&id, now(&world) - HOUR_MS, order, TIYIN).await.unwrap()), 0);
        id
    };
    let orders = [
        test_order(&world).await,
        test_order(&world).await,
        test_order(&world).await,
        test_order(&world).await,
    ];
    let [alive, performed, repeated, cancelled] =
        [begin(&orders[0]).await, begin(&orders[1]).await, begin(&orders[2]).await, begin(&orders[3]).await];

    world.clock.advance_ms(11 * HOUR_MS - 1);
    assert_eq!(result(&payme.perform(&alive).await.unwrap(), "state"), 2);
    world.clock.advance_ms(1);
    assert_eq!(code(&payme.perform(&performed).await.unwrap()), -31008);
    assert_eq!(code(&payme.create(&repeated, now(&world), &orders[2], TIYIN).await.unwrap()), -31008);
    for id in [&performed, &repeated] {
        let checked = payme.check(id).await.unwrap();
        assert_eq!((result(&checked, "state"), result(&checked, "reason")), (json!(-1), json!(4)));
        assert_eq!(result(&checked, "cancel_time"), now(&world));
    }
    // A cancel of a stale hold keeps its own reason.
    assert_eq!(result(&payme.cancel(&cancelled, 3).await.unwrap(), "state"), -1);
    assert_eq!(result(&payme.check(&cancelled).await.unwrap(), "reason"), 3);
    // The orders are free again.
    for order in &orders[1..] {
        assert_eq!(code(&payme.check_perform(order, TIYIN).await.unwrap()), 0);
    }
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_stale_hold_gives_way_to_a_new_transaction() {
    let world = World::with_live_shop().await;
    let (payme, order) = (payme(&world, Mode::Test), test_order(&world).await);
    let old = held_by_payme(&world, Mode::Test, &order).await;
    world.clock.advance_ms(12 * HOUR_MS);
    assert_eq!(code(&payme.check_perform(&order, TIYIN).await.unwrap()), 0);
    let new = held_by_payme(&world, Mode::Test, &order).await;

    assert_eq!(
        (
            result(&payme.check(&old).await.unwrap(), "state"),
            stored(&world, &key(&old)).await.unwrap().reason.unwrap().get()
        ),
        (json!(-1), 4)
    );
    assert_eq!(code(&payme.perform(&old).await.unwrap()), -31008);
    assert_eq!(result(&payme.perform(&new).await.unwrap(), "state"), 2);
    // A late Cancel of the old attempt gets that attempt's answer and leaves the payment paid.
    assert_eq!(result(&payme.cancel(&old, 3).await.unwrap(), "state"), -1);
    assert_eq!(status(&world, &order).await, "paid");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_hold_outlives_the_expiry_of_its_order() {
    let world = World::with_live_shop().await;
    let (payme, order) = (payme(&world, Mode::Test), test_order(&world).await);
    world.clock.advance_ms(24 * HOUR_MS - 1);
    let id = held_by_payme(&world, Mode::Test, &order).await;
    world.clock.advance_ms(HOUR_MS);
    assert_eq!(status(&world, &order).await, "pending");
    assert_eq!(code(&payme.create(&new_id(), now(&world), &order, TIYIN).await.unwrap()), -31008);
    assert_eq!(result(&payme.perform(&id).await.unwrap(), "state"), 2);
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_time_out_of_bounds_stores_nothing() {
    let world = World::with_live_shop().await;
    let (payme, order) = (payme(&world, Mode::Test), test_order(&world).await);
    let now = now(&world);
    for time in [
        now + 5 * MINUTE_MS + 1,
        now - 12 * HOUR_MS,
        0,
        -1,
        i64::MIN,
        i64::MAX,
        9_999_999_999_999,
        10_000_000_000_000,
    ] {
        let id = new_id();
        assert_eq!(code(&payme.create(&id, time, &order, TIYIN).await.unwrap()), -31008, "{time}");
        assert!(stored(&world, &key(&id)).await.is_none());
    }
    let ahead = new_id();
    assert_eq!(code(&payme.create(&ahead, now + 5 * MINUTE_MS, &order, TIYIN).await.unwrap()), 0);
    // A clock that is ahead does not make the hold longer.
    assert_eq!(stored(&world, &key(&ahead)).await.unwrap().hold_until.unwrap().get(), now + 12 * HOUR_MS);
}

#[tokio::test]
async fn money_that_was_paid_out_is_not_refunded() {
    let world = World::with_live_shop().await;
    let (payme, order) = (payme(&world, Mode::Live), live_order(&world).await);
    let id = held_by_payme(&world, Mode::Live, &order).await;
    payme.perform(&id).await.unwrap();
    pay_out(&world, 1).await;
    assert_eq!(code(&payme.cancel(&id, 5).await.unwrap()), -31007);
    assert_eq!(result(&payme.check(&id).await.unwrap(), "state"), 2);
    assert_eq!(status(&world, &order).await, "paid");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn fiscal_data_are_kept_as_they_came() {
    let world = World::with_live_shop().await;
    let (payme, order) = (payme(&world, Mode::Test), test_order(&world).await);
    let id = held_by_payme(&world, Mode::Test, &order).await;
    let data = |receipt: Value| {
        json!({"receipt_id": receipt, "status_code": 0, "message": "accepted", "terminal_id": "EP000000000025", "fiscal_sign": "800031554082",
               "qr_code_url": "https://ofd.soliq.uz/check?t=EP000000000025", "date": "20220706221021"})
    };
    let set = async |id: &str, kind: &str, data: Value| {
        payme.call("SetFiscalData", json!({"id": id, "type": kind, "fiscal_data": data})).await.unwrap()
    };
    for (kind, receipt) in [("PERFORM", json!("121")), ("CANCEL", json!(122)), ("CANCEL", json!(122))] {
        let reply = set(&id, kind, data(receipt)).await;
        assert_eq!(result(&reply, "success"), true, "{reply:?}");
    }
    let attempt = stored(&world, &key(&id)).await.unwrap();
    let kept: Value = serde_json::from_str(&attempt.fiscal_perform.unwrap()).unwrap();
    assert_eq!(kept, data(json!("121")));
    assert!(attempt.fiscal_cancel.unwrap().contains("122"));

    assert_eq!(code(&set("nobody", "PERFORM", data(json!(1))).await), -32001);
    for (kind, data) in [
        ("PAY", data(json!(1))),
        ("PERFORM", Value::Null),
        ("PERFORM", json!([])),
        ("PERFORM", json!(["121", 0, null, null, null, null, null])),
        ("PERFORM", json!({})),
        ("PERFORM", data(json!([1]))),
        ("PERFORM", data(json!("x".repeat(5000)))),
    ] {
        assert_eq!(code(&set(&id, kind, data.clone()).await), -32602, "{kind} {data}");
    }
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn the_test_key_reaches_no_live_shop_and_the_live_key_no_test_shop() {
    let world = World::with_live_shop().await;
    let (test, live) = (test_order(&world).await, live_order(&world).await);
    for (mode, order, expected) in [
        (Mode::Test, &test, 0),
        (Mode::Test, &live, -31050),
        (Mode::Live, &live, 0),
        (Mode::Live, &test, -31050),
    ] {
        let reply = payme(&world, mode).create(&new_id(), now(&world), order, TIYIN).await.unwrap();
        assert_eq!(code(&reply), expected, "{mode:?}");
    }
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");
}
