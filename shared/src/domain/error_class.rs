//! Why a webhook's try got no answer.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// The step at which a try failed. An answer with a bad status is no error of this kind: its status
/// tells more. Stored and answered in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ErrorClass {
    /// The name has no IPv4 address, or the resolver failed.
    DnsFailed,
    /// One of the name's addresses belongs to a network that webhooks may not reach.
    AddressForbidden,
    /// No address accepted a connection.
    ConnectFailed,
    /// The TLS handshake failed: an unknown, expired or incomplete certificate chain, another name,
    /// or nothing newer than TLS 1.1.
    TlsFailed,
    /// The whole answer did not come in time.
    TimedOut,
    /// The receiver closed the connection before the answer was whole, or does not speak HTTP.
    BadAnswer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_class_are_equal() {
        for class in [
            ErrorClass::DnsFailed,
            ErrorClass::AddressForbidden,
            ErrorClass::ConnectFailed,
            ErrorClass::TlsFailed,
            ErrorClass::TimedOut,
            ErrorClass::BadAnswer,
        ] {
            assert_eq!(serde_json::to_value(class).unwrap(), class.into_str());
        }
    }
}
