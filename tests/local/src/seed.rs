//! What a new store begins with: the documented test shops, and the payments that `events/` name. All of it is data.

use shared::{
    domain::{
        act::{Act, ActRecord},
        credential::{IdSecret, ShopKey},
        id::{OrderId, OrderKey, ShopId},
        money::PaymentAmount,
        payment::{Order, Payment},
        shop::{Mode, Profile, ShopStatus, StoredKey},
        text::{Description, ShopName},
        time::UnixMillis,
        transaction::TransactionKey,
    },
    store::Store,
};

use crate::Error;

/// The test shops of the documentation page: id, name, key.
pub const TEST_SHOPS: [(&str, &str, &str); 2] = [("101", "Test Do'kon 1", "test_key_123"), ("102", "Test Do'kon 2", "test_key_456")];

/// The order ids that `events/` use, all of shop 101. A new store has them pending for as long as any new payment.
pub const SAMPLE_ORDERS: [&str; 4] = [
    "ORD_1701234567_000000000000000000sample1",
    "ORD_1701234567_000000000000000000sample2",
    "ORD_1701234567_000000000000000000sample3",
    "ORD_1701234567_000000000000000000sample4",
];

/// Puts what is not there yet.
pub async fn put(store: &Store, now: UnixMillis, lifetime_ms: i64) -> Result<(), Error> {
    for (shop_id, name, key) in TEST_SHOPS {
        put_shop(store, shop_id, name, key, now).await.map_err(Error::Store)?;
    }
    for order_id in SAMPLE_ORDERS {
        put_order(store, order_id, now, lifetime_ms).await.map_err(Error::Store)?;
    }
    Ok(())
}

async fn put_shop(store: &Store, shop_id: &str, name: &str, key: &str, now: UnixMillis) -> Result<(), String> {
    let shop_id = ShopId::parse(shop_id).map_err(|error| error.to_string())?;
    let key = ShopKey::parse(key).map_err(|error| error.to_string())?;
    let profile = Profile {
        name: ShopName::parse(name).map_err(|error| error.to_string())?,
        mode: Mode::Test,
        status: ShopStatus::Active,
        keys: vec![StoredKey { hash: key.hash(), valid_until: None }],
        id_secret: IdSecret::random().map_err(|error| error.to_string())?,
        created_at: now,
        shop_id: shop_id.clone(),
    };
    let record = ActRecord {
        command: "seed_test_shops".to_owned(),
        content_hash: String::new(),
        answer: String::new(),
        actor: Some("cargo local".to_owned()),
    };
    let act = Act::on_shop(TransactionKey::act(&shop_id), &shop_id, record, now);
    store.create_shop(&profile, &act).await.map(|_| ()).map_err(|error| error.to_string())
}

async fn put_order(store: &Store, order_id: &str, now: UnixMillis, lifetime_ms: i64) -> Result<(), String> {
    let order_id = OrderId::parse(order_id).map_err(|error| error.to_string())?;
    let [(shop_id, ..), _] = TEST_SHOPS;
    let shop_id = ShopId::parse(shop_id).map_err(|error| error.to_string())?;
    let shop = store.profile(&shop_id).await.map_err(|error| error.to_string())?.ok_or("the test shop is missing")?;
    let order =
        Order { amount: PaymentAmount::MIN, merchant_order_id: None, description: Description::parse("Namuna").ok(), return_url: None };
    let key: OrderKey = order_id.key();
    let payment = Payment { order_id, ..Payment::new(&shop, order, key, now, lifetime_ms) };
    store.create_payment(payment).await.map(|_| ()).map_err(|error| error.to_string())
}
