//! The operator's commands: shops, keys, refunds, payouts, and the audit of every balance.
//!
//! Invoked directly, never through the API Gateway, so IAM decides who may call. Takes one JSON
//! command and returns one JSON answer. An error is an answer, too. Every command that changes
//! something leaves a record of who asked, when and for what. No record holds a key.

mod answer;
mod audit;
mod command;
mod cursor;
mod error;
mod field_texts;
mod help;
mod keys;
mod payments;
mod payouts;
mod record;
mod settlements;
mod shops;

use std::sync::Arc;

use shared::{
    domain::rate_limit::RateLimit,
    edge::{
        Invocation, InvokedFunction, Service, Warmup,
        invoked::{InvokeError, InvokedAnswer},
    },
};

use crate::{
    command::Command,
    error::CommandError,
    payments::ListFields,
    settlements::{ActionRequest, RefundFields},
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
        Command::CreateShop { name, mode, shop_key } => shops::create(context, name, mode, shop_key).await,
        Command::SeedTestShops {} => shops::seed_test_shops(context).await,
        Command::ListShops { limit, cursor } => shops::list(context, limit, cursor).await,
        Command::ShowShop { shop_id } => shops::show(context, &shop_id).await,
        Command::RenameShop { shop_id, name } => shops::rename(context, &shop_id, name).await,
        Command::RotateKey { shop_id, old_key_valid_hours } => {
            keys::rotate(context, &shop_id, old_key_valid_hours).await
        }
        Command::DisableShop { shop_id } => shops::disable(context, &shop_id).await,
        Command::EnableShop { shop_id } => shops::enable(context, &shop_id).await,
        Command::SetRateLimit { shop_id, per_second, per_minute } => {
            shops::set_rate_limit(context, &shop_id, RateLimit { per_second, per_minute }).await
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
            payouts::record(context, &shop_id, amount, &reference).await
        }
        Command::ListPayouts { shop_id, limit, cursor } => {
            payouts::list(context, &shop_id, limit, cursor).await
        }
        Command::Audit { shop_id, cursor } => audit::run(context, shop_id, cursor).await,
        Command::Help {} => help::answer(),
    }
}
