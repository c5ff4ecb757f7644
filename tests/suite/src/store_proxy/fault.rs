//! The faults that the proxy can inject, and the errors of DynamoDB in its own form.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Closed;
use super::call::Call;
use crate::store::PAYMENTS;

/// One way for a call to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Applied, and the connection is closed without an answer.
    LoseAnswer,
    /// Not applied, and the connection is closed without an answer.
    LoseRequest,
    /// Not applied, and not answered while the proxy lives and is not healed.
    Hang,
    /// Applied, and the answer comes this much later.
    Slow(Duration),
    /// Not applied; 500, DynamoDB failed internally.
    InternalError,
    /// Not applied; 400, more than the table or the partition can carry.
    Throttle,
    /// Not applied; 400, another transaction holds the item. For a transaction it is the first
    /// item.
    TransactionConflict,
    /// Not applied; 400, the transaction with this token is still in progress.
    TransactionInProgress,
    /// Transactions only. Not applied; 400, with this cause for this item (counted from 0). The
    /// other items get the store's own reasons: DynamoDB works item by item, so causes of several
    /// kinds come together.
    CancelAt(usize, Cause),
}

/// Why DynamoDB cancels a transaction for one of its items, other than a failed condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    TransactionConflict,
    ThrottlingError,
    ProvisionedThroughputExceeded,
    ItemCollectionSizeLimitExceeded,
    ValidationError,
}

impl Cause {
    /// The same transaction may pass the next time.
    pub const PASSING: [Self; 3] =
        [Self::TransactionConflict, Self::ThrottlingError, Self::ProvisionedThroughputExceeded];
    /// The same transaction never passes.
    pub const PERMANENT: [Self; 2] = [Self::ItemCollectionSizeLimitExceeded, Self::ValidationError];

    /// The cause as a cancellation reason. The item never comes with it.
    fn reason(self) -> Value {
        let message = match self {
            Self::TransactionConflict => CONFLICT,
            Self::ThrottlingError => "Throughput exceeds the current capacity of your table or index.",
            Self::ProvisionedThroughputExceeded => THROTTLED,
            Self::ItemCollectionSizeLimitExceeded => "Collection size exceeded.",
            Self::ValidationError => "Item size to update has exceeded the maximum allowed size.",
        };
        // The names are DynamoDB's own.
        json!({ "Code": format!("{self:?}"), "Message": message })
    }
}

// The errors, as DynamoDB writes them. Source: the service's Smithy model, which also decides
// between `message` and `Message`, and
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html.

type Refusal = Response<Full<Bytes>>;

const CONFLICT: &str = "Transaction is ongoing for the item";
const THROTTLED: &str = "The level of configured provisioned throughput for the table was exceeded. \
                         Consider increasing your provisioning level with the UpdateTable API.";

pub(super) fn internal_error() -> Refusal {
    let message = "The request processing has failed because of an unknown error, exception or failure.";
    error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", json!({ "message": message }))
}

pub(super) fn throttle() -> Refusal {
    error(StatusCode::BAD_REQUEST, "ProvisionedThroughputExceededException", json!({ "message": THROTTLED }))
}

pub(super) fn transaction_conflict(call: &Call) -> Refusal {
    if call.is_transaction() {
        let mut reasons = vec![json!({ "Code": "None" }); call.parts.len()];
        reasons[0] = Cause::TransactionConflict.reason();
        return cancelled(&reasons);
    }
    error(StatusCode::BAD_REQUEST, "TransactionConflictException", json!({ "message": CONFLICT }))
}

/// Adds to `call` a last item whose condition never holds, so that the store gives its reasons for
/// the others and applies nothing.
pub(super) fn never_applied(call: &Call) -> Call {
    let mut call = call.clone();
    let never = json!({ "ConditionCheck": {
        "TableName": PAYMENTS,
        "Key": { "order_key": { "S": "of no payment" } },
        "ConditionExpression": "attribute_exists(order_key)",
    }});
    call.request["TransactItems"].as_array_mut().expect("CancelAt is for TransactWriteItems").push(never);
    // The token belongs to the caller's own transaction.
    call.request.as_object_mut().expect("a request is an object").remove("ClientRequestToken");
    call
}

/// Returns the answer for the caller, made of what the store said to the call of [`never_applied`].
/// An answer that is no cancellation stays as it is.
pub(super) async fn cancelled_at(
    item: usize,
    cause: Cause,
    call: &Call,
    told: Refusal,
) -> Result<Refusal, Closed> {
    let (head, body) = told.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    let reasons =
        answer["CancellationReasons"].as_array().and_then(|reasons| reasons.get(..call.parts.len()));
    let Some(reasons) = reasons else { return Ok(Response::from_parts(head, Full::new(body))) };
    let mut reasons = reasons.to_vec();
    reasons[item] = cause.reason();
    Ok(cancelled(&reasons))
}

pub(super) fn transaction_in_progress() -> Refusal {
    let message = "The transaction with the given request token is already in progress.";
    error(StatusCode::BAD_REQUEST, "TransactionInProgressException", json!({ "Message": message }))
}

/// A cancelled transaction has a reason for each of its items, `None` for those without a problem.
fn cancelled(reasons: &[Value]) -> Refusal {
    let codes: Vec<_> = reasons.iter().filter_map(|reason| reason["Code"].as_str()).collect();
    let codes = codes.join(", ");
    let body = json!({
        "Message": format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"),
        "CancellationReasons": reasons,
    });
    error(StatusCode::BAD_REQUEST, "TransactionCanceledException", body)
}

fn error(status: StatusCode, name: &str, mut body: Value) -> Refusal {
    body["__type"] = format!("com.amazonaws.dynamodb.v20120810#{name}").into();
    let body = Bytes::from(body.to_string());
    // DynamoDB's request ids are 52 characters of A-Z and 0-9.
    let id =
        format!("{}{}", Uuid::new_v4().simple(), &Uuid::new_v4().simple().to_string()[..20]).to_uppercase();
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amzn-requestid", id)
        .header("x-amz-crc32", crc32fast::hash(&body))
        .body(Full::new(body))
        .expect("a well-formed answer")
}
