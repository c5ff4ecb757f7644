//! Replaces a shop's key while the shop keeps working.

use serde::Serialize;
use shared::{
    domain::{
        credential::ShopKey,
        id::ShopId,
        shop::{OldKeyHours, Profile},
    },
    edge::invoked::InvokedAnswer,
};

use crate::{CommandContext, answer, error::CommandError, record::arguments};

#[derive(Serialize)]
struct Rotated<'a> {
    /// `None` in the record, which never holds a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    shop_key: Option<&'a str>,
    old_key_expires_at: String,
    old_key_expires_at_iso: String,
}

/// Makes a new key, which works at once. Each older key ends at the earlier of its own end and
/// `hours` from now. So if a lost answer is asked for again, the key that the merchant uses still
/// works for these hours.
pub async fn rotate(
    context: &CommandContext<'_>,
    shop_id: &ShopId,
    hours: OldKeyHours,
) -> Result<InvokedAnswer, CommandError> {
    let shop = context.service.store.profile(shop_id).await?.ok_or(CommandError::ShopNotFound)?;
    let key = ShopKey::random(shop.mode).map_err(|error| CommandError::Internal(error.to_string()))?;
    let now = context.invocation.now;
    let end = hours.after(now);
    let rotated = |shop_key| Rotated {
        shop_key,
        old_key_expires_at: end.tashkent(),
        old_key_expires_at_iso: end.iso(),
    };
    let arguments = arguments([("old_key_valid_hours", hours.to_string())]);
    let action = context.shop_action(shop_id, "rotate_key", arguments, &answer::success(&rotated(None))?);
    context.invocation.log_shop(shop_id);
    let with_new_key = |shop: &Profile| Ok::<_, CommandError>(shop.with_new_key(&key, end, now)?);
    context.service.store.change_shop(&action, with_new_key).await?;
    answer::success(&rotated(Some(key.reveal())))
}
