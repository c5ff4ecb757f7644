//! Setting, reading, testing, rotating and deleting a webhook.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::domain::webhook_url::UrlRules;
use standardwebhooks::Webhook;
use suite::{
    receiver::{Answer, Received, Receiver},
    redact::by_field,
    store_proxy::{Fault, on},
    world::{LIVE, SHOP_101, World},
};

use crate::support::{
    journal::pay,
    merchant::{assert_refused, at_once, encoded},
};

/// Sets the webhook of shop 101. Returns the answer.
async fn set(world: &World, url: &str) -> Value {
    let reply = world.shop("set_webhook", &format!("url={}", encoded(url))).await;
    assert_eq!(reply.json()["success"], true, "{reply:?}");
    reply.json()
}

/// Whether `secret` made one of the request's signatures.
fn is_signed_with(request: &Received, secret: &Value) -> bool {
    let webhook = Webhook::new(secret.as_str().unwrap()).unwrap();
    let timestamp = request.header("webhook-timestamp").parse().unwrap();
    let signature = webhook.sign(request.header("webhook-id"), timestamp, &request.body).unwrap();
    request.header("webhook-signature").split(' ').any(|one| one == signature)
}

#[tokio::test]
async fn a_webhook_is_set_with_its_secret_once_and_read_without_it() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let url = encoded(&receiver.url());
    let reply =
        world.shop("set_webhook", &format!("url={url}&events=payment.refunded,%20payment.paid")).await;
    insta::assert_snapshot!(by_field(&reply.body), @r#"
    {"success":true,
    "shop_id":"101",
    "url":"<url>/webhook",
    "events":["payment.paid",
    "payment.refunded"],
    "state":"active",
    "failures":0,
    "waiting":0,
    "secret":"<webhook secret>"}
    "#);
    let read = world.shop("get_webhook", "").await.body;
    let secret = format!(",\"secret\":\"{}\"", reply.text("secret"));
    assert_eq!(read, reply.body.replace(&secret, ""));

    // The address and the types change, the secret stays and is not shown.
    let changed = set(&world, "https://shop.uz/a?b=c").await;
    assert_eq!((&changed["url"], changed.get("secret")), (&json!("https://shop.uz/a?b=c"), None));
    assert_eq!(changed["events"].as_array().unwrap().len(), 6);
    set(&world, &receiver.url()).await;
    assert_eq!(world.shop("test_webhook", "").await.json()["http_status"], 200);
    assert!(is_signed_with(&receiver.take_requests()[0], &reply.json()["secret"]));
}

#[tokio::test]
async fn an_address_that_breaks_a_rule_is_refused_before_the_store_is_asked() {
    let world = World::start().await;
    let own = world.stack.url();
    for (url, says) in [
        ("http://shop.uz/", "https://"),
        ("https://10.0.0.1/", "IP address"),
        ("https://shop/", "domain with a dot"),
        ("https://shop.uz:8080/", "port 443 or 8443"),
        ("https://a@shop.uz/", "user name"),
        ("https://shop.uz/#a", "fragment"),
        ("https://x.amazonaws.com/", "amazonaws.com"),
        ("shop.uz", "absolute address"),
        ("https://do'kon\u{7}.uz/", "RFC 3986"),
        (&own, "this service itself"),
        (&format!("https://shop.uz/{}", "a".repeat(490)), "at most 500"),
    ] {
        let reply = world.shop("set_webhook", &format!("url={}", encoded(url))).await;
        assert_refused(&reply, "invalid_url", url);
        assert!(reply.text("error").contains(says), "{url}: {reply:?}");
    }
    for events in ["paid", "payment.expired", "webhook.test", ",", "payment.paid,,payout.recorded"] {
        let reply = world.shop("set_webhook", &format!("url=https://shop.uz/&events={events}")).await;
        assert_refused(&reply, "invalid_parameter", events);
    }
    for (endpoint, parameters, code) in [
        ("set_webhook", "", "missing_parameter"),
        ("rotate_webhook_secret", "old_secret_valid_hours=169", "invalid_parameter"),
        ("rotate_webhook_secret", "old_secret_valid_hours=-1", "invalid_parameter"),
        ("rotate_webhook_secret", "old_secret_valid_hours=1.5", "invalid_parameter"),
        ("get_deliveries", "status=sent", "invalid_parameter"),
        ("get_deliveries", "limit=0", "invalid_limit"),
        ("get_deliveries", "cursor=", "invalid_cursor"),
    ] {
        assert_refused(&world.shop(endpoint, parameters).await, code, parameters);
    }
    assert_eq!(world.proxy.take_calls().len(), 0);
}

/// The gateway's own domain is no place for webhooks, whatever PUBLIC_URL says.
#[tokio::test]
async fn the_gateways_own_domain_is_refused() {
    let world = World::start().await;
    for url in ["https://api.shop.uz/webhook", "https://API.shop.uz:8443/"] {
        let query = format!("{SHOP_101}&url={}", encoded(url));
        let mut event = suite::event::v2("GET", "/api/set_webhook", &query);
        event["requestContext"]["domainName"] = json!("api.shop.uz");
        let answer = world.invoke("set_webhook", &event).await;
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["error"], "url must not lead to this service itself");
    }
}

#[tokio::test]
async fn a_public_shop_has_no_webhook_on_a_deployment() {
    let world = World::start_with(|options| options.settings.webhooks.public_shops = false).await;
    world.add_live_shop().await;
    assert_refused(&world.shop("set_webhook", "url=https://shop.uz/").await, "public_shop", "shop 101");
    assert_refused(&world.shop("get_webhook", "").await, "webhook_not_set", "shop 101");
    let own = world.get(&format!("/api/set_webhook?{LIVE}&url=https://shop.uz/")).await;
    assert!(own.text("secret").starts_with("whsec_"), "{own:?}");
}

#[tokio::test]
async fn nothing_but_set_and_delete_works_without_a_webhook() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    for _ in 0..2 {
        for (endpoint, parameters) in [
            ("get_webhook", ""),
            ("rotate_webhook_secret", ""),
            ("test_webhook", ""),
            ("resend_event", "from=2026-01-01"),
            ("resend_event", "event_id=EVT_1700000000000_000000000000000000sample1_paid"),
        ] {
            assert_refused(&world.shop(endpoint, parameters).await, "webhook_not_set", endpoint);
        }
        let first = set(&world, &receiver.url()).await;
        assert!(first["secret"].is_string(), "{first}");
        // Twice is as good as once.
        for _ in 0..2 {
            let deleted = world.shop("delete_webhook", "").await.json();
            assert_eq!(deleted, json!({"success": true, "shop_id": "101"}));
        }
    }
}

#[tokio::test]
async fn a_prefetch_changes_nothing() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let url = format!("url={}", encoded(&receiver.url()));
    let prefetch = async |endpoint: &str, parameters: &str| {
        let path = format!("/api/{endpoint}?{SHOP_101}&{parameters}");
        let reply = world.get_with(&path, &[("sec-purpose", "prefetch")]).await;
        assert_refused(&reply, "prefetch_refused", endpoint);
    };
    prefetch("set_webhook", &url).await;
    set(&world, &receiver.url()).await;
    let before = world.shop("get_webhook", "").await.body;
    for endpoint in ["rotate_webhook_secret", "test_webhook", "delete_webhook"] {
        prefetch(endpoint, "").await;
    }
    prefetch("resend_event", "from=2026-01-01").await;
    assert_eq!(world.shop("get_webhook", "").await.body, before);
    assert_eq!(receiver.take_requests().len(), 0);
}

#[tokio::test]
async fn a_replaced_secret_signs_on_until_its_end() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let first = set(&world, &receiver.url()).await["secret"].clone();
    let rotated = world.shop("rotate_webhook_secret", "old_secret_valid_hours=2").await;
    insta::assert_snapshot!(by_field(&rotated.body), @r#"
    {"success":true,
    "shop_id":"101",
    "secret":"<webhook secret>",
    "old_secret_expires_at":"<time>",
    "old_secret_expires_at_iso":"<iso time>"}
    "#);
    let second = rotated.json()["secret"].clone();
    assert_ne!(first, second);
    let read = world.shop("get_webhook", "").await;
    assert_eq!(read.text("old_secret_expires_at_iso"), rotated.text("old_secret_expires_at_iso"));

    let signed = async |secrets: &[(&Value, bool)]| {
        world.clock.advance_ms(10_000);
        assert_eq!(world.shop("test_webhook", "").await.json()["http_status"], 200);
        let request = receiver.take_requests().remove(0);
        for (secret, valid) in secrets {
            assert_eq!(is_signed_with(&request, secret), *valid, "{request:?}");
        }
    };
    signed(&[(&first, true), (&second, true)]).await;
    world.clock.advance_ms(2 * 60 * 60 * 1000);
    signed(&[(&first, false), (&second, true)]).await;
    assert_eq!(world.shop("get_webhook", "").await.json().get("old_secret_expires_at"), None);

    // Without hours the old one ends at once; a third one ends the first of them.
    let third =
        world.shop("rotate_webhook_secret", "old_secret_valid_hours=0").await.json()["secret"].clone();
    signed(&[(&second, false), (&third, true)]).await;
    let fourth = world.shop("rotate_webhook_secret", "").await.json()["secret"].clone();
    let fifth = world.shop("rotate_webhook_secret", "").await.json()["secret"].clone();
    signed(&[(&third, false), (&fourth, true), (&fifth, true)]).await;
}

#[tokio::test]
async fn a_test_tells_what_the_receiver_answered() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let secret = set(&world, &receiver.url()).await["secret"].clone();
    let reply = world.shop("test_webhook", "").await;
    insta::assert_snapshot!(by_field(&reply.body), @r#"
    {"success":true,
    "shop_id":"101",
    "event_id":"<event id of test>",
    "http_status":200,
    "milliseconds":<n>}
    "#);
    let request = receiver.take_requests().remove(0);
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        (&body["type"], &body["mode"], &body["data"]),
        (&json!("webhook.test"), &json!("test"), &json!({}))
    );
    assert_eq!((body["id"].as_str().unwrap(), request.method.as_str()), (&*reply.text("event_id"), "POST"));
    assert!(is_signed_with(&request, &secret));

    for (answer, status, class) in [
        (Answer::status(503).header("retry-after", "3600"), json!(503), json!("http_status")),
        (Answer::status(410), json!(410), json!("http_status")),
        (Answer::redirect("http://127.0.0.1:1/"), json!(302), json!("http_status")),
        (Answer::close(), Value::Null, json!("bad_answer")),
    ] {
        receiver.answer_next(answer);
        world.clock.advance_ms(10_000);
        let tested = world.shop("test_webhook", "").await.json();
        assert_eq!((&tested["http_status"], &tested["error_class"]), (&status, &class), "{tested}");
    }
    // A test says nothing about the endpoint, and is in no journal.
    let read = world.shop("get_webhook", "").await.json();
    assert_eq!(
        (&read["state"], &read["failures"], read.get("last_failure")),
        (&json!("active"), &json!(0), None)
    );
    assert_eq!(world.shop("get_deliveries", "").await.json()["count"], 0);
    assert_eq!(world.shop("get_events", "").await.json()["count"], 0);
}

#[tokio::test]
async fn a_webhook_is_tested_once_in_ten_seconds() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    set(&world, &receiver.url()).await;
    world.shop("test_webhook", "").await;
    world.clock.advance_ms(1);
    let soon = world.shop("test_webhook", "").await;
    assert_refused(&soon, "rate_limited", "a second test");
    assert_eq!(soon.headers["retry-after"], "10");
    world.clock.advance_ms(9_000);
    assert_eq!(world.shop("test_webhook", "").await.headers["retry-after"], "1");
    // A new address needs no other pause, and takes none away.
    set(&world, &receiver.url()).await;
    assert_refused(&world.shop("test_webhook", "").await, "rate_limited", "after a change");
    world.clock.advance_ms(999);
    assert_eq!(world.shop("test_webhook", "").await.json()["http_status"], 200);
    assert_eq!(receiver.take_requests().len(), 2);

    world.clock.advance_ms(10_000);
    let answers = at_once(&world, 6, |_| format!("/api/test_webhook?{SHOP_101}")).await;
    assert_eq!(answers.iter().filter(|body| body.contains("rate_limited")).count(), 5, "{answers:?}");
    assert_eq!(receiver.take_requests().len(), 1);
}

/// Each test keeps a function busy for as long as the receiver likes, so nothing shortens the pause.
#[tokio::test]
async fn a_webhook_that_is_deleted_and_set_again_is_tested_no_sooner() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    set(&world, &receiver.url()).await;
    assert_eq!(world.shop("test_webhook", "").await.json()["http_status"], 200);
    world.shop("delete_webhook", "").await;
    set(&world, &receiver.url()).await;
    assert_refused(&world.shop("test_webhook", "").await, "rate_limited", "set again");
    world.clock.advance_ms(10_000);
    assert_eq!(world.shop("test_webhook", "").await.json()["http_status"], 200);
}

/// The write that begins a test is sent again after a lost answer, and meets its first copy.
#[tokio::test]
async fn a_lost_answer_is_no_second_test() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    set(&world, &receiver.url()).await;
    world.proxy.inject(Fault::LoseAnswer, on("UpdateItem").times(1));
    assert_eq!(world.shop("test_webhook", "").await.json()["http_status"], 200);
    assert_eq!(receiver.take_requests().len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_breaks_a_newer_rule() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    set(&world, &receiver.url()).await;
    let stricter =
        World::redeployed(&world, |options| options.settings.webhooks.url_rules = UrlRules::default()).await;
    let tested = stricter.shop("test_webhook", "").await.json();
    assert_eq!(
        (&tested["success"], &tested["error_class"], &tested["milliseconds"]),
        (&json!(true), &json!("address_forbidden"), &json!(0))
    );
    assert_eq!(receiver.connections(), 0);
}

/// A test begins while the webhook and its record go away.
#[tokio::test]
async fn a_test_of_a_webhook_that_was_just_deleted_leaves_nothing_behind() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    set(&world, &receiver.url()).await;
    let gate = world.proxy.gate(on("UpdateItem").times(1));
    let gone = async {
        gate.reached().await;
        world.shop("delete_webhook", "").await;
        let key = [("shop_id", "101"), ("record", "endpoint")]
            .map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())));
        let delete = world.tables.delete_item().table_name("webhooks").set_key(Some(key.into()));
        delete.send().await.unwrap();
        gate.open();
    };
    let (reply, ()) = tokio::join!(world.shop("test_webhook", ""), gone);
    assert_refused(&reply, "webhook_not_set", "a deleted webhook");
    assert_refused(&world.shop("get_webhook", "").await, "webhook_not_set", "a deleted webhook");
    assert_eq!(receiver.connections(), 0);
    assert!(set(&world, &receiver.url()).await["secret"].is_string());
}

#[tokio::test]
async fn of_first_calls_at_once_exactly_one_shows_the_secret() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let url = encoded(&receiver.url());
    for _ in 0..5 {
        let answers = at_once(&world, 8, |_| format!("/api/set_webhook?{SHOP_101}&url={url}")).await;
        let answers: Vec<Value> = answers.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
        assert!(answers.iter().all(|answer| answer["success"] == true), "{answers:?}");
        let secrets: Vec<_> = answers.iter().filter_map(|answer| answer.get("secret")).collect();
        assert_eq!(secrets.len(), 1, "{answers:?}");
        world.clock.advance_ms(10_000);
        world.shop("test_webhook", "").await;
        assert!(is_signed_with(&receiver.take_requests()[0], secrets[0]));
        world.shop("delete_webhook", "").await;
    }
}

/// The answer to the first write is lost, so it is sent again and finds itself.
#[tokio::test]
async fn a_lost_answer_keeps_the_secret() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    world.proxy.inject(Fault::LoseAnswer, on("PutItem").times(1));
    let first = set(&world, &receiver.url()).await["secret"].clone();
    assert!(first.is_string());
    world.proxy.inject(Fault::LoseAnswer, on("UpdateItem").times(1));
    let second = world.shop("rotate_webhook_secret", "").await.json()["secret"].clone();
    world.shop("test_webhook", "").await;
    let request = receiver.take_requests().remove(0);
    assert!(is_signed_with(&request, &first) && is_signed_with(&request, &second));
}

#[tokio::test]
async fn of_rotations_at_once_each_secret_was_the_newest_and_two_are_valid() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    set(&world, &receiver.url()).await;
    let answers = at_once(&world, 4, |_| format!("/api/rotate_webhook_secret?{SHOP_101}")).await;
    let answers: Vec<Value> = answers.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    let secrets: HashSet<_> = answers.iter().map(|answer| answer["secret"].as_str().unwrap()).collect();
    assert_eq!(secrets.len(), 4, "{answers:?}");
    world.shop("test_webhook", "").await;
    let request = receiver.take_requests().remove(0);
    let valid = answers.iter().filter(|answer| is_signed_with(&request, &answer["secret"]));
    assert_eq!((valid.count(), request.header("webhook-signature").split(' ').count()), (2, 2));
}

/// Deleting and setting at once: whoever is last, the shop has a whole webhook or none.
#[tokio::test]
async fn set_and_delete_at_once_leave_a_whole_webhook_or_none() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let set_path = format!("/api/set_webhook?{SHOP_101}&url={}", encoded(&receiver.url()));
    for _ in 0..5 {
        let answers = at_once(&world, 6, |number| match number % 2 {
            0 => set_path.clone(),
            _ => format!("/api/delete_webhook?{SHOP_101}"),
        })
        .await;
        assert!(answers.iter().all(|body| body.starts_with(r#"{"success":true,"#)), "{answers:?}");
        let read = world.shop("get_webhook", "").await;
        if read.json()["success"] == true {
            world.clock.advance_ms(10_000);
            assert_eq!(world.shop("test_webhook", "").await.json()["http_status"], 200);
            let request = receiver.take_requests().remove(0);
            let secrets: Vec<Value> = answers
                .iter()
                .map(|body| serde_json::from_str::<Value>(body).unwrap()["secret"].clone())
                .collect();
            assert!(secrets.iter().filter(|one| one.is_string()).any(|one| is_signed_with(&request, one)));
        } else {
            assert_refused(&read, "webhook_not_set", "deleted last");
        }
    }
}

/// What a webhook that was switched off shows, and that setting it again enables it.
#[tokio::test]
async fn a_disabled_webhook_says_why_and_is_enabled_by_setting_it() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let secret = set(&world, &receiver.url()).await["secret"].clone();
    pay(&world, "amount=1000").await;
    assert_eq!(world.shop("resend_event", "from=2026-01-01").await.json()["queued"], 1);
    assert_eq!(world.shop("get_webhook", "").await.json()["waiting"], 1);
    receiver.answer_next(Answer::status(410));
    world.invoke("webhook_retry", &json!({})).await;
    let read = world.shop("get_webhook", "").await;
    insta::assert_snapshot!(by_field(&read.body), @r#"
    {"success":true,
    "shop_id":"101",
    "url":"<url>/webhook",
    "events":["payment.paid",
    "payment.refunded",
    "payment.cancelled",
    "payout.recorded",
    "payout.reversed",
    "adjustment.recorded"],
    "state":"disabled",
    "failures":1,
    "waiting":1,
    "last_failure_at":"<time>",
    "last_failure_at_iso":"<iso time>",
    "last_failure":{"error_class":"http_status",
    "http_status":410},
    "disabled_at":"<time>",
    "disabled_at_iso":"<iso time>",
    "disabled_reason":"gone"}
    "#);
    assert_refused(&world.shop("resend_event", "from=2026-01-01").await, "webhook_disabled", "days");
    assert_eq!(world.shop("test_webhook", "").await.json()["http_status"], 200);
    receiver.take_requests();

    let again = set(&world, &receiver.url()).await;
    assert_eq!(
        (&again["state"], &again["failures"], again.get("secret"), again.get("disabled_at")),
        (&json!("active"), &json!(0), None, None)
    );
    world.invoke("webhook_retry", &json!({})).await;
    let requests = receiver.take_requests();
    assert_eq!(requests.len(), 1);
    assert!(is_signed_with(&requests[0], &secret));
    assert_eq!(world.shop("get_webhook", "").await.json()["waiting"], 0);
}
