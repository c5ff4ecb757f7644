//! Texts that callers give and we store: bounded, without control characters.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::newtype::text_newtype;

/// A text of 1 to `MAX` characters without control characters. Stored unchanged, not trimmed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(String);

/// A merchant's own number for an order.
pub type MerchantOrderId = Text<64>;
/// What a payment is for. Shown to the payer.
pub type Description = Text<140>;
/// The name of a shop. Shown to payers.
pub type ShopName = Text<100>;
/// A phone, an address or a Telegram name of a shop. Shown to payers.
pub type Contact = Text<100>;
/// An operator's reason for an action.
pub type Remark = Text<200>;

/// A text that is empty, too long or has a control character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("1 to {max} characters without control characters")]
pub struct TextError {
    max: usize,
}

impl<const MAX: usize> Text<MAX> {
    /// The error that names the bounds of this type.
    pub const ERROR: TextError = TextError { max: MAX };

    pub fn parse(text: &str) -> Result<Self, TextError> {
        let fits = !text.is_empty() && text.chars().count() <= MAX && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(Self::ERROR) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::parse(&text)
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

/// Bytes that RFC 3986 allows in a URI. The `http` crate accepts a few more.
pub(super) fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

const PRINTABLE_LENGTH_MAX: usize = 64;

/// A key or a reference that is empty, too long or not printable ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("1 to {PRINTABLE_LENGTH_MAX} printable ASCII characters")]
pub struct PrintableError;

/// Parses a key or a reference: ASCII characters from space to tilde.
pub(crate) fn parse_printable(text: &str) -> Result<String, PrintableError> {
    let fits = (1..=PRINTABLE_LENGTH_MAX).contains(&text.len())
        && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if fits { Ok(text.to_owned()) } else { Err(PrintableError) }
}

/// A text that is not a valid [`ReturnUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an absolute https address of at most {} characters", ReturnUrl::LENGTH_MAX)]
pub struct ReturnUrlError;

/// The address to which a payer returns: absolute, `https`, without a user name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReturnUrl(String);
text_newtype!(ReturnUrl, ReturnUrlError);

impl ReturnUrl {
    const LENGTH_MAX: usize = 500;

    pub fn parse(text: &str) -> Result<Self, ReturnUrlError> {
        let plain = !text.is_empty() && text.len() <= Self::LENGTH_MAX && text.bytes().all(is_uri_byte);
        let uri: http::Uri = text.parse().map_err(|_| ReturnUrlError)?;
        // With `user@host`, a link could show one site's name and lead to another.
        let host = uri
            .authority()
            .is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'));
        let secure = uri.scheme() == Some(&http::uri::Scheme::HTTPS);
        if plain && secure && host { Ok(Self(text.to_owned())) } else { Err(ReturnUrlError) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn length_is_counted_in_characters() {
        assert!(Description::parse(&"ў".repeat(140)).is_ok());
        assert!(Description::parse(&"ў".repeat(141)).is_err());
        assert!(Description::parse("").is_err());
    }

    #[test]
    fn a_return_url_is_https_and_names_a_host() {
        for good in ["https://shop.uz", "https://shop.uz/ok?order=1&x=%20#done", "https://shop.uz:8443/"] {
            assert!(ReturnUrl::parse(good).is_ok(), "{good}");
        }
        let long = format!("https://shop.uz/{}", "a".repeat(500));
        for bad in [
            "",
            "shop.uz",
            "//shop.uz",
            "http://shop.uz",
            "HTTPS//x",
            "https://",
            "https:///path",
            "https://a@evil.uz/",
            "javascript:alert(1)",
            "https://shop.uz/ space",
            "https://shop.uz/\"",
            "https://shop.uz/ў",
            "https://shop.uz/\n",
            long.as_str(),
        ] {
            assert!(ReturnUrl::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_kept_as_it_came(text in "\\PC{1,64}") {
            let parsed = MerchantOrderId::parse(&text).unwrap();
            prop_assert_eq!(parsed.as_str(), text.as_str());
        }

        #[test]
        fn a_control_character_is_refused(before in "\\PC{0,9}", control in "\\p{Cc}", after in "\\PC{0,9}") {
            let text = format!("{before}{control}{after}");
            prop_assert!(MerchantOrderId::parse(&text).is_err());
        }

        #[test]
        fn any_text_is_a_return_url_or_an_error(text in any::<String>()) {
            if let Ok(url) = ReturnUrl::parse(&text) {
                prop_assert!(url.as_str().to_ascii_lowercase().starts_with("https://"));
            }
        }
    }
}
