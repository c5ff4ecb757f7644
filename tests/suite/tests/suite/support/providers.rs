//! Payme and Click, and payments for the tests that move money.

use runners::{
    click::{self, Click, Fields},
    client::Reply,
    payme::{self, Payme},
};
use serde_json::Value;
use shared::domain::{key::TransactionKey, mode::Mode};
use suite::world::{LIVE, SHOP_101, World};
use uuid::Uuid;

use super::operator;

pub const AMOUNT: &str = "1000.00";
pub const TIYIN: i64 = 100_000;
pub const MINUTE_MS: i64 = 60_000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// Makes a payment of the shop with these credentials. Returns its order id.
pub async fn order_of(world: &World, shop: &str) -> String {
    let reply = world.get(&format!("/api/create_payment?{shop}&amount={AMOUNT}")).await;
    let order_id = reply.text("order_id");
    assert!(!order_id.is_empty(), "{reply:?}");
    order_id
}

pub async fn test_order(world: &World) -> String {
    order_of(world, SHOP_101).await
}

pub async fn live_order(world: &World) -> String {
    order_of(world, LIVE).await
}

/// Payme, with the key for live or for test shops.
pub fn payme(world: &World, mode: Mode) -> Payme {
    let name = match mode {
        Mode::Live => "PAYME_KEY",
        Mode::Test => "PAYME_TEST_KEY",
    };
    Payme::new(&world.stack.url(), &local::settings::default(name).unwrap())
}

pub fn click(world: &World) -> Click {
    let default = |name| local::settings::default(name).unwrap();
    Click::new(&world.stack.url(), &default("CLICK_SERVICE_ID"), &default("CLICK_SECRET_KEY"))
}

/// The time that the world's clock shows, in unix milliseconds.
pub fn now(world: &World) -> i64 {
    world.stack.service.clock.now().get()
}

/// The code of a Payme answer, which is HTTP 200 whatever it says.
pub fn code(reply: &Reply) -> i64 {
    assert_eq!(reply.status, 200, "{reply:?}");
    payme::code(reply).unwrap_or_else(|| panic!("{reply:?}"))
}

/// A member of a Payme result.
pub fn result(reply: &Reply, member: &str) -> Value {
    reply.json()["result"][member].clone()
}

/// The error of a Click answer, which is HTTP 200 whatever it says.
pub fn error(reply: &Reply) -> i64 {
    assert_eq!(reply.status, 200, "{reply:?}");
    click::error(reply).unwrap_or_else(|| panic!("{reply:?}"))
}

/// Lets Payme hold `order_id` with a new transaction. Returns Payme's id.
pub async fn held_by_payme(world: &World, mode: Mode, order_id: &str) -> String {
    let id = payme::new_id();
    let created = payme(world, mode).create(&id, now(world), order_id, TIYIN).await.unwrap();
    assert_eq!(result(&created, "state"), 1, "{created:?}");
    id
}

/// Lets Click hold `order_id`. Returns the fields of its Complete.
pub async fn held_by_click(world: &World, order_id: &str) -> Fields {
    let fields = Fields::new(order_id, AMOUNT);
    let prepared = click(world).post(&fields).await.unwrap();
    assert_eq!(error(&prepared), 0, "{prepared:?}");
    fields.prepared(&prepared)
}

pub async fn status(world: &World, order_id: &str) -> String {
    world.get(&format!("/api/check_payment?order_id={order_id}")).await.text("status")
}

pub async fn balance(world: &World, shop: &str) -> String {
    world.get(&format!("/api/get_balance?{shop}")).await.text("balance_formatted")
}

/// Sets the status of a shop, as an operator does.
pub async fn set_shop_status(world: &World, shop_id: &str, status: &str) {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let update = world
        .tables
        .update_item()
        .table_name("shops")
        .key("shop_id", S(shop_id.to_owned()))
        .key("record", S("profile".to_owned()));
    let update = update.update_expression("SET #s = :s").expression_attribute_names("#s", "status");
    update.expression_attribute_values(":s", S(status.to_owned())).send().await.unwrap();
}

/// Sets the fee of shop 201, in hundredths of a percent.
pub async fn set_fee(world: &World, rate: u16) {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let update = world
        .tables
        .update_item()
        .table_name("shops")
        .key("shop_id", S("201".to_owned()))
        .key("record", S("profile".to_owned()));
    let update = update.update_expression("SET fee_bps = :rate");
    update.expression_attribute_values(":rate", N(rate.to_string())).send().await.unwrap();
}

/// All events in the table, oldest first.
pub async fn events(world: &World) -> Vec<Value> {
    let output = world.tables.scan().table_name("events").consistent_read(true).send().await.unwrap();
    let items = output.items.unwrap_or_default().into_iter();
    let mut events: Vec<Value> = items.map(|item| serde_dynamo::from_item(item).unwrap()).collect();
    events.sort_by_key(|event| event["event_key"].as_str().unwrap().to_owned());
    events
}

/// Pays `tiyin` out of the balance of shop 201.
pub async fn pay_out(world: &World, tiyin: i64) {
    let amount = format!("{}.{:02}", tiyin / 100, tiyin % 100);
    operator::done(world, operator::payout(&amount, &Uuid::new_v4().to_string())).await;
}

/// The stored attempt under `key`.
pub async fn stored(world: &World, key: &TransactionKey) -> Option<shared::domain::attempt::Attempt> {
    world.store_past_the_proxy().attempt(key).await.unwrap()
}

/// Makes a payment with a stale hold of Payme. Returns its order id and Payme's id.
pub async fn with_stale_hold(world: &World) -> (String, String) {
    let order_id = world.create("amount=1000").await;
    let id = held_by_payme(world, Mode::Test, &order_id).await;
    world.clock.advance_ms(12 * HOUR_MS);
    (order_id, id)
}

/// The key of the attempt that `fields` name.
pub fn click_key(fields: &Fields) -> TransactionKey {
    TransactionKey::click(fields.click_trans_id.parse().unwrap())
}
