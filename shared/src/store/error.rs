//! What can go wrong between us and DynamoDB, sorted by what the caller may do about it.

use std::error::Error;

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// A failure of the store. Its text is for the log, never for an answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Down, slow, throttled or busy beyond our retries. The same call may work later.
    #[error("{0}")]
    Unavailable(String),
    /// An item that no one could have written.
    #[error("corrupt item {key} in {table}: {problem}")]
    Corrupt { table: &'static str, key: String, problem: String },
    /// A refusal that only a fault of ours explains: a wrong request, a missing table or
    /// permission.
    #[error("{0}")]
    Fault(String),
}

/// Codes of errors that pass by themselves; everything else that DynamoDB refuses is a fault of
/// ours. (Amazon DynamoDB Developer Guide, "Error handling": messages and codes.)
const PASSING: [&str; 9] = [
    "InternalServerError",
    "InternalServerErrorException",
    "ServiceUnavailable",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionCanceledException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

impl StoreError {
    /// Sorts what the SDK says of `action` after its own retries.
    pub(super) fn from_sdk<E>(action: &str, error: SdkError<E>) -> Self
    where
        E: Error + ProvideErrorMetadata + 'static,
        SdkError<E>: Error,
    {
        let detail = format!("{action}: {}", DisplayErrorContext(&error));
        match &error {
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
                Self::Unavailable(detail)
            }
            SdkError::ServiceError(context) => {
                let passes = context.err().code().is_some_and(|code| PASSING.contains(&code));
                if passes || context.raw().status().is_server_error() {
                    Self::Unavailable(detail)
                } else {
                    Self::Fault(detail)
                }
            }
            _ => Self::Fault(detail),
        }
    }

    /// A refusal of `action` that no retry can mend.
    pub(super) fn fault<E>(action: &str, error: SdkError<E>) -> Self
    where
        E: Error + 'static,
        SdkError<E>: Error,
    {
        Self::Fault(format!("{action}: {}", DisplayErrorContext(&error)))
    }

    pub(super) fn corrupt(table: &'static str, key: impl ToString, problem: impl ToString) -> Self {
        Self::Corrupt { table, key: key.to_string(), problem: problem.to_string() }
    }
}
