//! What each field of a command may be, in words. The bounds come from the domain's own errors.

use shared::domain::{
    event_type::EventTypeError,
    fee::FeeRateError,
    money::{AdjustmentAmount, MoneyError},
    page::LimitError,
    payout::PayoutAmount,
    rate_limit::{PerMinuteError, PerSecondError},
    shop::OldKeyHoursError,
    text::{Contact, PrintableError, Remark, ShopName},
};

use crate::statement::entries::ENTRIES_MAX;

/// Says what the field `name` may be.
pub fn describe(name: &str) -> String {
    match name {
        "name" => format!("a text of {}", ShopName::ERROR),
        "shop_key" => format!("a text of {PrintableError}, for a test shop only"),
        "old_key_valid_hours" => OldKeyHoursError.to_string(),
        "per_second" => PerSecondError.to_string(),
        "per_minute" => PerMinuteError.to_string(),
        "limit" => LimitError.to_string(),
        "reference" | "payout_reference" => format!("a text of {PrintableError}"),
        "reason" => format!("a text of {}", Remark::ERROR),
        "fee_bps" => format!("{FeeRateError}, in hundredths of a percent"),
        "contact" => format!("a text of {}, or null for none", Contact::ERROR),
        "type" => EventTypeError.to_string(),
        "entries" => format!(
            "a list of at most {ENTRIES_MAX} objects with the members id (the provider's own, each once), amount \
             (such as \"1000.00\") and state (1, 2, -1 or -2)"
        ),
        "amount" => format!(
            "an amount of at least {} as a text: {}, such as \"1000.00\"; for adjust_balance at most {}, and \
             with - before it to take it off",
            PayoutAmount::MIN.money(),
            MoneyError::Form,
            AdjustmentAmount::MAX
        ),
        _ => without_bounds(name).to_owned(),
    }
}

/// The same for fields without bounds.
fn without_bounds(name: &str) -> &'static str {
    match name {
        "shop_id" => "the number of a shop as a text, such as \"1001\"",
        "mode" => "\"test\" or \"live\"",
        "order_id" => "an order id as a text, ORD_...",
        "status" => "\"pending\", \"paid\", \"cancelled\", \"expired\" or \"refunded\"",
        "provider" => "\"payme\" or \"click\"",
        "from" | "to" | "day" => "a day in Tashkent as a text, YYYY-MM-DD",
        "cursor" => "the next_cursor of an earlier answer to the same command",
        "received" => "\"outside\" or \"click\"",
        "returned_by" => "\"us\" or \"provider\"",
        "allow_negative" => "true or false",
        _ => "the name of a command as a text",
    }
}
