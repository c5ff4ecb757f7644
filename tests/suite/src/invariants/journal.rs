//! The journal: each change has exactly one event, and each event has its change.

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Items;

pub const TYPES: [&str; 6] = [
    "payment.paid",
    "payment.refunded",
    "payment.cancelled",
    "payout.recorded",
    "payout.reversed",
    "adjustment.recorded",
];

/// Returns a line for each event that is missing, wrong or stands alone.
pub fn problems(payments: &Items, transactions: &Items, events: &Items) -> Vec<String> {
    let mut problems = Vec::new();
    let mut expected_keys = BTreeSet::new();
    let of_payments = payments.values().flat_map(|payment| payment_events(payment, transactions));
    let of_actions = transactions.values().filter_map(|record| action_event(record, transactions));
    for expected in of_payments.chain(of_actions) {
        match events.get(&expected.key) {
            None => problems.push(format!("event {} is missing: {:?}", expected.key, expected.fields)),
            Some(found) => problems.extend(
                expected
                    .differences(found)
                    .map(|name| format!("event {}: {name} is wrong: {found}", expected.key)),
            ),
        }
        expected_keys.insert(expected.key);
    }
    let alone = events.iter().filter(|(key, _)| !expected_keys.contains(*key));
    problems.extend(alone.map(|(key, event)| format!("event {key} stands without its change: {event}")));
    problems
}

/// An event that a stored change must have.
struct Expected {
    /// shop_id and event_key, as the scan joins them.
    key: String,
    fields: Vec<(&'static str, Value)>,
}

impl Expected {
    fn differences(&self, found: &Value) -> impl Iterator<Item = &'static str> {
        self.fields.iter().filter(|(name, value)| found[name] != *value).map(|(name, _)| *name)
    }
}

fn payment_events(payment: &Value, transactions: &Items) -> Vec<Expected> {
    let amount = payment["amount"].as_i64().unwrap_or_default();
    let fee = payment["fee"].as_i64().unwrap_or_default();
    let of = |kind: &'static str, at: &str, sign: i64| {
        let at = payment[at].as_i64()?;
        let word = kind.rsplit('.').next()?;
        let key =
            format!("{} {at:013}_{}_{word}", payment["shop_id"].as_str()?, payment["order_key"].as_str()?);
        let mut fields = vec![
            ("type", kind.into()),
            ("occurred_at", at.into()),
            ("gross", (sign * amount).into()),
            ("fee", (sign * fee).into()),
            ("net", (sign * (amount - fee)).into()),
            ("payment_created_at", payment["created_at"].clone()),
        ];
        let copied = ["mode", "order_id", "payment_id", "merchant_order_id", "description"];
        fields.extend(copied.map(|name| (name, payment[name].clone())));
        if sign != 0 {
            fields.push(("provider", payment["provider"].clone()));
        }
        Some(Expected { key, fields })
    };
    let paid_by = payment["held_by"].as_str().and_then(|key| transactions.get(key));
    let mut expected: Vec<Expected> = [
        of("payment.paid", "paid_at", 1),
        of("payment.refunded", "refunded_at", -1),
        of("payment.cancelled", "cancelled_at", 0),
    ]
    .into_iter()
    .flatten()
    .collect();
    // The fee is the attempt's, which fixed it when it began.
    if payment.get("paid_at").is_some()
        && let (Some(first), Some(attempt)) = (expected.first_mut(), paid_by)
    {
        first.fields.push(("fee", attempt["fee"].clone()));
    }
    expected
}

/// The event of an action on the shop itself, which moved money.
fn action_event(record: &Value, transactions: &Items) -> Option<Expected> {
    let (key, shop_id) = (record["transaction_key"].as_str()?, record["shop_id"].as_str()?);
    let arguments = &record["act"]["content"];
    let (kind, gross) = match record["act"]["command"].as_str()? {
        "record_payout" => ("payout.recorded", -record["amount"].as_i64()?),
        "reverse_payout" => {
            let payout = format!("operator#{shop_id}#{}", arguments["payout_reference"].as_str()?);
            ("payout.reversed", transactions.get(&payout)?["amount"].as_i64()?)
        }
        "adjust_balance" => ("adjustment.recorded", tiyin(arguments["amount"].as_str()?)?),
        _ => return None,
    };
    let at = record["created_at"].as_i64()?;
    let word = kind.rsplit('.').next()?;
    Some(Expected {
        key: format!("{shop_id} {at:013}_{}_{word}", base36_of_digest(key)),
        fields: vec![
            ("type", kind.into()),
            ("occurred_at", at.into()),
            ("gross", gross.into()),
            ("fee", 0.into()),
            ("net", gross.into()),
            ("reference", key.splitn(3, '#').nth(2)?.into()),
        ],
    })
}

/// So'm as text (`-0.50`) in tiyin.
fn tiyin(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "00"));
    let size = format!("{}{fraction:0<2}", whole.trim_start_matches('-')).parse::<i64>().ok()?;
    Some(if text.starts_with('-') { -size } else { size })
}

/// The first 128 bits of SHA-256 in base 36, 25 digits.
fn base36_of_digest(text: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(text).into();
    let mut bits = hash.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let mut digits = Vec::new();
    for _ in 0..25 {
        digits.push(char::from_digit(u32::try_from(bits % 36).unwrap_or_default(), 36).unwrap_or_default());
        bits /= 36;
    }
    digits.iter().rev().collect()
}
