//! `help`: lists the commands with their fields.

use serde::Serialize;
use shared::edge::invoked::InvokedAnswer;

use crate::{answer, error::CommandError, field_texts::describe};

/// All commands. Optional fields end in `?`.
const COMMANDS: [(&str, &[&str]); 26] = [
    ("create_shop", &["name", "mode", "shop_key?", "reference?"]),
    ("seed_test_shops", &[]),
    ("list_shops", &["limit?", "cursor?"]),
    ("show_shop", &["shop_id"]),
    ("rename_shop", &["shop_id", "name"]),
    ("rotate_key", &["shop_id", "old_key_valid_hours"]),
    ("disable_shop", &["shop_id"]),
    ("enable_shop", &["shop_id"]),
    ("set_fee", &["shop_id", "fee_bps"]),
    ("set_contact", &["shop_id", "contact"]),
    ("set_rate_limit", &["shop_id", "per_second", "per_minute"]),
    ("show_payment", &["order_id"]),
    ("list_payments", &["shop_id", "status?", "from?", "to?", "limit?", "cursor?"]),
    ("settle_payment", &["order_id", "reference", "received?"]),
    ("refund_payment", &["order_id", "reference", "reason?", "returned_by?", "allow_negative?"]),
    ("cancel_payment", &["order_id", "reference"]),
    ("record_payout", &["shop_id", "amount", "reference"]),
    ("reverse_payout", &["shop_id", "payout_reference", "reference", "reason"]),
    ("adjust_balance", &["shop_id", "amount", "reference", "reason", "allow_negative?"]),
    ("list_payouts", &["shop_id", "limit?", "cursor?"]),
    ("list_events", &["shop_id", "from?", "to?", "type?", "limit?", "cursor?"]),
    ("report", &["from", "to", "shop_id?", "cursor?"]),
    ("compare_statement", &["provider", "day", "entries"]),
    ("audit", &["shop_id?", "cursor?"]),
    ("repair", &["shop_id", "reference", "cursor?"]),
    ("help", &[]),
];

#[derive(Serialize)]
struct Body {
    commands: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    command: &'static str,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct Field {
    name: &'static str,
    required: bool,
    what: String,
}

pub fn answer() -> Result<InvokedAnswer, CommandError> {
    let entry = |(command, fields): (&'static str, &[&'static str])| {
        let fields = fields.iter().map(|field| {
            let name = field.trim_end_matches('?');
            Field { name, required: name == *field, what: describe(name) }
        });
        Entry { command, fields: fields.collect() }
    };
    answer::success(&Body { commands: COMMANDS.into_iter().map(entry).collect() })
}
