//! Errors of the store, sorted by what the caller may do about them.

use std::error::Error;

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// An error of the store. Its text is for the log, never for an answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB is down, slow or throttling, or the items were busy for too long. The same call may
    /// work later.
    #[error("{0}")]
    Unavailable(String),
    /// A stored item that does not deserialize or breaks an invariant. Only a bug or a manual edit
    /// can cause this.
    #[error("corrupt item {key} in {table}: {problem}")]
    Corrupt { table: &'static str, key: String, problem: String },
    /// An error that only a fault of ours explains: a wrong request, a missing table or permission.
    #[error("{0}")]
    Fault(String),
}

/// Codes of errors that pass by themselves. Every other error code is a fault of ours. (Amazon
/// DynamoDB Developer Guide, "Error handling": messages and codes.)
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
    /// Sorts an error of `action` that remains after the SDK's retries.
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

    /// An error of `action` that no retry can remove.
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
