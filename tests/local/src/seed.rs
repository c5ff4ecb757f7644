//! The first contents of a new store: the documented test shops, and the payments that the files in
//! `events/` use.

use shared::{
    domain::{
        action_record::{ActionRecord, Arguments, RequestedBy},
        id::{OrderId, ShopId},
        key::TransactionKey,
        lifetime::Lifetime,
        mode::Mode,
        money::PaymentAmount,
        operator_action::OperatorAction,
        payment::{Order, Payment},
        shop::{Access, Profile},
        test_shops::{TEST_SHOPS, TestShop},
        text::Description,
        time::UnixMillis,
    },
    store::{NewShop, Store},
};

use crate::Error;

/// The order ids in `events/`, all of shop 101. They are pending until they expire like any new
/// payment.
pub const SAMPLE_ORDERS: [&str; 4] = [
    "ORD_1701234567_000000000000000000sample1",
    "ORD_1701234567_000000000000000000sample2",
    "ORD_1701234567_000000000000000000sample3",
    "ORD_1701234567_000000000000000000sample4",
];

/// A live shop of this machine, for the providers' scenarios. Its payments are paid by programs that
/// know the local secrets, and never with money.
pub const LIVE_SHOP: TestShop =
    TestShop { shop_id: "103", name: "Local live shop", shop_key: "local_live_key_789" };

/// Puts the live shop, if it does not exist yet.
pub async fn put_live_shop(store: &Store, now: UnixMillis) -> Result<(), Error> {
    let profile = LIVE_SHOP.profile(now).map_err(|error| Error::Store(error.to_string()))?;
    let profile = Profile { mode: Mode::Live, access: Access::Private, ..profile };
    let record = ActionRecord::new("create_shop", Arguments::default(), String::new(), requested_by());
    let key = TransactionKey::action(&profile.shop_id);
    let action = OperatorAction::on_shop(key, &profile.shop_id, record, now);
    let created = store.create_shop(&NewShop { profile, action }).await;
    created.map(|_| ()).map_err(|error| Error::Store(error.to_string()))
}

/// Puts the shops and payments that do not exist yet.
pub async fn put(store: &Store, now: UnixMillis, lifetime: Lifetime) -> Result<(), Error> {
    put_all(store, now, lifetime).await.map_err(Error::Store)
}

async fn put_all(store: &Store, now: UnixMillis, lifetime: Lifetime) -> Result<(), String> {
    store.seed_test_shops(&requested_by(), now).await.map_err(|error| error.to_string())?;
    let [first, _] = TEST_SHOPS;
    let shop_id = ShopId::parse(first.shop_id).map_err(|error| error.to_string())?;
    let shop = store
        .profile(&shop_id)
        .await
        .map_err(|error| error.to_string())?
        .ok_or("the test shop is missing")?;
    for order_id in SAMPLE_ORDERS {
        put_order(store, &shop, order_id, now, lifetime).await?;
    }
    Ok(())
}

fn requested_by() -> RequestedBy {
    RequestedBy { actor: Some("cargo local".to_owned()), request_id: None }
}

async fn put_order(
    store: &Store,
    shop: &Profile,
    order_id: &str,
    now: UnixMillis,
    lifetime: Lifetime,
) -> Result<(), String> {
    let order_id = OrderId::parse(order_id).map_err(|error| error.to_string())?;
    let order = Order {
        amount: PaymentAmount::MIN,
        merchant_order_id: None,
        description: Description::parse("Namuna").ok(),
        return_url: None,
        expires_in: None,
    };
    let key = order_id.key();
    let payment = Payment { order_id, ..Payment::new(shop, order, key, now, lifetime) };
    store.create_payment(payment).await.map(|_| ()).map_err(|error| error.to_string())
}
