//! Click's attempts (Click SHOP API).

use serde::{Deserialize, Serialize};

use super::{
    payment::{Payment, Provider},
    time::UnixMillis,
    transaction::{Transaction, TransactionKey},
};

/// How long a Prepare holds its payment, where nothing else is configured: 30 minutes.
pub const HOLD_DEFAULT_MS: i64 = 30 * 60 * 1000;

/// Our number of an attempt, which Click sends back at Complete: 1 to 2^31-1, because Click's field is an int.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct PrepareId(i32);

/// A number that is no prepare id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a prepare id is 1 to 2147483647")]
pub struct PrepareIdError;

impl PrepareId {
    /// # Errors
    /// The operating system gave no random bytes.
    pub fn random() -> Result<Self, getrandom::Error> {
        let bits = getrandom::u32()? >> 1;
        // Zero, one in 2^31, is no id.
        Ok(Self(i32::try_from(bits).unwrap_or(i32::MAX).max(1)))
    }

    pub const fn get(self) -> i32 {
        self.0
    }
}

impl TryFrom<i32> for PrepareId {
    type Error = PrepareIdError;

    fn try_from(number: i32) -> Result<Self, PrepareIdError> {
        if number >= 1 { Ok(Self(number)) } else { Err(PrepareIdError) }
    }
}

impl From<PrepareId> for i32 {
    fn from(id: PrepareId) -> Self {
        id.0
    }
}

/// A new attempt of Click's to pay `payment`, which it holds for `hold_ms`.
pub fn attempt(click_trans_id: i64, prepare_id: PrepareId, payment: &Payment, hold_ms: i64, now: UnixMillis) -> Transaction {
    let key = TransactionKey::click(click_trans_id);
    Transaction { prepare_id: Some(prepare_id), ..Transaction::holding(key, Provider::Click, payment, now.plus_ms(hold_ms), now) }
}
