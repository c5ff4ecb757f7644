//! Fields that have a form of their own here, and what each field may be, in words.

use serde::{Deserialize, Deserializer, de::Error};
use shared::domain::{payout::PayoutAmount, time::UnixMillis};

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

/// An amount in create_payment's form.
pub fn payout_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PayoutAmount, D::Error> {
    PayoutAmount::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// What the field `name` may be.
pub fn describe(name: &str) -> &'static str {
    match name {
        "shop_id" => "the number of a shop as a text, such as \"1001\"",
        "name" => "a text of 1 to 100 characters without control characters",
        "mode" => "\"test\" or \"live\"",
        "shop_key" => "a text of 1 to 64 printable ASCII characters, for a test shop only",
        "old_key_valid_hours" => "a whole number from 0 to 168",
        "order_id" => "an order id as a text, ORD_...",
        "status" => "\"pending\", \"paid\", \"cancelled\", \"expired\" or \"refunded\"",
        "from" | "to" => "a day in Tashkent as a text, YYYY-MM-DD",
        "limit" => "a whole number from 1 to 100",
        "cursor" => "the next_cursor of an earlier answer to the same command",
        "reference" => "a text of 1 to 64 printable ASCII characters",
        "reason" => "a text of 1 to 200 characters without control characters",
        "received" => "\"outside\" or \"click\"",
        "returned_by" => "\"us\" or \"provider\"",
        "allow_negative" => "true or false",
        "amount" => "an amount of at least 0.01 as a text: digits, then optionally a point and one or two digits, such as \"1000.00\"",
        _ => "the name of a command as a text",
    }
}
