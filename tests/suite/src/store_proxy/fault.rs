//! What the proxy does to a call instead of passing it on, and the errors of DynamoDB, as it writes them.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;

/// One way for a call to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Applied, and the connection is closed without an answer.
    LoseAnswer,
    /// Not applied, and the connection is closed without an answer.
    LoseRequest,
    /// Not applied, and not answered while the proxy lives and is not healed.
    Hang,
    /// Applied, and the answer comes so much later.
    Slow(Duration),
    /// Not applied; 500, DynamoDB itself failed.
    InternalError,
    /// Not applied; 400, more than the table or the partition carries.
    Throttle,
    /// Not applied; 400, another transaction holds the item. Of a transaction's items it is the first.
    TransactionConflict,
    /// Not applied; 400, the transaction with this token is still being worked on.
    TransactionInProgress,
}

// The errors, as DynamoDB writes them. Source: the service's Smithy model, which also decides between `message` and
// `Message`, and https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html.

type Refusal = Response<Full<Bytes>>;

const CONFLICT: &str = "Transaction is ongoing for the item";

pub(super) fn internal_error() -> Refusal {
    let message = "The request processing has failed because of an unknown error, exception or failure.";
    error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", json!({ "message": message }))
}

pub(super) fn throttle() -> Refusal {
    let message = "The level of configured provisioned throughput for the table was exceeded. \
                   Consider increasing your provisioning level with the UpdateTable API.";
    error(StatusCode::BAD_REQUEST, "ProvisionedThroughputExceededException", json!({ "message": message }))
}

pub(super) fn transaction_conflict(call: &Call) -> Refusal {
    if call.is_transaction() {
        let body = conflict_of_first(call.parts.len());
        return error(StatusCode::BAD_REQUEST, "TransactionCanceledException", body);
    }
    error(StatusCode::BAD_REQUEST, "TransactionConflictException", json!({ "message": CONFLICT }))
}

pub(super) fn transaction_in_progress() -> Refusal {
    let message = "The transaction with the given request token is already in progress.";
    error(StatusCode::BAD_REQUEST, "TransactionInProgressException", json!({ "Message": message }))
}

/// A cancelled transaction has a reason for each of its items, `None` for those that were in order.
fn conflict_of_first(items: usize) -> Value {
    let code = |item| {
        if item == 0 { "TransactionConflict" } else { "None" }
    };
    let codes: Vec<_> = (0..items).map(code).collect();
    let reasons: Vec<_> = (0..items)
        .map(|item| match item {
            0 => json!({ "Code": code(item), "Message": CONFLICT }),
            _ => json!({ "Code": code(item) }),
        })
        .collect();
    let codes = codes.join(", ");
    json!({
        "Message": format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"),
        "CancellationReasons": reasons,
    })
}

fn error(status: StatusCode, name: &str, mut body: Value) -> Refusal {
    body["__type"] = format!("com.amazonaws.dynamodb.v20120810#{name}").into();
    let body = Bytes::from(body.to_string());
    // DynamoDB's request ids are 52 characters of A-Z and 0-9.
    let id = format!("{}{}", Uuid::new_v4().simple(), &Uuid::new_v4().simple().to_string()[..20]).to_uppercase();
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amzn-requestid", id)
        .header("x-amz-crc32", crc32fast::hash(&body))
        .body(Full::new(body))
        .expect("a well-formed answer")
}
