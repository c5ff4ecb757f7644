//! Creating, listing and showing shops.

use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        credential::ShopKey,
        id::ShopId,
        key::{Reference, TransactionKey},
        mode::Mode,
        money::MoneyNumber,
        operator_action::OperatorAction,
        page::Limit,
        rate_limit::{PerMinute, PerSecond},
        shop::Profile,
        test_shops::TEST_SHOPS,
        text::{Contact, ShopName},
        time::UnixMillis,
    },
    edge::invoked::InvokedAnswer,
    store::{NewShop, NextShop},
};

use crate::{
    CommandContext,
    answer::{self, ShopView},
    cursor,
    error::CommandError,
    record::{arguments, recorded},
};

#[derive(Serialize)]
struct Created<'a> {
    shop_id: &'a ShopId,
    /// `None` in the record, which never holds a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    shop_key: Option<&'a str>,
    name: &'a ShopName,
    mode: &'static str,
}

/// The fields of `create_shop`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateFields {
    pub name: ShopName,
    pub mode: Mode,
    pub shop_key: Option<ShopKey>,
    pub reference: Option<Reference>,
}

/// Creates a shop under the next number, once for each reference. A repeat gets the first answer
/// without the key.
pub async fn create(
    context: &CommandContext<'_>,
    fields: CreateFields,
) -> Result<InvokedAnswer, CommandError> {
    const COMMAND: &str = "create_shop";
    let CreateFields { name, mode, shop_key, reference } = fields;
    let given = shop_key.as_ref().map(ShopKey::hash);
    let key = match (shop_key, mode) {
        (Some(_), Mode::Live) => return Err(CommandError::KeyOfLiveShop),
        (Some(key), Mode::Test) => key,
        (None, mode) => ShopKey::random(mode).map_err(|error| CommandError::Internal(error.to_string()))?,
    };
    let now = context.invocation.now;
    let mut arguments = arguments([("name", name.to_string()), ("mode", mode.into_str().to_owned())]);
    // A repeat with another key is another request. The profile stores the same hash.
    if let Some(hash) = given {
        arguments.insert("shop_key_hash".to_owned(), String::from(hash));
    }
    let created = |shop_id: &ShopId, shop_key: Option<&str>| {
        answer::success(&Created { shop_id, shop_key, name: &name, mode: mode.into_str() })
    };
    let new_shop = |shop_id: &ShopId| {
        let profile = Profile::new(shop_id.clone(), name.clone(), mode, &key, now);
        let profile = profile.map_err(|error| CommandError::Internal(error.to_string()))?;
        let key =
            reference.as_ref().map_or_else(|| TransactionKey::action(shop_id), TransactionKey::creation);
        let record = context.record(COMMAND, arguments.clone(), &created(shop_id, None)?);
        let action = OperatorAction::on_shop(key, shop_id, record, now);
        Ok::<_, CommandError>(NewShop { profile, action })
    };
    match context.service.store.create_next_shop(new_shop).await? {
        NextShop::Created(shop_id) => {
            context.invocation.log_shop(&shop_id);
            created(&shop_id, Some(key.reveal()))
        }
        NextShop::Earlier(action) => {
            context.invocation.log_shop(&action.shop_id);
            recorded(action.record, COMMAND, &arguments, CommandError::CreationConflict)
        }
    }
}

#[derive(Serialize)]
struct Shops<'a> {
    shops: Vec<ShopView<'a>>,
}

/// Creates the two documented test shops if they do not exist.
pub async fn seed_test_shops(context: &CommandContext<'_>) -> Result<InvokedAnswer, CommandError> {
    let store = &context.service.store;
    store.seed_test_shops(&context.invocation.requested_by, context.invocation.now).await?;
    let mut profiles = Vec::new();
    for shop in TEST_SHOPS {
        let shop_id =
            ShopId::parse(shop.shop_id).map_err(|error| CommandError::Internal(error.to_string()))?;
        profiles.extend(store.profile(&shop_id).await?);
    }
    answer::success(&Shops { shops: profiles.iter().map(ShopView::new).collect() })
}

#[derive(Serialize)]
struct ShopList<'a> {
    shops: Vec<ShopView<'a>>,
    next_cursor: Option<String>,
}

/// Lists a page of all shops, in no particular order.
pub async fn list(
    context: &CommandContext<'_>,
    limit: Option<Limit>,
    cursor: Option<String>,
) -> Result<InvokedAnswer, CommandError> {
    let after: Option<ShopId> = cursor.as_deref().map(cursor::read).transpose()?;
    let page = context.service.store.shops(after.as_ref(), limit.unwrap_or(Limit::DEFAULT)).await?;
    let next_cursor = page.next.as_ref().map(cursor::write).transpose()?;
    answer::success(&ShopList { shops: page.profiles.iter().map(ShopView::new).collect(), next_cursor })
}

#[derive(Serialize)]
struct Shop<'a> {
    #[serde(flatten)]
    shop: ShopView<'a>,
    fee_bps: u16,
    contact: Option<&'a Contact>,
    /// The newest key last.
    keys: Vec<Key>,
    balance: MoneyNumber,
    balance_formatted: String,
    paid_total: MoneyNumber,
    fee_total: MoneyNumber,
    refunded_total: MoneyNumber,
    paid_out_total: MoneyNumber,
    adjusted_total: MoneyNumber,
    paid_count: u64,
    /// `None`: the deployment's own.
    per_second: Option<PerSecond>,
    per_minute: Option<PerMinute>,
}

#[derive(Serialize)]
struct Key {
    /// `None` for the newest key, which has no end.
    expires_at: Option<String>,
    expires_at_iso: Option<String>,
}

/// Shows a shop with its balance. Only hashes of keys are stored, so keys cannot be shown.
pub async fn show(context: &CommandContext<'_>, shop_id: &ShopId) -> Result<InvokedAnswer, CommandError> {
    let (profile, balance) =
        context.service.store.profile_and_balance(shop_id).await?.ok_or(CommandError::ShopNotFound)?;
    context.invocation.log_shop(shop_id);
    let works = |until: Option<UnixMillis>| until.is_none_or(|until| context.invocation.now < until);
    let keys = profile.keys.iter().map(|key| key.valid_until).filter(|until| works(*until));
    answer::success(&Shop {
        shop: ShopView::new(&profile),
        fee_bps: profile.fee_rate.get(),
        contact: profile.contact.as_ref(),
        keys: keys
            .map(|until| Key {
                expires_at: until.map(UnixMillis::tashkent),
                expires_at_iso: until.map(UnixMillis::iso),
            })
            .collect(),
        balance: balance.balance.number(),
        balance_formatted: balance.balance.formatted(),
        paid_total: balance.paid_total.number(),
        fee_total: balance.fee_total.number(),
        refunded_total: balance.refunded_total.number(),
        paid_out_total: balance.paid_out_total.number(),
        adjusted_total: balance.adjusted_total.number(),
        paid_count: balance.paid_count,
        per_second: profile.rate_limit.map(|limit| limit.per_second),
        per_minute: profile.rate_limit.map(|limit| limit.per_minute),
    })
}
