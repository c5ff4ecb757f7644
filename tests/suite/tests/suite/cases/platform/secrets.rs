//! No key appears in the log or in an answer. The keys are random, so that no other text equals
//! them.

use std::collections::BTreeSet;

use http::Method;
use local::{store, template::Template};
use runners::client;
use shared::{
    domain::{credential::ShopKey, id::ShopId, mode::Mode, shop::StoredKey},
    store::{Store, Tables},
};
use suite::{
    local_process::LocalProcess,
    receiver::{Answer, Receiver},
    world::SHOP_101,
};

use crate::support::merchant::{ORDER, PARAMETERS, encoded, endpoints};

/// Gives shop 102 another key, in the store of `local`.
async fn rekey(local: &LocalProcess, key: &ShopKey) {
    let client = store::client(&local.store_url).await;
    let store = Store::new(
        client.clone(),
        Tables::from_env(),
        std::sync::Arc::new(shared::domain::time::SystemClock),
    );
    let mut profile = store.profile(&ShopId::parse("102").unwrap()).await.unwrap().unwrap();
    profile.keys = vec![StoredKey { hash: key.hash(), valid_until: None }];
    let mut item: std::collections::HashMap<_, _> = serde_dynamo::to_item(profile).unwrap();
    item.insert("record".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S("profile".to_owned()));
    client.put_item().table_name("shops").set_item(Some(item)).send().await.unwrap();
}

/// A key stands in a query, or in a path if the caller wrote `&` for `?`.
#[test]
fn the_access_log_has_nothing_that_the_caller_wrote() {
    let template = Template::read().unwrap();
    let log = &template.value()["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"];
    let format: serde_json::Value = serde_json::from_str(log.as_str().unwrap()).unwrap();
    let fields: BTreeSet<_> =
        format.as_object().unwrap().values().map(|field| field.as_str().unwrap()).collect();
    let expected = BTreeSet::from([
        "$context.httpMethod",
        "$context.identity.sourceIp",
        "$context.integrationErrorMessage",
        "$context.requestId",
        "$context.requestTimeEpoch",
        "$context.responseLatency",
        "$context.responseLength",
        "$context.routeKey",
        "$context.status",
    ]);
    assert_eq!(fields, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_printed_or_answered() {
    let local = LocalProcess::start(&["--data", ":memory:"]);
    let (right, wrong) = (ShopKey::random(Mode::Test).unwrap(), ShopKey::random(Mode::Live).unwrap());
    rekey(&local, &right).await;
    let mut answers = String::new();
    for endpoint in endpoints() {
        for key in [right.reveal(), wrong.reveal()] {
            let others = &format!("{PARAMETERS}&order_id={ORDER}");
            for (query, headers) in [
                (format!("shop_id=102&shop_key={key}&{others}"), vec![]),
                (format!("shop_id=102&shop_key={key}&{others}&limit=0&amount={key}"), vec![]),
                (others.clone(), vec![("x-shop-id", "102"), ("x-shop-key", key)]),
                (
                    format!("{others}&shop_id={key}&shop_key={key}&cursor={key}&offset={key}"),
                    vec![("idempotency-key", key)],
                ),
            ] {
                let reply =
                    client::get(&format!("{}/api/{endpoint}?{query}", local.url), &headers).await.unwrap();
                answers.push_str(&format!("{:?} {}\n", reply.headers, reply.body));
            }
        }
    }
    assert!(answers.contains(r#""shop_id":"102","balance":0.00"#), "the right key was let in: {answers}");
    let printed = local.stop();
    assert!(printed.lines().count() > 40, "{printed}");
    for key in [right, wrong] {
        assert!(!answers.contains(key.reveal()), "{answers}");
        assert!(!printed.contains(key.reveal()), "{printed}");
        assert!(!printed.contains(&String::from(key.hash())), "{printed}");
    }
}

/// A webhook's secrets are in the two answers that show them, and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_a_webhook_is_printed_or_answered_twice() {
    let local = LocalProcess::start(&["--data", ":memory:"]);
    let receiver = Receiver::start().await;
    let get = async |path: String| client::get(&format!("{}{path}", local.url), &[]).await.unwrap();
    let own = format!("{SHOP_101}&url={}", encoded(&receiver.url()));
    let mut secrets = vec![get(format!("/api/set_webhook?{own}")).await.text("secret")];
    secrets.push(get(format!("/api/rotate_webhook_secret?{own}")).await.text("secret"));

    receiver.answer_next(Answer::status(500));
    let mut answers = String::new();
    for path in [
        format!("/api/set_webhook?{own}"),
        format!("/api/set_webhook?{own}&events={}", encoded(&secrets[0])),
        format!("/api/set_webhook?{SHOP_101}&url={}", encoded(&secrets[0])),
        format!("/api/test_webhook?{own}"),
        format!("/api/get_webhook?{own}"),
        format!("/api/rotate_webhook_secret?{own}&old_secret_valid_hours={}", encoded(&secrets[0])),
        format!("/api/create_payment?{own}&amount=1000"),
    ] {
        answers.push_str(&get(path).await.body);
    }
    let order_id = answers.split(r#""order_id":""#).nth(1).unwrap().split('"').next().unwrap();
    let pay = format!("{}/pay/{order_id}/test", local.url);
    client::send(Method::POST, &pay, &[], String::new()).await.unwrap();
    // The test, then the event.
    receiver.received(2).await;
    for path in [
        format!("/api/resend_event?{own}&from=2026-01-01"),
        format!("/api/get_deliveries?{own}"),
        format!("/api/get_webhook?{own}"),
        format!("/api/delete_webhook?{own}"),
        format!("/api/get_webhook?{own}"),
    ] {
        answers.push_str(&get(path).await.body);
    }
    assert!(answers.contains(r#""state":"active""#) && answers.contains("webhook_not_set"), "{answers}");
    let printed = local.stop();
    assert!(printed.contains("rotate_webhook_secret"), "{printed}");
    for secret in secrets {
        // Also not without its prefix.
        let bare = secret.strip_prefix("whsec_").unwrap();
        assert!(!answers.contains(bare), "{answers}");
        assert!(!printed.contains(bare), "{printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_item_is_named_in_the_log() {
    let local = LocalProcess::start(&["--data", ":memory:"]);
    let client = store::client(&local.store_url).await;
    let key = "000000000000000000sample1";
    let update = client
        .update_item()
        .table_name("payments")
        .key("order_key", aws_sdk_dynamodb::types::AttributeValue::S(key.to_owned()));
    update.update_expression("REMOVE amount").send().await.unwrap();
    let reply = client::get(&format!("{}/api/check_payment?order_id=ORD_1701234567_{key}", local.url), &[])
        .await
        .unwrap();
    assert_eq!(reply.status, 500);
    let id = reply.text("request_id");
    let printed = local.stop();
    let line = printed.lines().find(|line| line.contains(&id)).unwrap_or_else(|| panic!("{printed}"));
    assert!(line.contains(&format!("corrupt item {key} in payments: missing field `amount`")), "{line}");
}
