//! Fields that have a form of their own here, and what each field may be, in words.

use serde::{Deserialize, Deserializer, de::Error};
use shared::domain::{
    money::MoneyError,
    page::LimitError,
    payout::PayoutAmount,
    shop::OldKeyHoursError,
    text::{PrintableError, Remark, ShopName},
    time::UnixMillis,
};

/// A day in Tashkent, written `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Day {
    pub start: UnixMillis,
}

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        UnixMillis::start_of_tashkent_day(&text).map(|start| Self { start }).ok_or("not a day")
    }
}

/// Parses an amount as create_payment does.
pub fn payout_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PayoutAmount, D::Error> {
    PayoutAmount::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Says what the field `name` may be.
pub fn describe(name: &str) -> String {
    match name {
        "name" => format!("a text of {}", ShopName::ERROR),
        "shop_key" => format!("a text of {PrintableError}, for a test shop only"),
        "old_key_valid_hours" => OldKeyHoursError.to_string(),
        "limit" => LimitError.to_string(),
        "reference" => format!("a text of {PrintableError}"),
        "reason" => format!("a text of {}", Remark::ERROR),
        "amount" => format!(
            "an amount of at least {} as a text: {}, such as \"1000.00\"",
            PayoutAmount::MIN.money(),
            MoneyError::Form
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
        "from" | "to" => "a day in Tashkent as a text, YYYY-MM-DD",
        "cursor" => "the next_cursor of an earlier answer to the same command",
        "received" => "\"outside\" or \"click\"",
        "returned_by" => "\"us\" or \"provider\"",
        "allow_negative" => "true or false",
        _ => "the name of a command as a text",
    }
}
