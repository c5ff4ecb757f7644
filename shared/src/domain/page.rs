//! The part of a list that a caller asks for.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{id::OrderKey, newtype::text_newtype, time::UnixMillis};

/// A text or a number that is not a valid [`Limit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a whole number from {} to {}", Limit::ONE.get(), Limit::MAX.get())]
pub struct LimitError;

/// A text that is not a valid [`Offset`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a whole number, {} or more", Offset::START.get())]
pub struct OffsetError;

/// A text that is not a valid [`Cursor`], or a [`SortKey`] that is not valid inside one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the next_cursor of an earlier page")]
pub struct CursorError;

/// The number of rows: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub struct Limit(u8);

impl TryFrom<u8> for Limit {
    type Error = LimitError;

    fn try_from(limit: u8) -> Result<Self, LimitError> {
        if (Self::ONE.0..=Self::MAX.0).contains(&limit) { Ok(Self(limit)) } else { Err(LimitError) }
    }
}

impl Limit {
    pub const DEFAULT: Self = Self(10);
    /// The default of lists of events.
    pub const EVENTS_DEFAULT: Self = Self(50);
    pub const MAX: Self = Self(100);
    pub const ONE: Self = Self(1);

    pub fn parse(text: &str) -> Result<Self, LimitError> {
        let limit = parse_digits(text).and_then(|limit| u8::try_from(limit).ok());
        limit.ok_or(LimitError)?.try_into()
    }

    pub const fn get(self) -> u8 {
        self.0
    }

    /// The extra row shows whether there are more.
    pub const fn plus_one(self) -> usize {
        self.0 as usize + 1
    }
}

/// The number of rows to skip: 0 to 10^18 - 1. Past the end of the list the page is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset(u64);

impl Offset {
    pub const START: Self = Self(0);

    pub fn parse(text: &str) -> Result<Self, OffsetError> {
        parse_digits(text).map(Self).ok_or(OffsetError)
    }

    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Reads 1 to 18 digits.
pub(super) fn parse_digits(text: &str) -> Option<u64> {
    let digits = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// A payment's place in its shop's list: created_at as 13 digits, `#`, order key. Text order is
/// time order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SortKey(String);
text_newtype!(SortKey, CursorError);

impl SortKey {
    pub fn new(created_at: UnixMillis, key: &OrderKey) -> Self {
        Self(format!("{}#{key}", created_at.digits()))
    }

    /// A key that sorts before those of all payments created at `time` or later.
    pub fn at(time: UnixMillis) -> String {
        time.digits()
    }

    /// The order key of the payment.
    pub fn order_key(&self) -> &str {
        self.0.split_once('#').map_or("", |(_, key)| key)
    }

    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let (millis, key) = text.split_once('#').ok_or(CursorError)?;
        let dated = UnixMillis::from_digits(millis).is_some();
        if dated && OrderKey::parse(key).is_ok() { Ok(Self(text.to_owned())) } else { Err(CursorError) }
    }
}

/// The last row of a page: the next page starts after it. Opaque to callers (a version byte and the
/// sort key, in base64url). It is only a position. The caller's key decides whose list is read.
///
/// ```
/// use shared::domain::{
///     id::OrderKey,
///     page::{Cursor, SortKey},
///     time::UnixMillis,
/// };
///
/// let last_row = SortKey::new(UnixMillis::new(1_701_234_567_000)?, &OrderKey::random());
/// let cursor = Cursor(last_row);
/// assert_eq!(Cursor::parse(&cursor.to_string())?, cursor);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub SortKey);

impl Cursor {
    const VERSION: u8 = b'1';

    pub fn parse(text: &str) -> Result<Self, CursorError> {
        SortKey::parse(&from_cursor(Self::VERSION, text)?).map(Self)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_cursor(Self::VERSION, self.0.as_str()))
    }
}

const CURSOR_LENGTH_MAX: usize = 100;

/// Hides a position from callers: the list's version byte and the text, in base64url.
pub(super) fn to_cursor(version: u8, position: &str) -> String {
    let mut bytes = vec![version];
    bytes.extend_from_slice(position.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads what [`to_cursor`] wrote for the same version.
pub(super) fn from_cursor(version: u8, cursor: &str) -> Result<String, CursorError> {
    if cursor.len() > CURSOR_LENGTH_MAX {
        return Err(CursorError);
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| CursorError)?;
    let position = bytes.strip_prefix(&[version]).ok_or(CursorError)?;
    String::from_utf8(position.to_vec()).map_err(|_| CursorError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn limits_and_offsets_have_bounds() {
        for bad in ["", "0", "101", "-1", "1.5", "+5", " 5", "1e1", "256", "99999999999999999999"] {
            assert_eq!(Limit::parse(bad), Err(LimitError), "{bad:?}");
        }
        for bad in ["", "-1", "1.5", "+5", "0x1", "1000000000000000000"] {
            assert_eq!(Offset::parse(bad), Err(OffsetError), "{bad:?}");
        }
    }

    fn sort_key() -> impl Strategy<Value = SortKey> {
        (0..=UnixMillis::MAX.get(), any::<u128>()).prop_map(|(millis, bits)| {
            SortKey::new(UnixMillis::new(millis).unwrap(), &OrderKey::from_bits(bits))
        })
    }

    proptest! {
        #[test]
        fn every_number_in_bounds_is_read(limit in 1..=100_u8, offset in 0..1_000_000_000_000_000_000_u64) {
            prop_assert_eq!(Limit::parse(&limit.to_string()), Ok(Limit(limit)));
            prop_assert_eq!(Offset::parse(&offset.to_string()), Ok(Offset(offset)));
        }

        #[test]
        fn a_cursor_is_read_back(key in sort_key()) {
            let cursor = Cursor(key);
            prop_assert_eq!(Cursor::parse(&cursor.to_string()), Ok(cursor));
        }

        #[test]
        fn any_text_is_a_cursor_or_an_error(text in ".{0,120}") {
            let _ = Cursor::parse(&text);
        }

        #[test]
        fn sort_keys_sort_by_time(a in 0..=UnixMillis::MAX.get(), b in 0..=UnixMillis::MAX.get(), x in any::<u128>(), y in any::<u128>()) {
            let key = |millis, bits| SortKey::new(UnixMillis::new(millis).unwrap(), &OrderKey::from_bits(bits));
            prop_assert_eq!(key(a, x).cmp(&key(b, y)), (a, x).cmp(&(b, y)));
        }
    }
}
