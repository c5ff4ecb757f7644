//! Changing a shop: its name, its status, its fee, its contact and its rate limit.

use shared::{
    domain::{
        action_record::Arguments,
        fee::FeeRate,
        id::ShopId,
        rate_limit::RateLimit,
        shop::{Profile, ShopStatus},
        text::{Contact, ShopName},
    },
    edge::invoked::InvokedAnswer,
};

use crate::{
    CommandContext,
    answer::{self, Nothing},
    error::CommandError,
    record::arguments,
};

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

/// The fee of a payment is fixed when an attempt to pay it begins, so attempts that began earlier
/// keep theirs.
pub async fn set_fee(
    context: &CommandContext<'_>,
    shop_id: &ShopId,
    fee_rate: FeeRate,
) -> Result<InvokedAnswer, CommandError> {
    let changed = |shop: &Profile| Profile { fee_rate, ..shop.clone() };
    change(context, shop_id, "set_fee", arguments([("fee_bps", fee_rate.get().to_string())]), changed).await
}

/// `None` removes the contact.
pub async fn set_contact(
    context: &CommandContext<'_>,
    shop_id: &ShopId,
    contact: Option<Contact>,
) -> Result<InvokedAnswer, CommandError> {
    let given = contact.as_ref().map(|contact| ("contact".to_owned(), contact.to_string()));
    let changed = |shop: &Profile| Profile { contact: contact.clone(), ..shop.clone() };
    change(context, shop_id, "set_contact", given.into_iter().collect(), changed).await
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
    let done = answer::success(&Nothing {})?;
    let action = context.shop_action(shop_id, command, arguments, &done);
    let changed = |shop: &Profile| Ok::<_, CommandError>(change(shop));
    if !context.service.store.change_shop(&action, changed).await? {
        return Err(CommandError::ShopNotFound);
    }
    context.invocation.log_shop(shop_id);
    Ok(done)
}
