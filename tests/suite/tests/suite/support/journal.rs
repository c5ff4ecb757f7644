//! Journals for the tests that read them.

use dynoxide::ImportOptions;
use http::Method;
use serde_json::{Value, json};
use shared::domain::{
    channel::Channel,
    event::{Event, PaidPayment},
    fee::FeeRate,
    id::{OrderKey, ShopId},
    key::{Reference, TransactionKey},
    lifetime::Lifetime,
    mode::Mode,
    money::PaymentAmount,
    payment::{Order, Payment},
    text::{Description, MerchantOrderId},
    time::UnixMillis,
};
use suite::world::{SHOP_101, World};

/// The texts of a merchant and the id of a provider in an event.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    pub merchant_order_id: &'a str,
    pub description: &'a str,
    pub payme_id: &'a str,
}

pub const PLAIN: Texts<'_> =
    Texts { merchant_order_id: "A-1024", description: "Two books", payme_id: "65670f1a9c4e1d7b0b2f8a6c" };

/// Writes `count` payments of shop 102, of 1000.00 with a fee of 10.00, straight into its journal:
/// each a millisecond after the one before, from `start` on.
pub async fn fill(world: &World, start: UnixMillis, count: i64, texts: Texts<'_>) {
    let shop = world.stack.service.store.profile(&ShopId::parse("102").unwrap()).await.unwrap().unwrap();
    let event = |number: i64| {
        let order = Order {
            amount: PaymentAmount::MIN,
            merchant_order_id: Some(MerchantOrderId::parse(texts.merchant_order_id).unwrap()),
            description: Some(Description::parse(texts.description).unwrap()),
            return_url: None,
            expires_in: None,
        };
        let paid_at = start.plus_ms(number);
        let key = TransactionKey::payme(Mode::Test, &Reference::parse(texts.payme_id).unwrap());
        let fee = FeeRate::new(100).unwrap().of(order.amount);
        let payment = Payment::new(&shop, order, OrderKey::random(), start, Lifetime::DAY);
        let payment = payment.paid(&key, Channel::Payme, fee, paid_at);
        Event::paid(PaidPayment::of(&payment).unwrap(), paid_at)
    };
    put(world, (0..count).map(event));
}

/// Puts `events` straight into the table.
pub fn put(world: &World, events: impl Iterator<Item = Event>) {
    let items = events
        .map(|event| serde_json::from_value(in_wire_form(&serde_json::to_value(event).unwrap())).unwrap());
    world.stack.store.database.import_items("events", items.collect(), ImportOptions::default()).unwrap();
}

/// A flat record in DynamoDB's JSON.
pub fn in_wire_form(record: &Value) -> Value {
    let attribute = |value: &Value| match value {
        Value::Number(number) => json!({ "N": number.to_string() }),
        value => json!({ "S": value }),
    };
    record.as_object().unwrap().iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

/// Makes a payment of shop 101 and pays it with the test button. Returns its order id.
pub async fn pay(world: &World, parameters: &str) -> String {
    let order = world.create(parameters).await;
    pay_order(world, &order).await;
    order
}

pub async fn pay_order(world: &World, order: &str) {
    let reply = world.send(Method::POST, &format!("/pay/{order}/test"), &[], "").await;
    assert_eq!(reply.status, 303, "{reply:?}");
}

/// The public name of the first event of a payment of shop 101.
pub async fn event_id(world: &World, order: &str) -> String {
    let payment = world.shop("get_payment", &format!("order_id={order}")).await.json();
    payment["event_ids"][0].as_str().unwrap_or_else(|| panic!("{payment}")).to_owned()
}

/// All pages of get_events of shop 101, with these parameters.
pub async fn all_events(world: &World, parameters: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("/api/get_events?{SHOP_101}&{parameters}{cursor}")).await.json();
        assert_eq!(page["success"], true, "{page}");
        all.extend(page["events"].as_array().unwrap().iter().cloned());
        if page["has_more"] == false {
            return all;
        }
        cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap());
    }
}

/// An amount of so'm in an answer, as tiyin.
pub fn tiyin(number: &Value) -> i64 {
    format!("{:.2}", number.as_f64().unwrap()).replace('.', "").parse().unwrap()
}
