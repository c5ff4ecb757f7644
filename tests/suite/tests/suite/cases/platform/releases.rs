//! Items that a release wrote are read by today's code. `releases/VERSION.json` has them, with what
//! that release answered.
//!
//! While a version is not released, `UPDATE_RELEASE=1 cargo test -p suite --test suite -- releases`
//! writes its file again. The file of a released version never changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use dynoxide::{ImportOptions, actions::scan::ScanRequest};
use http::Method;
use local::template::Template;
use runners::click::Fields;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::domain::{mode::Mode, time::UnixMillis};
use suite::world::{LIVE, SHOP_101, World};

use crate::support::{
    operator::{adjust, cancel, complete, done, payout, perform, refund, reverse_payout, settle},
    providers::{AMOUNT, click, error, held_by_click, held_by_payme, live_order, now, payme, result},
    webhooks::set_endpoint,
};

/// The tables of a deployment, and what it answered.
#[derive(Deserialize, Serialize)]
struct Release {
    /// The time of the answers, in unix milliseconds.
    now: i64,
    /// Payme's id of an attempt that holds a payment.
    payme_id: String,
    /// Click's attempt that holds a payment.
    click: ClickAttempt,
    /// The order id of a paid payment.
    paid: String,
    answers: Vec<Answered>,
    /// Items in DynamoDB's JSON, by table.
    tables: BTreeMap<String, Vec<Value>>,
}

#[derive(Deserialize, Serialize)]
struct ClickAttempt {
    order_id: String,
    click_trans_id: String,
    merchant_prepare_id: String,
}

/// A request that changes nothing, and its answer.
#[derive(Deserialize, Serialize)]
struct Answered {
    method: String,
    path: String,
    authorization: String,
    body: String,
    answer: Value,
}

impl Answered {
    fn get(path: String) -> Self {
        Self::new("GET", path, String::new())
    }

    fn operator(command: &Value) -> Self {
        Self::new("POST", "/2015-03-31/functions/operator/invocations".to_owned(), command.to_string())
    }

    fn payme(method: &str, params: &Value) -> Self {
        let body = json!({"method": method, "params": params, "id": 1}).to_string();
        let key = local::settings::default("PAYME_KEY").unwrap();
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("Paycom:{key}")));
        Self { authorization, ..Self::new("POST", "/payme".to_owned(), body) }
    }

    fn new(method: &str, path: String, body: String) -> Self {
        let method = method.to_owned();
        Self { method, path, authorization: String::new(), body, answer: Value::Null }
    }

    async fn ask(&self, world: &World) -> Value {
        let headers: &[(&str, &str)] = match self.authorization.as_str() {
            "" => &[],
            authorization => &[("authorization", authorization)],
        };
        let method: Method = self.method.parse().unwrap();
        let reply = world.send(method, &self.path, headers, &self.body).await;
        assert_eq!(reply.status, 200, "{} {}: {reply:?}", self.path, self.body);
        reply.json()
    }
}

async fn world() -> World {
    World::start_with(|options| {
        options.settings.public_url = Some("https://pay.example.uz".to_owned());
    })
    .await
}

fn table_names() -> Vec<String> {
    Template::read().unwrap().tables().into_iter().map(|table| table.name).collect()
}

/// Makes an item of each kind.
async fn write(world: &World) -> Release {
    world.add_live_shop().await;
    let later = || world.clock.advance_ms(1000);
    let fee = json!({"command": "set_fee", "shop_id": "201", "fee_bps": 150});
    let contact = json!({"command": "set_contact", "shop_id": "201", "contact": "+998 90 123 45 67"});
    let limit = json!({"command": "set_rate_limit", "shop_id": "201", "per_second": 100, "per_minute": 3000});
    for command in [fee, contact, limit] {
        done(world, command).await;
    }
    set_endpoint(world, "201", "https://shop.example.uz/hook").await;
    let create = async |more: &str| {
        world.clock.advance_ms(1000);
        let path = format!("/api/create_payment?{LIVE}&amount={AMOUNT}{more}");
        world.get(&path).await.text("order_id")
    };
    let full = "&idempotency_key=key-1&merchant_order_id=A-1&description=Kitob&expires_in=60\
                &return_url=https://shop.example.uz/";
    let mut orders = vec![create(full).await];
    let paid = live_order(world).await;
    let id = held_by_payme(world, Mode::Live, &paid).await;
    perform(world, Mode::Live, &id).await;
    later();
    let by_click = live_order(world).await;
    complete(world, &held_by_click(world, &by_click).await).await;
    later();
    let settled = create("").await;
    done(world, settle(&settled, "settle-1")).await;
    later();
    let refunded = create("").await;
    done(world, settle(&refunded, "settle-2")).await;
    later();
    done(world, refund(&refunded, "refund-1")).await;
    let ended = create("").await;
    done(world, cancel(&ended, "cancel-1")).await;
    later();
    done(world, payout("500.00", "payout-1")).await;
    later();
    done(world, payout("400.00", "payout-2")).await;
    later();
    done(world, reverse_payout("payout-2", "reversal-1")).await;
    later();
    done(world, adjust("-10.00", "adjust-1")).await;
    let tested = world.create("amount=1000").await;
    world.send(Method::POST, &format!("/pay/{tested}/test"), &[], "").await;
    later();
    let (held, in_flight) = (live_order(world).await, live_order(world).await);
    let payme_id = held_by_payme(world, Mode::Live, &held).await;
    let fields = held_by_click(world, &in_flight).await;
    let click = ClickAttempt {
        order_id: in_flight.clone(),
        click_trans_id: fields.click_trans_id.clone(),
        merchant_prepare_id: fields.merchant_prepare_id.clone().unwrap(),
    };
    let resent = world.get(&format!("/api/resend_event?{LIVE}&from=2026-01-01")).await;
    assert_eq!(resent.json()["success"], true, "{resent:?}");
    // What is older than 30 seconds is settled.
    world.clock.advance_ms(60_000);
    orders.extend([paid.clone(), by_click, settled, refunded, ended, held, in_flight]);
    let (now, tables) = (now(world), BTreeMap::new());
    Release { now, answers: questions(&orders, &id, now), payme_id, click, paid, tables }
}

/// Requests that show all of it and change nothing.
fn questions(orders: &[String], payme_id: &str, now: i64) -> Vec<Answered> {
    let mut all = vec![
        Answered::payme("CheckTransaction", &json!({"id": payme_id})),
        Answered::payme("GetStatement", &json!({"from": now - 3_600_000, "to": now})),
    ];
    for order in orders {
        all.push(Answered::get(format!("/api/get_payment?{LIVE}&order_id={order}")));
        all.push(Answered::operator(&json!({"command": "show_payment", "order_id": order})));
    }
    let day = UnixMillis::new(now).unwrap().tashkent()[..10].to_owned();
    let of_shop = |endpoint: &str| Answered::get(format!("/api/{endpoint}{LIVE}"));
    all.extend(
        [
            "check_shop?",
            "get_balance?",
            "get_payments?",
            "get_payment?idempotency_key=key-1&",
            "get_payment?merchant_order_id=A-1&",
            "get_events?",
            &format!("get_report?from={day}&to={day}&"),
            "get_webhook?",
            "get_deliveries?",
        ]
        .map(of_shop),
    );
    all.push(Answered::get(format!("/api/get_payments?{SHOP_101}")));
    let shop = |command: &str| json!({"command": command, "shop_id": "201"});
    all.extend(
        [
            shop("show_shop"),
            shop("list_payouts"),
            shop("list_events"),
            shop("audit"),
            json!({"command": "list_shops"}),
            // An action with the same reference is answered as the first time.
            payout("500.00", "payout-1"),
            reverse_payout("payout-2", "reversal-1"),
            adjust("-10.00", "adjust-1"),
        ]
        .iter()
        .map(Answered::operator),
    );
    all
}

fn dump(world: &World) -> BTreeMap<String, Vec<Value>> {
    let items = |table: &String| {
        let request: ScanRequest = serde_json::from_value(json!({"TableName": table})).unwrap();
        let found = world.stack.store.database.scan(request).unwrap();
        let mut items = serde_json::to_value(found).unwrap()["Items"].as_array().unwrap().clone();
        items.sort_by_key(Value::to_string);
        items
    };
    table_names().into_iter().map(|table| (table.clone(), items(&table))).collect()
}

/// A world with these items alone, at their time.
async fn restored(release: &Release) -> World {
    let world = world().await;
    for table in Template::read().unwrap().tables() {
        let found = world.tables.scan().table_name(&table.name).send().await.unwrap();
        for item in found.items() {
            let key = table.key.iter().map(|(name, _)| (name.clone(), item[name].clone())).collect();
            world.tables.delete_item().table_name(&table.name).set_key(Some(key)).send().await.unwrap();
        }
    }
    for (table, items) in &release.tables {
        let items = items.iter().map(|item| serde_json::from_value(item.clone()).unwrap()).collect();
        world.stack.store.database.import_items(table, items, ImportOptions::default()).unwrap();
    }
    world.clock.set(UnixMillis::new(release.now).unwrap());
    world
}

/// Whether `new` says all that `old` said. A later version may add members.
fn keeps(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            old.iter().all(|(name, old)| new.get(name).is_some_and(|new| keeps(old, new)))
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| keeps(old, new))
        }
        (old, new) => old == new,
    }
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "suite", "releases"].iter().collect()
}

fn releases() -> BTreeMap<String, Release> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|file| {
            let release = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
            (file.file_stem().unwrap().to_str().unwrap().to_owned(), release)
        })
        .collect()
}

/// The kinds of items of a table with their attributes. A kind is a key without its changing part.
fn shapes(tables: &BTreeMap<String, Vec<Value>>) -> BTreeMap<String, BTreeSet<String>> {
    let mut shapes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // Whether a counter of a minute is stored depends on how fast this machine is.
    for (table, items) in tables.iter().filter(|(table, _)| *table != "limits") {
        for item in items {
            let key = item.get("transaction_key").or_else(|| item.get("record")).or_else(|| item.get("type"));
            let key = key.and_then(|key| key["S"].as_str()).unwrap_or_default();
            let kind = key.split(|c: char| c == '#' || c.is_ascii_digit()).next().unwrap();
            let names = item.as_object().unwrap().keys().cloned();
            shapes.entry(format!("{table} {kind}")).or_default().extend(names);
        }
    }
    shapes
}

#[tokio::test]
async fn today_s_items_are_those_of_the_file_of_this_version() {
    let world = world().await;
    let mut release = write(&world).await;
    release.tables = dump(&world);
    let version = env!("CARGO_PKG_VERSION");
    if std::env::var_os("UPDATE_RELEASE").is_some() {
        for question in &mut release.answers {
            question.answer = question.ask(&world).await;
        }
        let text = serde_json::to_string_pretty(&release).unwrap() + "\n";
        std::fs::write(folder().join(format!("{version}.json")), text).unwrap();
    }
    let kept = releases().remove(version).expect("this version has a file: see the head of this test");
    assert_eq!(shapes(&kept.tables), shapes(&release.tables));
}

#[tokio::test]
async fn each_release_is_read_as_it_answered() {
    for (version, release) in releases() {
        let world = restored(&release).await;
        assert!(release.answers.len() > 30, "{version}");
        for question in &release.answers {
            let answer = question.ask(&world).await;
            let asked = format!("{version} {} {}", question.path, question.body);
            assert!(keeps(&question.answer, &answer), "{asked}: {} is now {answer}", question.answer);
        }
    }
}

#[tokio::test]
async fn each_release_goes_on() {
    for (version, release) in releases() {
        goes_on(&version, &release).await;
    }
}

/// A later release may add attributes. Today's code works with its items while both run, and after a
/// roll-back.
#[tokio::test]
async fn attributes_of_a_later_release_are_no_obstacle() {
    for (version, mut release) in releases() {
        for item in release.tables.values_mut().flatten() {
            item.as_object_mut().unwrap().insert("added_later".to_owned(), json!({"S": "a value"}));
        }
        let world = restored(&release).await;
        for question in &release.answers {
            let answer = question.ask(&world).await;
            let asked = format!("{version} {} {}", question.path, question.body);
            assert!(keeps(&question.answer, &answer), "{asked}: {} is now {answer}", question.answer);
        }
        goes_on(&version, &release).await;
    }
}

/// Goes on with what the release began.
async fn goes_on(version: &str, release: &Release) {
    let world = restored(release).await;
    assert_eq!(
        result(&payme(&world, Mode::Live).perform(&release.payme_id).await.unwrap(), "state"),
        2,
        "{version}"
    );
    let attempt = &release.click;
    let held = Fields {
        click_trans_id: attempt.click_trans_id.clone(),
        merchant_prepare_id: Some(attempt.merchant_prepare_id.clone()),
        ..Fields::new(&attempt.order_id, AMOUNT)
    };
    assert_eq!(error(&click(&world).post(&held).await.unwrap()), 0, "{version}");
    done(&world, refund(&release.paid, "refund-9")).await;
    world.create("amount=1000").await;
    world.clock.advance_ms(60_000);
    let audit = done(&world, json!({"command": "audit"})).await;
    assert_eq!(audit["differences"], json!([]), "{version}");
}
