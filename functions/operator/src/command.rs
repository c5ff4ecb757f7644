//! The commands and their fields, and how JSON is parsed into them.

mod field;
mod read;

use serde::Deserialize;
use shared::domain::{
    credential::ShopKey,
    day::Day,
    event_type::EventType,
    fee::FeeRate,
    id::{OrderId, ShopId},
    key::Reference,
    mode::Mode,
    money::AdjustmentAmount,
    page::Limit,
    payment::{ReturnedBy, Status},
    payment_action::Received,
    payout::PayoutAmount,
    rate_limit::{PerMinute, PerSecond},
    shop::OldKeyHours,
    text::{Contact, Remark, ShopName},
};

pub use field::money;

use crate::{
    error::CommandError,
    statement::{Provider, entries::Entries},
};

/// A command of an operator. The names are part of the contract. [`crate::help`] lists them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    CreateShop {
        name: ShopName,
        mode: Mode,
        shop_key: Option<ShopKey>,
        reference: Option<Reference>,
    },
    SeedTestShops {},
    ListShops {
        limit: Option<Limit>,
        cursor: Option<String>,
    },
    ShowShop {
        shop_id: ShopId,
    },
    RenameShop {
        shop_id: ShopId,
        name: ShopName,
    },
    RotateKey {
        shop_id: ShopId,
        old_key_valid_hours: OldKeyHours,
    },
    DisableShop {
        shop_id: ShopId,
    },
    EnableShop {
        shop_id: ShopId,
    },
    SetFee {
        shop_id: ShopId,
        fee_bps: FeeRate,
    },
    SetContact {
        shop_id: ShopId,
        #[serde(deserialize_with = "field::contact")]
        contact: Option<Contact>,
    },
    SetRateLimit {
        shop_id: ShopId,
        per_second: PerSecond,
        per_minute: PerMinute,
    },
    ShowPayment {
        order_id: OrderId,
    },
    ListPayments {
        shop_id: ShopId,
        status: Option<Status>,
        from: Option<Day>,
        to: Option<Day>,
        limit: Option<Limit>,
        cursor: Option<String>,
    },
    SettlePayment {
        order_id: OrderId,
        reference: Reference,
        received: Option<Received>,
    },
    RefundPayment {
        order_id: OrderId,
        reference: Reference,
        reason: Option<Remark>,
        returned_by: Option<ReturnedBy>,
        allow_negative: Option<bool>,
    },
    CancelPayment {
        order_id: OrderId,
        reference: Reference,
    },
    RecordPayout {
        shop_id: ShopId,
        #[serde(deserialize_with = "field::payout_amount")]
        amount: PayoutAmount,
        reference: Reference,
    },
    ReversePayout {
        shop_id: ShopId,
        payout_reference: Reference,
        reference: Reference,
        reason: Remark,
    },
    AdjustBalance {
        shop_id: ShopId,
        #[serde(deserialize_with = "field::adjustment_amount")]
        amount: AdjustmentAmount,
        reference: Reference,
        reason: Remark,
        allow_negative: Option<bool>,
    },
    ListPayouts {
        shop_id: ShopId,
        limit: Option<Limit>,
        cursor: Option<String>,
    },
    ListEvents {
        shop_id: ShopId,
        from: Option<Day>,
        to: Option<Day>,
        #[serde(rename = "type")]
        event_type: Option<EventType>,
        limit: Option<Limit>,
        cursor: Option<String>,
    },
    Report {
        from: Day,
        to: Day,
        shop_id: Option<ShopId>,
        cursor: Option<String>,
    },
    CompareStatement {
        provider: Provider,
        day: Day,
        entries: Entries,
    },
    Audit {
        shop_id: Option<ShopId>,
        cursor: Option<String>,
    },
    Repair {
        shop_id: ShopId,
        reference: Reference,
        cursor: Option<String>,
    },
    Help {},
}

impl Command {
    /// The command's name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CreateShop { .. } => "create_shop",
            Self::SeedTestShops {} => "seed_test_shops",
            Self::ListShops { .. } => "list_shops",
            Self::ShowShop { .. } => "show_shop",
            Self::RenameShop { .. } => "rename_shop",
            Self::RotateKey { .. } => "rotate_key",
            Self::DisableShop { .. } => "disable_shop",
            Self::EnableShop { .. } => "enable_shop",
            Self::SetFee { .. } => "set_fee",
            Self::SetContact { .. } => "set_contact",
            Self::SetRateLimit { .. } => "set_rate_limit",
            Self::ShowPayment { .. } => "show_payment",
            Self::ListPayments { .. } => "list_payments",
            Self::SettlePayment { .. } => "settle_payment",
            Self::RefundPayment { .. } => "refund_payment",
            Self::CancelPayment { .. } => "cancel_payment",
            Self::RecordPayout { .. } => "record_payout",
            Self::ReversePayout { .. } => "reverse_payout",
            Self::AdjustBalance { .. } => "adjust_balance",
            Self::ListPayouts { .. } => "list_payouts",
            Self::ListEvents { .. } => "list_events",
            Self::Report { .. } => "report",
            Self::CompareStatement { .. } => "compare_statement",
            Self::Audit { .. } => "audit",
            Self::Repair { .. } => "repair",
            Self::Help {} => "help",
        }
    }
}

/// Parses `event`: a JSON object with `command` and that command's fields.
pub fn parse(event: &str) -> Result<Command, CommandError> {
    Command::deserialize(read::Object::parse(event)?)
}
