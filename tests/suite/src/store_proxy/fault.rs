//! What the proxy does to a call instead of passing it on, and the errors of DynamoDB, as it writes
//! them.

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
    /// Applied, and the answer comes so much later.
    Slow(Duration),
    /// Not applied; 500, DynamoDB itself failed.
    InternalError,
    /// Not applied; 400, more than the table or the partition carries.
    Throttle,
    /// Not applied; 400, another transaction holds the item. Of a transaction's items it is the
    /// first.
    TransactionConflict,
    /// Not applied; 400, the transaction with this token is still being worked on.
    TransactionInProgress,
    /// A transaction only. Not applied; 400, this item (counted from 0) is told this cause,
    /// whatever the store says of it. The others are told what the store says of them: DynamoDB
    /// works item by item, so that causes of several kinds come together.
    CancelAt(usize, Cause),
}

/// Why DynamoDB cancels a transaction for one of its items, where no condition failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    TransactionConflict,
    ThrottlingError,
    ProvisionedThroughputExceeded,
    ItemCollectionSizeLimitExceeded,
    ValidationError,
}

impl Cause {
    /// The same transaction may be applied the next time.
    pub const PASSING: [Self; 3] =
        [Self::TransactionConflict, Self::ThrottlingError, Self::ProvisionedThroughputExceeded];
    /// It never will.
    pub const PERMANENT: [Self; 2] = [Self::ItemCollectionSizeLimitExceeded, Self::ValidationError];

    /// As it stands among the reasons. It never comes with the item.
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

/// `call` with a last item whose condition never holds: the store says what it thinks of the
/// others, and applies nothing.
pub(super) fn never_applied(call: &Call) -> Call {
    let mut call = call.clone();
    let never = json!({ "ConditionCheck": {
        "TableName": PAYMENTS,
        "Key": { "order_key": { "S": "of no payment" } },
        "ConditionExpression": "attribute_exists(order_key)",
    }});
    call.request["TransactItems"].as_array_mut().expect("CancelAt is for TransactWriteItems").push(never);
    // The token belongs to the transaction as its caller wrote it.
    call.request.as_object_mut().expect("a request is an object").remove("ClientRequestToken");
    call
}

/// What the caller of `call` is told, where the store said `told` of [`never_applied`]. An answer
/// that is no cancellation stays.
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

/// A cancelled transaction has a reason for each of its items, `None` for those that were in order.
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
