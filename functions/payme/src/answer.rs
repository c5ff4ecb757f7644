//! Answers to Payme.

use serde::Serialize;
use shared::{
    domain::{
        attempt::{Attempt, PaymeState},
        id::OrderId,
        time::UnixMillis,
    },
    edge::{
        Answer, answer,
        endpoint::{with_failure, with_outcome},
    },
};

use crate::error::{Message, PaymeError};

/// The results of the methods. A time that is not set is 0. A reason that is not set is null.
#[derive(Serialize)]
#[serde(untagged)]
pub enum PaymeAnswer {
    Allow { allow: bool },
    Created { create_time: UnixMillis, transaction: String, state: PaymeState },
    Performed { transaction: String, perform_time: i64, state: PaymeState },
    Cancelled { transaction: String, cancel_time: i64, state: PaymeState },
    Checked(Progress),
    Statement { transactions: Vec<Entry> },
    Success { success: bool },
}

/// The state of a transaction.
#[derive(Serialize)]
pub struct Progress {
    create_time: UnixMillis,
    perform_time: i64,
    cancel_time: i64,
    transaction: String,
    state: PaymeState,
    reason: Option<i32>,
}

/// A transaction in a statement.
#[derive(Serialize)]
pub struct Entry {
    /// Payme's own id.
    id: String,
    time: UnixMillis,
    amount: i64,
    account: Account,
    #[serde(flatten)]
    progress: Progress,
}

#[derive(Serialize)]
struct Account {
    order_id: OrderId,
}

impl PaymeAnswer {
    pub fn created(transaction: &Attempt) -> Self {
        Self::Created {
            create_time: transaction.created_at,
            transaction: our_id(transaction),
            state: transaction.state,
        }
    }

    pub fn performed(transaction: &Attempt) -> Self {
        Self::Performed {
            transaction: our_id(transaction),
            perform_time: or_zero(transaction.performed_at),
            state: transaction.state,
        }
    }

    pub fn cancelled(transaction: &Attempt) -> Self {
        Self::Cancelled {
            transaction: our_id(transaction),
            cancel_time: or_zero(transaction.cancelled_at),
            state: transaction.state,
        }
    }

    pub fn checked(transaction: &Attempt) -> Self {
        Self::Checked(Progress::of(transaction))
    }
}

impl Progress {
    fn of(transaction: &Attempt) -> Self {
        Self {
            create_time: transaction.created_at,
            perform_time: or_zero(transaction.performed_at),
            cancel_time: or_zero(transaction.cancelled_at),
            transaction: our_id(transaction),
            state: transaction.state,
            reason: transaction.reason.map(|reason| reason.get()),
        }
    }
}

impl Entry {
    /// Returns `None` if the transaction is not Payme's.
    pub fn of(transaction: &Attempt) -> Option<Self> {
        Some(Self {
            id: transaction.transaction_key.payme_id()?.to_owned(),
            time: transaction.provider_time?,
            amount: transaction.amount.money().get(),
            account: Account { order_id: transaction.order_id.clone() },
            progress: Progress::of(transaction),
        })
    }
}

fn our_id(transaction: &Attempt) -> String {
    transaction.transaction_id.to_string()
}

fn or_zero(time: Option<UnixMillis>) -> i64 {
    time.map_or(0, UnixMillis::get)
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome<'a> {
    Result(&'a PaymeAnswer),
    Error { code: i32, message: Message, data: &'a str },
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    outcome: Outcome<'a>,
    id: Option<i64>,
}

/// Answers the call `id`, always with HTTP 200.
pub fn respond(id: Option<i64>, reply: Result<PaymeAnswer, PaymeError>) -> Answer {
    let outcome = match &reply {
        Ok(reply) => Outcome::Result(reply),
        Err(error) => Outcome::Error { code: error.code(), message: error.message(), data: error.data() },
    };
    let answer = answer::json(&Body { outcome, id });
    match &reply {
        Ok(_) => answer,
        Err(error) => match error.detail() {
            Some(detail) => with_failure(answer, error.code(), detail),
            None => with_outcome(answer, error.code()),
        },
    }
}
