//! The operator's commands: shops, keys, refunds, payouts, adjustments, reports, and the audit of every
//! balance.
//!
//! Invoked directly, never through the API Gateway, so IAM decides who may call, and through which
//! alias: [`role`]. Takes one JSON command and returns one JSON answer. An error is an answer, too.
//! Every command that changes something leaves a record of who asked, when and for what. No record
//! holds a key.

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
mod role;
mod run;
mod settlements;
mod shop_settings;
mod shops;
mod statement;

use std::sync::Arc;

use shared::edge::{
    Invocation, InvokedFunction, Service, Warmup,
    invoked::{InvokeError, InvokedAnswer},
};

pub fn function() -> InvokedFunction {
    InvokedFunction::new("operator", Warmup::Profile, handle)
}

async fn handle(service: Arc<Service>, invocation: Arc<Invocation>) -> Result<InvokedAnswer, InvokeError> {
    let command = command::parse(&invocation.event)?;
    let (name, needed) = command.name_and_role();
    invocation.log_command(name);
    role::permit(invocation.qualifier.as_deref(), needed)?;
    Ok(run::run(command, &CommandContext { service: &service, invocation: &invocation }).await?)
}

/// The service and the invocation that a command works with.
struct CommandContext<'a> {
    service: &'a Service,
    invocation: &'a Invocation,
}
