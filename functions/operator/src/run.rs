//! Which function handles which command.

use shared::{domain::rate_limit::RateLimit, edge::invoked::InvokedAnswer};

use crate::{
    CommandContext, audit, balance, command::Command, error::CommandError, events, help, keys, payments,
    payouts, repair, report, settlements, shop_settings, shops, statement,
};

pub async fn run(command: Command, context: &CommandContext<'_>) -> Result<InvokedAnswer, CommandError> {
    match command {
        Command::CreateShop(fields) => shops::create(context, fields).await,
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
        Command::ListPayments(fields) => payments::list(context, fields).await,
        Command::SettlePayment(fields) => settlements::settle(context, fields).await,
        Command::RefundPayment(fields) => settlements::refund(context, fields).await,
        Command::CancelPayment(fields) => settlements::cancel(context, fields).await,
        Command::RecordPayout { shop_id, amount, reference } => {
            balance::record_payout(context, &shop_id, amount, reference).await
        }
        Command::ReversePayout(fields) => balance::reverse_payout(context, fields).await,
        Command::AdjustBalance(fields) => balance::adjust(context, fields).await,
        Command::ListPayouts { shop_id, limit, cursor } => {
            payouts::list(context, &shop_id, limit, cursor).await
        }
        Command::ListEvents(fields) => events::list(context, fields).await,
        Command::Report(fields) => report::run(context, fields).await,
        Command::CompareStatement { provider, day, entries } => {
            statement::compare(context, provider, day, entries).await
        }
        Command::Audit { shop_id, cursor } => audit::run(context, shop_id, cursor).await,
        Command::Repair(fields) => repair::run(context, fields).await,
        Command::Help {} => help::answer(),
    }
}
