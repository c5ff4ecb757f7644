//! What became of one try to deliver.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::domain::{error_class::ErrorClass, time::UnixMillis};

/// An answer of this code switches the endpoint off: the receiver is gone for good.
const GONE: u16 = 410;

/// Why a try failed, as merchants read it in get_deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum FailureClass {
    DnsFailed,
    AddressForbidden,
    ConnectFailed,
    TlsFailed,
    TimedOut,
    BadAnswer,
    /// The answer's code is not 2xx.
    HttpStatus,
    /// The first try took too long to wait for, and goes on in the queue. It counts as no failure.
    HandedOver,
}

impl FailureClass {
    pub const ALL: [Self; 8] = [
        Self::DnsFailed,
        Self::AddressForbidden,
        Self::ConnectFailed,
        Self::TlsFailed,
        Self::TimedOut,
        Self::BadAnswer,
        Self::HttpStatus,
        Self::HandedOver,
    ];
}

impl From<ErrorClass> for FailureClass {
    fn from(class: ErrorClass) -> Self {
        match class {
            ErrorClass::DnsFailed => Self::DnsFailed,
            ErrorClass::AddressForbidden => Self::AddressForbidden,
            ErrorClass::ConnectFailed => Self::ConnectFailed,
            ErrorClass::TlsFailed => Self::TlsFailed,
            ErrorClass::TimedOut => Self::TimedOut,
            ErrorClass::BadAnswer => Self::BadAnswer,
        }
    }
}

/// What the receiver did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It answered 2xx.
    Delivered { http_status: u16 },
    /// It answered another code. It may ask for a later try.
    Refused { http_status: u16, retry_after: Option<UnixMillis> },
    /// It gave no whole answer.
    Failed(ErrorClass),
    /// The relay stopped waiting for it, so nobody knows what became of the try.
    HandedOver,
}

impl Outcome {
    pub const fn is_delivered(self) -> bool {
        matches!(self, Self::Delivered { .. })
    }

    /// Whether the receiver is gone for good.
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Refused { http_status: GONE, .. })
    }

    pub const fn is_handed_over(self) -> bool {
        matches!(self, Self::HandedOver)
    }

    pub const fn http_status(self) -> Option<u16> {
        match self {
            Self::Delivered { http_status } | Self::Refused { http_status, .. } => Some(http_status),
            Self::Failed(_) | Self::HandedOver => None,
        }
    }

    /// `None` if the event was delivered.
    pub fn failure_class(self) -> Option<FailureClass> {
        match self {
            Self::Delivered { .. } => None,
            Self::Refused { .. } => Some(FailureClass::HttpStatus),
            Self::Failed(class) => Some(class.into()),
            Self::HandedOver => Some(FailureClass::HandedOver),
        }
    }

    pub const fn retry_after(self) -> Option<UnixMillis> {
        match self {
            Self::Refused { retry_after, .. } => retry_after,
            Self::Delivered { .. } | Self::Failed(_) | Self::HandedOver => None,
        }
    }
}

/// One try in the log of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// When it began.
    pub at: UnixMillis,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// Absent if the event was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_class: Option<FailureClass>,
    pub milliseconds: u32,
}

impl Try {
    pub fn new(at: UnixMillis, outcome: Outcome, milliseconds: u32) -> Self {
        Self { at, http_status: outcome.http_status(), error_class: outcome.failure_class(), milliseconds }
    }
}
