//! Click's answers, decided by the attempt's own record (design: "Click's answers"), and what is
//! refused before it.

use http::Method;
use runners::{
    click::{Click, Fields, scenarios},
    merchant::Merchant,
};
use serde_json::{Value, json};
use shared::{
    domain::{key::TransactionKey, mode::Mode},
    edge::setting::Configured,
};
use suite::{invariants, world::World};

use crate::shops::{
    AMOUNT, HOUR_MS, LIVE, MINUTE_MS, balance, click, error, held_by_click, held_by_payme, live_order, payme,
    set_shop_status, status, stored, test_order, world,
};

fn key(fields: &Fields) -> TransactionKey {
    TransactionKey::click(fields.click_trans_id.parse().unwrap())
}

#[tokio::test]
async fn the_fifteen_official_scenarios_pass() {
    let world = world().await;
    let report =
        scenarios(&click(&world), &Merchant::new(&world.stack.url(), "201", "live_key_1")).await.unwrap();
    assert!(report.passed() && report.steps.len() == 17, "{report}");
    assert_eq!(balance(&world, LIVE).await, "2000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn an_answer_has_click_s_fields() {
    let world = world().await;
    let (click, order) = (click(&world), live_order(&world).await);
    let fields = Fields { click_trans_id: "9223372036854775807".to_owned(), ..Fields::new(&order, AMOUNT) };
    let prepared = click.post(&fields).await.unwrap();
    let prepare_id = prepared.json()["merchant_prepare_id"].as_i64().unwrap();
    assert!((1..=i64::from(i32::MAX)).contains(&prepare_id));
    let expected = format!(
        r#"{{"click_trans_id":9223372036854775807,"merchant_trans_id":"{order}","merchant_prepare_id":{prepare_id},"error":0,"error_note":"Success"}}"#
    );
    assert_eq!(prepared.body, expected);
    let complete = fields.prepared(&prepared);
    let expected = expected.replace("merchant_prepare_id", "merchant_confirm_id");
    assert_eq!(click.post(&complete).await.unwrap().body, expected);
    let again = click.post(&complete).await.unwrap().json();
    assert_eq!(
        (&again["error"], &again["error_note"], &again["merchant_confirm_id"]),
        (&json!(-4), &json!("Already paid"), &Value::Null)
    );
}

#[tokio::test]
async fn prepare_is_decided_by_the_record() {
    let world = world().await;
    let click = click(&world);
    let (order, other) = (live_order(&world).await, live_order(&world).await);
    let fields = Fields::new(&order, AMOUNT);
    let first = click.post(&fields).await.unwrap();
    assert_eq!(error(&first), 0);

    // A live hold: the stored answer, byte for byte, also from another process; so'm are compared
    // as money.
    world.clock.advance_ms(MINUTE_MS);
    let beside = World::beside(&world).await;
    for click in [click.clone(), crate::shops::click(&beside)] {
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
async fn prepare_of_a_new_transaction_is_decided_by_the_order() {
    let world = world().await;
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
    let world = world().await;
    let click = click(&world);
    let (order, other) = (live_order(&world).await, live_order(&world).await);
    let (taken, alive) = (held_by_click(&world, &order).await, held_by_click(&world, &other).await);
    world.clock.advance_ms(30 * MINUTE_MS - 1);
    assert_eq!(error(&click.post(&Fields::new(&order, AMOUNT)).await.unwrap()), -9);
    assert_eq!(error(&click.post(&alive).await.unwrap()), 0);
    world.clock.advance_ms(1);

    let new = held_by_click(&world, &order).await;
    assert_eq!(error(&click.post(&taken).await.unwrap()), -9);
    let attempt = stored(&world, &key(&taken)).await.unwrap();
    assert_eq!((i8::from(attempt.state), attempt.reason.unwrap().get()), (-1, 4));
    assert_eq!(error(&click.post(&new).await.unwrap()), 0);
    assert_eq!(error(&click.post(&taken.with_error(-1)).await.unwrap()), -9);
    assert_eq!(status(&world, &order).await, "paid");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn complete_is_decided_by_the_record() {
    let world = world().await;
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
    // Click knows no positive error.
    assert_eq!(error(&click.post(&complete.clone().with_error(1)).await.unwrap()), -8);
    assert_eq!(balance(&world, LIVE).await, "0.00 UZS");

    set_shop_status(&world, "201", "disabled").await;
    assert_eq!(error(&click.post(&complete).await.unwrap()), 0);
    assert_eq!(error(&click.post(&complete).await.unwrap()), -4);
    assert_eq!(error(&click.post(&complete.clone().with_amount("300")).await.unwrap()), -4);
    // An unknown prepare id is found out before the record's state.
    assert_eq!(error(&click.post(&cases(&order, "0")).await.unwrap()), -6);
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn a_cancelled_attempt_keeps_click_s_error_and_frees_its_order() {
    let world = world().await;
    let (click, order) = (click(&world), live_order(&world).await);
    let complete = held_by_click(&world, &order).await;
    assert_eq!(error(&click.post(&complete.clone().with_error(-5017)).await.unwrap()), -9);
    let attempt = stored(&world, &key(&complete)).await.unwrap();
    assert_eq!((i8::from(attempt.state), attempt.reason.unwrap().get()), (-1, -5017));
    let next = held_by_click(&world, &order).await;
    assert_eq!(error(&click.post(&next).await.unwrap()), 0);
    assert_eq!(error(&click.post(&complete).await.unwrap()), -9);
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn what_click_did_not_send_is_refused() {
    let world = world().await;
    let (click, order) = (click(&world), live_order(&world).await);
    let fields = Fields::new(&order, AMOUNT);
    let form = click.form(&fields);
    let post = async |form: &str| error(&click.post_form(false, form).await.unwrap());

    for field in form.split('&') {
        let (name, value) = field.split_once('=').unwrap();
        let without: Vec<_> = form.split('&').filter(|other| *other != field).collect();
        assert_eq!(post(&without.join("&")).await, -8, "without {name}");
        assert_eq!(post(&format!("{form}&{field}")).await, -8, "twice {name}");
        assert_eq!(post(&form.replace(field, &format!("{name}=%ff"))).await, -8, "undecodable {name}");
        if !value.is_empty() {
            assert_eq!(post(&form.replace(field, &format!("{name}="))).await, -8, "empty {name}");
        }
    }
    for body in ["", "{}", "&&&", "\u{0}", &"x".repeat(1_000_000), &json!({"click_trans_id": 1}).to_string()]
    {
        assert_eq!(post(body).await, -8);
    }
    assert_eq!(post(&form.replace("amount=1000.00", "amount=1.00")).await, -1);
    let stranger = Click::new(&world.stack.url(), "12345", "wrong");
    assert_eq!(error(&stranger.post(&fields).await.unwrap()), -1);
    let foreign = Click::new(&world.stack.url(), "99999", "local-click-secret");
    assert_eq!(error(&foreign.post(&fields).await.unwrap()), -8);
    // A Complete at Prepare's address, and the reverse.
    let complete = click.form(&Fields { merchant_prepare_id: Some("1".to_owned()), ..fields.clone() });
    assert_eq!(post(&complete).await, -1);
    assert_eq!(error(&click.post_form(true, &form).await.unwrap()), -8);
    for trans_id in ["0x1", "-1", "1.0", "99999999999999999999"] {
        let fields = Fields { click_trans_id: trans_id.to_owned(), ..fields.clone() };
        assert_eq!(error(&click.post(&fields).await.unwrap()), -8, "{trans_id}");
    }
    // The content type does not matter, the form does.
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
        let reply = world.send(Method::POST, "/click/prepare", &[("content-type", kind)], &form).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["error"]), (200, &json!(0)), "{kind}");
    }
}

#[tokio::test]
async fn click_without_credentials_is_off() {
    let world = World::start_with(|options| options.settings.click = Configured::Off).await;
    let click = click(&world);
    let prepare = Fields::new("ORD_1701234567_000000000000000000sample1", AMOUNT);
    assert_eq!(error(&click.post(&prepare).await.unwrap()), -1);
    assert_eq!(
        error(&click.post(&Fields { merchant_prepare_id: Some("1".to_owned()), ..prepare }).await.unwrap()),
        -1
    );
    assert_eq!(error(&click.post_form(false, "").await.unwrap()), -1);
}
