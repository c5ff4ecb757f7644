//! What whoever runs TopHamyon does: shops, keys, refunds, payouts, and the audit that proves every balance.
//!
//! Invoked directly, never through the API Gateway: IAM decides who may. One JSON command in, one JSON answer out; a refusal
//! is an answer too. Every command that changes something leaves a record of who asked, when and for what, never a key.

mod act;
mod answer;
mod audit;
mod command;
mod cursor;
mod error;
mod help;
mod keys;
mod payments;
mod payouts;
mod settlements;
mod shops;

use std::sync::Arc;

use shared::edge::{
    Direct, Invocation, Prime, Service,
    direct::{DirectAnswer, Refusal},
};

use command::Command;
use error::CommandError;
use settlements::{Asked, RefundFields};

pub fn function() -> Direct {
    Direct::new("operator", Prime::Profile, handle)
}

async fn handle(service: Arc<Service>, invocation: Arc<Invocation>) -> Result<DirectAnswer, Refusal> {
    let command = command::parse(&invocation.event)?;
    invocation.asks_for(command.name());
    Ok(run(command, &Desk { service: &service, invocation: &invocation }).await?)
}

/// Where a command is carried out.
struct Desk<'a> {
    service: &'a Service,
    invocation: &'a Invocation,
}

async fn run(command: Command, desk: &Desk<'_>) -> Result<DirectAnswer, CommandError> {
    match command {
        Command::CreateShop { name, mode, shop_key } => shops::create(desk, name, mode, shop_key).await,
        Command::SeedTestShops {} => shops::seed_test_shops(desk).await,
        Command::ListShops { limit, cursor } => shops::list(desk, limit, cursor).await,
        Command::ShowShop { shop_id } => shops::show(desk, &shop_id).await,
        Command::RenameShop { shop_id, name } => shops::rename(desk, &shop_id, name).await,
        Command::RotateKey { shop_id, old_key_valid_hours } => keys::rotate(desk, &shop_id, old_key_valid_hours).await,
        Command::DisableShop { shop_id } => shops::disable(desk, &shop_id).await,
        Command::EnableShop { shop_id } => shops::enable(desk, &shop_id).await,
        Command::ShowPayment { order_id } => payments::show(desk, &order_id).await,
        Command::ListPayments { shop_id, status, from, to, limit, cursor } => {
            payments::list(desk, &shop_id, payments::Wanted { status, from, to, limit, cursor }).await
        }
        Command::SettlePayment { order_id, reference, received } => {
            settlements::settle(desk, Asked { order_id: &order_id, reference: &reference }, received).await
        }
        Command::RefundPayment { order_id, reference, reason, returned_by, allow_negative } => {
            let fields = RefundFields { reason, returned_by, allow_negative };
            settlements::refund(desk, Asked { order_id: &order_id, reference: &reference }, fields).await
        }
        Command::CancelPayment { order_id, reference } => {
            settlements::cancel(desk, Asked { order_id: &order_id, reference: &reference }).await
        }
        Command::RecordPayout { shop_id, amount, reference } => payouts::record(desk, &shop_id, amount, &reference).await,
        Command::ListPayouts { shop_id, limit, cursor } => payouts::list(desk, &shop_id, limit, cursor).await,
        Command::Audit { shop_id, cursor } => audit::run(desk, shop_id, cursor).await,
        Command::Help {} => help::answer(),
    }
}
