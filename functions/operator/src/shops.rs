//! Creating, showing, renaming, disabling and enabling shops.

use serde::Serialize;
use shared::{
    domain::{
        action_record::Arguments,
        credential::ShopKey,
        id::ShopId,
        mode::Mode,
        money::MoneyNumber,
        page::Limit,
        rate_limit::{PerMinute, PerSecond, RateLimit},
        shop::{Profile, ShopStatus},
        test_shops::TEST_SHOPS,
        text::ShopName,
        time::UnixMillis,
    },
    edge::invoked::InvokedAnswer,
    store::NewShop,
};

use crate::{
    CommandContext,
    answer::{self, Nothing, ShopView},
    cursor,
    error::CommandError,
    record::arguments,
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

/// Creates a shop under the next number.
pub async fn create(
    context: &CommandContext<'_>,
    name: ShopName,
    mode: Mode,
    shop_key: Option<ShopKey>,
) -> Result<InvokedAnswer, CommandError> {
    let key = match (shop_key, mode) {
        (Some(_), Mode::Live) => return Err(CommandError::KeyOfLiveShop),
        (Some(key), Mode::Test) => key,
        (None, mode) => ShopKey::random(mode).map_err(|error| CommandError::Internal(error.to_string()))?,
    };
    let (store, now) = (&context.service.store, context.invocation.now);
    let created = |shop_id: &ShopId, shop_key: Option<&str>| {
        answer::success(&Created { shop_id, shop_key, name: &name, mode: mode.into_str() })
    };
    let new_shop = |shop_id: &ShopId| {
        let profile = Profile::new(shop_id.clone(), name.clone(), mode, &key, now);
        let profile = profile.map_err(|error| CommandError::Internal(error.to_string()))?;
        let arguments = arguments([("name", name.to_string()), ("mode", mode.into_str().to_owned())]);
        let action = context.shop_action(shop_id, "create_shop", arguments, &created(shop_id, None)?);
        Ok::<_, CommandError>(NewShop { profile, action })
    };
    let shop_id = store.create_next_shop(new_shop).await?;
    context.invocation.log_shop(&shop_id);
    created(&shop_id, Some(key.reveal()))
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
    /// The newest key last.
    keys: Vec<Key>,
    balance: MoneyNumber,
    balance_formatted: String,
    paid_total: MoneyNumber,
    refunded_total: MoneyNumber,
    paid_out_total: MoneyNumber,
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
        keys: keys
            .map(|until| Key {
                expires_at: until.map(UnixMillis::tashkent),
                expires_at_iso: until.map(UnixMillis::iso),
            })
            .collect(),
        balance: balance.balance.number(),
        balance_formatted: balance.balance.formatted(),
        paid_total: balance.paid_total.number(),
        refunded_total: balance.refunded_total.number(),
        paid_out_total: balance.paid_out_total.number(),
        paid_count: balance.paid_count,
        per_second: profile.rate_limit.map(|limit| limit.per_second),
        per_minute: profile.rate_limit.map(|limit| limit.per_minute),
    })
}

/// Existing payments keep the name that the shop had when they were created.
pub async fn rename(
    context: &CommandContext<'_>,
    shop_id: &ShopId,
    name: ShopName,
) -> Result<InvokedAnswer, CommandError> {
    let renamed = |shop: &Profile| Profile { name: name.clone(), ..shop.clone() };
    change(context, shop_id, "rename_shop", arguments([("name", name.to_string())]), renamed).await
}

/// After this, the shop's keys are rejected and it takes no new payment. A payment that a provider
/// already holds may still be paid.
pub async fn disable(context: &CommandContext<'_>, shop_id: &ShopId) -> Result<InvokedAnswer, CommandError> {
    let disabled = |shop: &Profile| Profile { status: ShopStatus::Disabled, ..shop.clone() };
    change(context, shop_id, "disable_shop", Arguments::new(), disabled).await
}

pub async fn enable(context: &CommandContext<'_>, shop_id: &ShopId) -> Result<InvokedAnswer, CommandError> {
    let enabled = |shop: &Profile| Profile { status: ShopStatus::Active, ..shop.clone() };
    change(context, shop_id, "enable_shop", Arguments::new(), enabled).await
}

/// Instances that are running know the new limit at the shop's next call. A minute that was used
/// up stays so until it ends.
pub async fn set_rate_limit(
    context: &CommandContext<'_>,
    shop_id: &ShopId,
    limit: RateLimit,
) -> Result<InvokedAnswer, CommandError> {
    let arguments = arguments([
        ("per_second", limit.per_second.get().to_string()),
        ("per_minute", limit.per_minute.get().to_string()),
    ]);
    let limited = |shop: &Profile| Profile { rate_limit: Some(limit), ..shop.clone() };
    change(context, shop_id, "set_rate_limit", arguments, limited).await
}

async fn change(
    context: &CommandContext<'_>,
    shop_id: &ShopId,
    command: &str,
    arguments: Arguments,
    change: impl Fn(&Profile) -> Profile,
) -> Result<InvokedAnswer, CommandError> {
    let shop = context.service.store.profile(shop_id).await?.ok_or(CommandError::ShopNotFound)?;
    let done = answer::success(&Nothing {})?;
    let action = context.shop_action(shop_id, command, arguments, &done);
    let wanted = |shop: &Profile| {
        let after = change(shop);
        let changeable = |shop: &Profile| (shop.name.clone(), shop.status, shop.rate_limit);
        Ok::<_, CommandError>((changeable(&after) != changeable(shop)).then_some(after))
    };
    context.invocation.log_shop(shop_id);
    context.service.store.change_shop(shop, &action, wanted).await?;
    Ok(done)
}
