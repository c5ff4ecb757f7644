//! Click's requests: the official scenarios, the form of an answer, and what is refused before the
//! store is asked.

use http::Method;
use runners::{
    click::{Click, Fields, scenarios},
    merchant::Merchant,
};
use serde_json::{Value, json};
use shared::edge::setting::Configured;
use suite::{
    invariants,
    world::{LIVE, World},
};

use crate::support::providers::{AMOUNT, balance, click, error, live_order};

#[tokio::test]
async fn the_fifteen_official_scenarios_pass() {
    let world = World::with_live_shop().await;
    let report =
        scenarios(&click(&world), &Merchant::new(&world.stack.url(), "201", "live_key_1")).await.unwrap();
    assert!(report.passed() && report.steps.len() == 17, "{report}");
    assert_eq!(balance(&world, LIVE).await, "2000.00 UZS");
    invariants::check(&world.tables).await;
}

#[tokio::test]
async fn an_answer_has_click_s_fields() {
    let world = World::with_live_shop().await;
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
async fn a_request_that_click_did_not_send_is_refused() {
    let world = World::with_live_shop().await;
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
async fn every_request_is_refused_when_click_is_off() {
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
