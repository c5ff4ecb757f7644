//! The operator's commands: shops, keys, refunds, payouts, adjustments, reports, and the audit of every
//! balance.
//!
//! Invoked directly, never through the API Gateway, so IAM decides who may call. Takes one JSON
//! command and returns one JSON answer. An error is an answer, too. Every command that changes
//! something leaves a record of who asked, when and for what. No record holds a key.

mod answer;
mod audit;
mod balance;
mod command;
mod cursor;
mod error;
mod events;
mod field_texts;
mod help;
mod keys;
mod payments;
mod payouts;
mod record;
mod repair;
mod report;
mod settlements;
mod shop_settings;
mod shops;
mod statement;

use std::sync::Arc;

use shared::{
    domain::{day::DayRange, rate_limit::RateLimit},
    edge::{
        Invocation, InvokedFunction, Service, Warmup,
        invoked::{InvokeError, InvokedAnswer},
    },
};

use crate::{
    balance::{AdjustmentFields, ReversalFields},
    command::Command,
    error::CommandError,
    events::EventFields,
    payments::ListFields,
    repair::RepairFields,
    report::ReportFields,
    settlements::{ActionRequest, RefundFields},
    shops::CreateFields,
};

pub fn function() -> InvokedFunction {
    InvokedFunction::new("operator", Warmup::Profile, handle)
}

async fn handle(service: Arc<Service>, invocation: Arc<Invocation>) -> Result<InvokedAnswer, InvokeError> {
    let command = command::parse(&invocation.event)?;
    invocation.log_command(command.name());
    Ok(run(command, &CommandContext { service: &service, invocation: &invocation }).await?)
}

/// The service and the invocation that a command works with.
struct CommandContext<'a> {
    service: &'a Service,
    invocation: &'a Invocation,
}

async fn run(command: Command, context: &CommandContext<'_>) -> Result<InvokedAnswer, CommandError> {
    match command {
        Command::CreateShop { name, mode, shop_key, reference } => {
            shops::create(context, CreateFields { name, mode, shop_key, reference }).await
        }
        Command::SeedTestShops {} => shops::seed_test_shops(context).await,
        Command::ListShops { limit, cursor } => shops::list(context, limit, cursor).await,
        Command::ShowShop { shop_id } => shops::show(context, &shop_id).await,
        Command::RenameShop { shop_id, name } => shop_settings::rename(context, &shop_id, name).await,
        Command::RotateKey { shop_id, old_key_valid_hours } => {
            keys::rotate(context, &shop_id, old_key_valid_hours).await
        }
        Command::DisableShop { shop_id } => shop_settings::disable(context, &shop_id).await,
        Command::EnableShop { shop_id } => shop_settings::enable(context, &shop_id).await,
        Command::SetFee { shop_id, fee_bps } => shop_settings::set_fee(context, &shop_id, fee_bps).await,
        Command::SetContact { shop_id, contact } => {
            shop_settings::set_contact(context, &shop_id, contact).await
        }
        Command::SetRateLimit { shop_id, per_second, per_minute } => {
            shop_settings::set_rate_limit(context, &shop_id, RateLimit { per_second, per_minute }).await
        }
        Command::ShowPayment { order_id } => payments::show(context, &order_id).await,
        Command::ListPayments { shop_id, status, from, to, limit, cursor } => {
            payments::list(context, &shop_id, ListFields { status, from, to, limit, cursor }).await
        }
        Command::SettlePayment { order_id, reference, received } => {
            settlements::settle(
                context,
                ActionRequest { order_id: &order_id, reference: &reference, reason: None },
                received,
            )
            .await
        }
        Command::RefundPayment { order_id, reference, reason, returned_by, allow_negative } => {
            let request = ActionRequest { order_id: &order_id, reference: &reference, reason };
            settlements::refund(context, request, RefundFields { returned_by, allow_negative }).await
        }
        Command::CancelPayment { order_id, reference } => {
            let request = ActionRequest { order_id: &order_id, reference: &reference, reason: None };
            settlements::cancel(context, request).await
        }
        Command::RecordPayout { shop_id, amount, reference } => {
            balance::record_payout(context, &shop_id, amount, reference).await
        }
        Command::ReversePayout { shop_id, payout_reference, reference, reason } => {
            let fields = ReversalFields { payout_reference, reference, reason };
            balance::reverse_payout(context, &shop_id, fields).await
        }
        Command::AdjustBalance { shop_id, amount, reference, reason, allow_negative } => {
            let fields = AdjustmentFields { amount, reference, reason, allow_negative };
            balance::adjust(context, &shop_id, fields).await
        }
        Command::ListPayouts { shop_id, limit, cursor } => {
            payouts::list(context, &shop_id, limit, cursor).await
        }
        Command::ListEvents { shop_id, from, to, event_type, limit, cursor } => {
            let days = DayRange::new(from, to).map_err(|_| CommandError::DaysReversed)?;
            events::list(context, &shop_id, EventFields { days, event_type, limit, cursor }).await
        }
        Command::Report { from, to, shop_id, cursor } => {
            report::run(context, ReportFields { from, to, shop_id, cursor }).await
        }
        Command::CompareStatement { provider, day, entries } => {
            statement::compare(context, provider, day, entries).await
        }
        Command::Audit { shop_id, cursor } => audit::run(context, shop_id, cursor).await,
        Command::Repair { shop_id, reference, cursor } => {
            repair::run(context, &shop_id, RepairFields { reference, cursor }).await
        }
        Command::Help {} => help::answer(),
    }
}
