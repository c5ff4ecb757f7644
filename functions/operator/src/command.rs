//! The commands and their fields, and how JSON is parsed into them.

mod field;
mod read;

use serde::Deserialize;
use shared::domain::{
    day::Day,
    fee::FeeRate,
    id::{OrderId, ShopId},
    key::Reference,
    page::Limit,
    payout::PayoutAmount,
    rate_limit::{PerMinute, PerSecond},
    shop::OldKeyHours,
    text::{Contact, ShopName},
};

pub use field::{adjustment_amount, money};

use crate::{
    balance::{AdjustmentFields, ReversalFields},
    error::CommandError,
    events::EventFields,
    payments::ListFields,
    repair::RepairFields,
    report::ReportFields,
    role::Role,
    settlements::{CancelFields, RefundFields, SettleFields},
    shops::CreateFields,
    statement::{Provider, entries::Entries},
};

/// A command of an operator. The names are part of the contract. [`crate::help`] lists them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    CreateShop(CreateFields),
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
    ListPayments(ListFields),
    SettlePayment(SettleFields),
    RefundPayment(RefundFields),
    CancelPayment(CancelFields),
    RecordPayout {
        shop_id: ShopId,
        #[serde(deserialize_with = "field::payout_amount")]
        amount: PayoutAmount,
        reference: Reference,
    },
    ReversePayout(ReversalFields),
    AdjustBalance(AdjustmentFields),
    ListPayouts {
        shop_id: ShopId,
        limit: Option<Limit>,
        cursor: Option<String>,
    },
    ListEvents(EventFields),
    Report(ReportFields),
    CompareStatement {
        provider: Provider,
        day: Day,
        entries: Entries,
    },
    Audit {
        shop_id: Option<ShopId>,
        cursor: Option<String>,
    },
    Repair(RepairFields),
    Help {},
}

impl Command {
    /// The command's name in JSON, and the role that may use it.
    pub const fn name_and_role(&self) -> (&'static str, Role) {
        match self {
            Self::CreateShop { .. } => ("create_shop", Role::Shops),
            Self::SeedTestShops {} => ("seed_test_shops", Role::Shops),
            Self::ListShops { .. } => ("list_shops", Role::Read),
            Self::ShowShop { .. } => ("show_shop", Role::Read),
            Self::RenameShop { .. } => ("rename_shop", Role::Shops),
            Self::RotateKey { .. } => ("rotate_key", Role::Shops),
            Self::DisableShop { .. } => ("disable_shop", Role::Shops),
            Self::EnableShop { .. } => ("enable_shop", Role::Shops),
            Self::SetFee { .. } => ("set_fee", Role::Shops),
            Self::SetContact { .. } => ("set_contact", Role::Shops),
            Self::SetRateLimit { .. } => ("set_rate_limit", Role::Shops),
            Self::ShowPayment { .. } => ("show_payment", Role::Read),
            Self::ListPayments { .. } => ("list_payments", Role::Read),
            Self::SettlePayment { .. } => ("settle_payment", Role::Money),
            Self::RefundPayment { .. } => ("refund_payment", Role::Money),
            Self::CancelPayment { .. } => ("cancel_payment", Role::Money),
            Self::RecordPayout { .. } => ("record_payout", Role::Money),
            Self::ReversePayout { .. } => ("reverse_payout", Role::Money),
            Self::AdjustBalance { .. } => ("adjust_balance", Role::Money),
            Self::ListPayouts { .. } => ("list_payouts", Role::Read),
            Self::ListEvents { .. } => ("list_events", Role::Read),
            Self::Report { .. } => ("report", Role::Read),
            Self::CompareStatement { .. } => ("compare_statement", Role::Read),
            Self::Audit { .. } => ("audit", Role::Read),
            Self::Repair { .. } => ("repair", Role::Owner),
            Self::Help {} => ("help", Role::Read),
        }
    }
}

/// Parses `event`: a JSON object with `command` and that command's fields.
pub fn parse(event: &str) -> Result<Command, CommandError> {
    Command::deserialize(read::Object::parse(event)?)
}
