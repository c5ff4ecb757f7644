//! `get_payments`: the whole answer, and every payment once, newest first, by any paging and at the
//! same cost on every page.

use std::collections::HashSet;

use dynoxide::ImportOptions;
use serde_json::{Value, json};
use shared::domain::{
    id::{OrderKey, ShopId},
    lifetime::Lifetime,
    money::PaymentAmount,
    payment::{Order, Payment},
};
use suite::{
    redact::by_field,
    store_proxy::units,
    world::{SHOP_102, World},
};

use crate::support::merchant::{assert_refused, encoded};

/// Writes `count` payments of shop 102 straight into the store, each a millisecond after the one
/// before.
async fn fill(world: &World, count: i64) {
    let shop = world.stack.service.store.profile(&ShopId::parse("102").unwrap()).await.unwrap().unwrap();
    let payment = |number: i64| {
        let order = Order {
            amount: PaymentAmount::MIN,
            merchant_order_id: None,
            description: None,
            return_url: None,
            expires_in: None,
        };
        let payment =
            Payment::new(&shop, order, OrderKey::random(), shop.created_at.plus_ms(number), Lifetime::DAY);
        serde_json::from_value(in_wire_form(&serde_json::to_value(payment).unwrap())).unwrap()
    };
    let items: Vec<_> = (0..count).map(payment).collect();
    world.stack.store.database.import_items("payments", items, ImportOptions::default()).unwrap();
}

/// A flat record in DynamoDB's JSON.
fn in_wire_form(record: &Value) -> Value {
    let attribute = |value: &Value| match value {
        Value::Number(number) => json!({ "N": number.to_string() }),
        value => json!({ "S": value }),
    };
    record.as_object().unwrap().iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn order_ids(page: &Value) -> Vec<String> {
    page["payments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["order_id"].as_str().unwrap().to_owned())
        .collect()
}

/// The whole list of shop 102 by cursor.
async fn by_cursor(world: &World, limit: usize) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("/api/get_payments?{SHOP_102}&limit={limit}{cursor}")).await.json();
        assert_eq!(page["has_more"], page["next_cursor"].is_string());
        all.extend(order_ids(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

/// The whole list of shop 102 by offset.
async fn by_offset(world: &World, limit: usize) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let page = world
            .get(&format!("/api/get_payments?{SHOP_102}&limit={limit}&offset={}", all.len()))
            .await
            .json();
        let count = page["count"].as_u64().unwrap();
        all.extend(order_ids(&page));
        if page["has_more"] == false {
            return all;
        }
        assert_eq!(count, limit as u64);
    }
}

#[tokio::test]
async fn get_payments() {
    let world = World::start().await;
    // Newer than the sample payments, which were created at the same moment.
    world.clock.advance_ms(1);
    world.create("amount=10000&merchant_order_id=7").await;
    let reply = world.shop("get_payments", "limit=1").await;
    let cursor = reply.text("next_cursor");
    insta::assert_snapshot!(by_field(&reply.body), @r#"
    {"success":true,
    "shop_id":"101",
    "limit":1,
    "offset":0,
    "count":1,
    "has_more":true,
    "next_cursor":"<cursor>",
    "payments":[{"payment_id":"<payment id>",
    "order_id":"<order id>",
    "amount":10000.00,
    "amount_formatted":"10000.00 UZS",
    "status":"pending",
    "status_description":"To'lov kutilmoqda",
    "created_at":"<time>",
    "mode":"test",
    "created_at_iso":"<iso time>",
    "merchant_order_id":"7"}]}
    "#);

    let reply = world.shop("get_payments", &format!("cursor={cursor}")).await;
    assert!(
        reply.body.starts_with(r#"{"success":true,"shop_id":"101","limit":10,"count":4,"has_more":false,"next_cursor":null,"payments":["#)
    );

    let reply = world.shop("get_payments", "offset=5").await;
    assert_eq!(
        reply.body,
        r#"{"success":true,"shop_id":"101","limit":10,"offset":5,"count":0,"has_more":false,"next_cursor":null,"payments":[]}"#
    );
}

#[tokio::test]
async fn every_payment_is_shown_once_by_any_paging() {
    let world = World::start().await;
    fill(&world, 237).await;
    let all = by_cursor(&world, 100).await;
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 237);
    for limit in [1, 7, 79, 100] {
        assert_eq!(by_cursor(&world, limit).await, all, "limit {limit}");
    }
    for limit in [10, 79, 100] {
        assert_eq!(by_offset(&world, limit).await, all, "limit {limit}");
    }
}

#[tokio::test]
async fn a_cursor_does_not_shift_when_payments_arrive() {
    let world = World::start().await;
    fill(&world, 20).await;
    let all = by_cursor(&world, 100).await;
    let page = world.get(&format!("/api/get_payments?{SHOP_102}&limit=10")).await.json();
    world.clock.advance_ms(60_000);
    for _ in 0..3 {
        world.get(&format!("/api/create_payment?{SHOP_102}&amount=1000")).await;
    }
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = world.get(&format!("/api/get_payments?{SHOP_102}&limit=10&cursor={cursor}")).await.json();
    assert_eq!(order_ids(&next), all[10..]);
}

/// Many, but so few that an unoptimized store counts through them in a function's time on a busy
/// machine.
const MANY: i64 = 60_000;

#[tokio::test]
async fn many_payments_cost_the_same_on_every_page() {
    let world = World::start().await;
    fill(&world, MANY).await;
    world.proxy.take_calls();

    let mut costs = HashSet::new();
    let newest = world.get(&format!("/api/get_payments?{SHOP_102}&limit=10")).await.json();
    let mut read = async |cursor: &str| {
        let page = world.get(&format!("/api/get_payments?{SHOP_102}&limit=10&cursor={cursor}")).await.json();
        assert_eq!(page["count"], 10);
        let calls = world.proxy.take_calls();
        assert_eq!(calls.len(), 2);
        costs.insert(units(&calls).read.to_string());
        page
    };
    world.proxy.take_calls();
    let mut cursor = newest["next_cursor"].as_str().unwrap().to_owned();
    for _ in 0..5 {
        cursor = read(&cursor).await["next_cursor"].as_str().unwrap().to_owned();
    }
    for offset in [MANY / 2, MANY - 30] {
        let page = world.get(&format!("/api/get_payments?{SHOP_102}&limit=10&offset={offset}")).await.json();
        world.proxy.take_calls();
        cursor = page["next_cursor"].as_str().unwrap().to_owned();
        read(&cursor).await;
    }
    assert_eq!(costs.len(), 1, "{costs:?}");

    // The deepest page by offset is counted through within the function's time, and has the rows
    // that the cursor gives.
    let offset = MANY - 10;
    let oldest = world.get(&format!("/api/get_payments?{SHOP_102}&limit=10&offset={offset}")).await;
    assert_eq!(oldest.status, 200);
    assert_eq!(oldest.json()["count"], 10, "{oldest:?}");
    assert_eq!(oldest.json()["has_more"], false);
    let past = world.get(&format!("/api/get_payments?{SHOP_102}&limit=10&offset=999999999999")).await;
    assert_eq!(past.json()["count"], 0, "{past:?}");
}

#[tokio::test]
async fn limits_offsets_and_cursors_are_read_strictly() {
    let world = World::start().await;
    for bad in ["0", "101", "-1", "1.5", "+5", "1e1", "ten"] {
        assert_refused(
            &world.shop("get_payments", &format!("limit={}", encoded(bad))).await,
            "invalid_limit",
            bad,
        );
    }
    for bad in ["-1", "1.5", "+5", "99999999999999999999"] {
        assert_refused(
            &world.shop("get_payments", &format!("offset={}", encoded(bad))).await,
            "invalid_offset",
            bad,
        );
    }
    let reply = world.shop("get_payments", "limit=1").await;
    let cursor = reply.text("next_cursor");
    let damaged = cursor.replacen('M', "N", 1);
    for bad in ["x", "MQ", "====", damaged.as_str(), &cursor[1..]] {
        assert_refused(
            &world.shop("get_payments", &format!("cursor={}", encoded(bad))).await,
            "invalid_cursor",
            bad,
        );
    }
    let both = world.shop("get_payments", &format!("cursor={cursor}&offset=1")).await;
    assert_refused(&both, "unsupported_combination", "cursor and offset");
    assert_eq!(both.text("error"), "offset and cursor cannot be used together");
    // A cursor only positions: with another shop's key it shows that shop's payments.
    let other = world.get(&format!("/api/get_payments?{SHOP_102}&cursor={cursor}")).await;
    assert_eq!(other.json()["count"], 0);
}
