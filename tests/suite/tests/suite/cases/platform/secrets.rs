//! No key appears in the log or in an answer. The keys are random, so that no other text equals
//! them.

use local::store;
use runners::client;
use shared::{
    domain::{credential::ShopKey, id::ShopId, mode::Mode, shop::StoredKey},
    store::{Store, Tables},
};
use suite::local_process::LocalProcess;

use crate::support::merchant::{ORDER, PARAMETERS, endpoints};

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
