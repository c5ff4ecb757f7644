//! DynamoDB. One file per table or transition. No other layer talks to it.
//!
//! Every write is conditional, so a retry that meets its own first write recognises it. Every read
//! that decides about money is strongly consistent. `serde_dynamo` maps the items. An item that
//! does not map is an error.

mod audit_run;
mod backoff;
mod batch;
mod client;
mod error;
mod event_list;
mod event_walk;
mod events;
mod item;
mod limits;
mod payment_history;
mod payment_list;
mod payment_search;
mod payments;
mod payouts;
mod repair;
mod replacement;
mod report;
mod retry;
mod roots;
mod seed;
mod settle;
mod shop_actions;
mod shop_changes;
mod shop_list;
mod shop_writes;
mod shops;
mod statement;
mod transact;
mod transactions;
mod tries;
mod warm_up;
mod webhooks;

use std::{env, sync::Arc};

use aws_sdk_dynamodb::Client;

pub use audit_run::StoredRun;
pub use client::{connect, environment};
pub use error::StoreError;
pub use event_list::EventPage;
pub use event_walk::EventWalk;
pub use payment_history::{HistoryEntry, PaymentHistory, Stored};
pub use payment_list::{Bounds, Filter, Page};
pub use payment_search::OrderPosition;
pub use payments::CreateError;
pub use payouts::PayoutPage;
pub use repair::{ActionSuspect, BalanceReading, Repairer};
pub use retry::{StoreUsage, count_store_calls};
pub use roots::TrustedRoots;
pub use settle::{ActionOutcome, CancelOutcome, HoldOutcome, PerformOutcome, ReverseOutcome};
pub use shop_actions::ActionPosition;
pub use shop_list::ShopPage;
pub use shop_writes::{NewShop, NextShop};
pub use statement::Statement;
pub use transactions::Receipt;
pub use warm_up::Warmup;
pub use webhooks::{DeliveryPage, Resend, StoredEndpoint, Tombstone};

use crate::domain::time::Clock;

/// The names of the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    pub shops: String,
    pub payments: String,
    pub transactions: String,
    pub events: String,
    pub limits: String,
    pub webhooks: String,
}

impl Tables {
    /// Reads `SHOPS_TABLE`, `PAYMENTS_TABLE` and so on. The defaults are the names of the fields.
    pub fn from_env() -> Self {
        let name = |variable: &str, default: &str| env::var(variable).unwrap_or_else(|_| default.to_owned());
        Self {
            shops: name("SHOPS_TABLE", "shops"),
            payments: name("PAYMENTS_TABLE", "payments"),
            transactions: name("TRANSACTIONS_TABLE", "transactions"),
            events: name("EVENTS_TABLE", "events"),
            limits: name("LIMITS_TABLE", "limits"),
            webhooks: name("WEBHOOKS_TABLE", "webhooks"),
        }
    }
}

/// The client, the names of the tables and the clock. Cheap to share behind an `Arc`.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    tables: Tables,
    /// Gives each decision its time, and tells when it is too old to be written.
    clock: Arc<dyn Clock>,
}

impl Store {
    pub fn new(client: Client, tables: Tables, clock: Arc<dyn Clock>) -> Self {
        Self { client, tables, clock }
    }
}
