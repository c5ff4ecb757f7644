//! The errors of commands, each with its code and its sentence.

use std::fmt::Display;

use shared::{
    domain::{
        money::{SignedTiyin, Tiyin},
        payment::Status,
        payment_action::ActionRefusal,
        shop::TooManyKeys,
    },
    edge::invoked::InvokeError,
    store::StoreError,
};

use crate::{field_texts::describe, role::Role};

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(
        "The event must be a JSON object with the member command; {{\"command\":\"help\"}} tells the commands"
    )]
    NotAnObject,
    #[error("There is no command {name}; the commands are {}", .expected.join(", "))]
    UnknownCommand { name: String, expected: &'static [&'static str] },
    #[error("There is no field {name} here; the fields of this command are: {}", list(.expected))]
    UnknownField { name: String, expected: &'static [&'static str] },
    #[error("{0} is required: {what}", what = describe(.0))]
    MissingField(&'static str),
    #[error("{0} was given more than once")]
    DuplicateField(&'static str),
    #[error("{0} must be {what}", what = describe(.0))]
    InvalidField(String),
    #[error("shop_key may be given for a test shop only; a live shop's key is always random")]
    KeyOfLiveShop,
    #[error("to must not be before from")]
    DaysReversed,
    #[error("to must be less than {0} days after from")]
    TooManyDays(i32),
    #[error("There are too many attempts on this day to compare them in one command")]
    StatementTooLong,
    #[error("cursor must be {what}", what = describe("cursor"))]
    InvalidCursor,
    /// With the role that the command needs.
    #[error("This command needs {}, and you invoke another alias or version of the function", alias(*.0))]
    NotPermitted(Role),
    #[error("Shop not found")]
    ShopNotFound,
    #[error("Order not found")]
    OrderNotFound,
    #[error("reference was already used in this shop for another action")]
    ReferenceConflict,
    #[error("reference was already used on this platform to create a shop with other fields")]
    CreationConflict,
    #[error("{0}; rotate with old_key_valid_hours 0 to end them all at once")]
    TooManyKeys(#[from] TooManyKeys),
    #[error("A provider holds the payment and may still pay it; wait until the hold ends")]
    Held,
    #[error("The payment is {} and cannot be settled", .0.into_str())]
    NotSettleable(Status),
    #[error("The payment is {} and cannot be refunded", .0.into_str())]
    NotRefundable(Status),
    #[error("The payment is {} and cannot be cancelled", .0.into_str())]
    NotCancellable(Status),
    #[error(
        "Click may have the money of this payment; say with received whether it has: \"click\" or \"outside\""
    )]
    ReceivedNeeded,
    #[error(
        "No attempt of Click's points at this payment, so that Click will give its money back; settle with received \"outside\""
    )]
    NoClickAttempt,
    #[error("returned_by may be \"provider\" only for a payment that was paid through a provider")]
    NoProvider,
    /// With what a test shop does not do.
    #[error("A test shop {0}: its money is not real")]
    TestShop(&'static str),
    #[error("The shop's balance is {balance} UZS, less than {needed} UZS{}", less_fee(*.fee))]
    InsufficientBalance { balance: SignedTiyin, needed: SignedTiyin, fee: Tiyin },
    #[error("The shop has no payout with this payout_reference")]
    PayoutNotFound,
    #[error("The payout was reversed already, with another reference")]
    PayoutReversed,
    #[error("amount would take the balance or the sum of its adjustments beyond what can be stored")]
    BalanceTooLarge,
    #[error("Internal error")]
    Internal(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Says through which alias a command may be invoked.
const fn alias(needed: Role) -> &'static str {
    match needed {
        Role::Read => "the alias read, shops, money or live",
        Role::Shops => "the alias shops or live",
        Role::Money => "the alias money or live",
        Role::Owner => "the alias live or none",
    }
}

/// Says why a refund takes less than the payment off the balance.
fn less_fee(fee: Tiyin) -> String {
    if fee == Tiyin::ZERO { String::new() } else { format!(", the payment less its fee of {fee} UZS") }
}

fn list(fields: &[&str]) -> String {
    if fields.is_empty() { "none".to_owned() } else { fields.join(", ") }
}

impl CommandError {
    /// The stable name of the error, for programs.
    const fn code(&self) -> &'static str {
        match self {
            Self::NotAnObject => "invalid_event",
            Self::UnknownCommand { .. } => "unknown_command",
            Self::UnknownField { .. } => "unknown_field",
            Self::MissingField(_) => "missing_field",
            Self::DuplicateField(_) => "duplicate_field",
            Self::InvalidField(_) | Self::KeyOfLiveShop | Self::DaysReversed | Self::TooManyDays(_) => {
                "invalid_field"
            }
            Self::StatementTooLong => "statement_too_long",
            Self::InvalidCursor => "invalid_cursor",
            Self::NotPermitted(_) => "not_permitted",
            Self::ShopNotFound => "shop_not_found",
            Self::OrderNotFound => "order_not_found",
            Self::ReferenceConflict | Self::CreationConflict => "reference_conflict",
            Self::TooManyKeys(_) => "too_many_keys",
            Self::Held => "payment_held",
            Self::NotSettleable(_) => "payment_not_settleable",
            Self::NotRefundable(_) => "payment_not_refundable",
            Self::NotCancellable(_) => "payment_not_cancellable",
            Self::ReceivedNeeded => "received_needed",
            Self::NoClickAttempt => "no_click_attempt",
            Self::NoProvider => "no_provider",
            Self::TestShop(_) => "test_shop",
            Self::InsufficientBalance { .. } => "insufficient_balance",
            Self::PayoutNotFound => "payout_not_found",
            Self::PayoutReversed => "payout_reversed",
            Self::BalanceTooLarge => "amount_too_large",
            Self::Internal(_) | Self::Store(_) => "internal_error",
        }
    }
}

impl From<ActionRefusal> for CommandError {
    fn from(refusal: ActionRefusal) -> Self {
        match refusal {
            ActionRefusal::Held => Self::Held,
            ActionRefusal::NotSettleable(status) => Self::NotSettleable(status),
            ActionRefusal::ReceivedNeeded => Self::ReceivedNeeded,
            ActionRefusal::NoClickAttempt => Self::NoClickAttempt,
            ActionRefusal::NotRefundable(status) => Self::NotRefundable(status),
            ActionRefusal::NoProvider => Self::NoProvider,
            ActionRefusal::NotCancellable(status) => Self::NotCancellable(status),
            ActionRefusal::InsufficientBalance { balance, needed, fee } => {
                Self::InsufficientBalance { balance, needed, fee }
            }
            ActionRefusal::PayoutNotFound => Self::PayoutNotFound,
            ActionRefusal::PayoutReversed => Self::PayoutReversed,
            ActionRefusal::BalanceTooLarge => Self::BalanceTooLarge,
        }
    }
}

impl From<CommandError> for InvokeError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Store(error) => error.into(),
            CommandError::Internal(detail) => Self::internal(detail),
            error => Self { code: error.code(), sentence: error.to_string(), detail: None },
        }
    }
}

impl From<serde_json::Error> for CommandError {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

/// Turns serde's errors into ours.
impl serde::de::Error for CommandError {
    fn custom<T: Display>(_: T) -> Self {
        Self::NotAnObject
    }

    fn unknown_variant(name: &str, expected: &'static [&'static str]) -> Self {
        Self::UnknownCommand { name: shortened(name), expected }
    }

    fn unknown_field(name: &str, expected: &'static [&'static str]) -> Self {
        Self::UnknownField { name: shortened(name), expected }
    }

    fn missing_field(name: &'static str) -> Self {
        Self::MissingField(name)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::DuplicateField(name)
    }
}

/// Shortens a name from the caller, which may be of any length.
fn shortened(name: &str) -> String {
    const LENGTH_MAX: usize = 64;
    name.chars().take(LENGTH_MAX).collect()
}
