//! Links to pages of others: a merchant's, or a fiscal receipt.

use serde::Deserialize;
use shared::domain::{attempt::Attempt, text::ReturnUrl};
use url::Url;

use crate::view::Receipts;

/// An https address, and the host that a browser opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideLink {
    pub href: String,
    pub host: String,
}

impl OutsideLink {
    /// Parses an address as browsers do (WHATWG URL), so that the host shown is the host opened. A
    /// host with other letters is shown in its `xn--` form. Returns `None` if a browser would find
    /// no https address, or a user name in it.
    pub fn parse(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let open = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        let host = url.host_str().filter(|_| open)?;
        let host = url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
        Some(Self { href: url.into(), host })
    }

    /// The way back to the shop.
    pub fn back(return_url: &ReturnUrl) -> Option<Self> {
        Self::parse(return_url.as_str())
    }
}

impl Receipts {
    /// Reads the links in the fiscal data of the attempt that paid.
    pub fn of(attempt: &Attempt) -> Self {
        Self {
            sale: attempt.fiscal_perform.as_deref().and_then(receipt_link),
            refund: attempt.fiscal_cancel.as_deref().and_then(receipt_link),
        }
    }
}

/// The link in Payme's fiscal data. Payme may send none, or a number in its place.
fn receipt_link(fiscal_data: &str) -> Option<OutsideLink> {
    #[derive(Deserialize)]
    struct FiscalData {
        qr_code_url: String,
    }
    let data: FiscalData = serde_json::from_str(fiscal_data).ok()?;
    OutsideLink::parse(&data.qr_code_url)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_host_shown_is_the_host_opened() {
        for (address, host) in [
            ("https://shop.uz/ok?order=1", "shop.uz"),
            ("https://shop.uz:8443", "shop.uz:8443"),
            ("https://SHOP.uz:443/", "shop.uz"),
            ("https://xn--d1amjd2n.uz/", "xn--d1amjd2n.uz"),
        ] {
            assert_eq!(OutsideLink::parse(address).unwrap().host, host);
        }
    }

    #[test]
    fn a_receipt_without_a_good_link_has_none() {
        let host = |data: &str| receipt_link(data).map(|link| link.host);
        let good = r#"{"receipt_id":1,"status_code":0,"qr_code_url":"https://ofd.soliq.uz/check?t=EP1&r=2"}"#;
        assert_eq!(host(good).as_deref(), Some("ofd.soliq.uz"));
        for data in [
            r#"{"receipt_id":1,"status_code":0}"#,
            r#"{"qr_code_url":7}"#,
            r#"{"qr_code_url":"javascript:alert(1)"}"#,
            r#"{"qr_code_url":"http://ofd.soliq.uz"}"#,
            "nonsense",
        ] {
            assert_eq!(host(data), None, "{data}");
        }
    }

    proptest! {
        #[test]
        fn a_link_is_open_https_or_none(rest in "[a-z@:/\\\\?#%.0-9\\[\\]]{1,40}") {
            if let Some(link) = OutsideLink::parse(&format!("https://{rest}")) {
                let url = Url::parse(&link.href).unwrap();
                prop_assert_eq!(url.scheme(), "https");
                prop_assert_eq!(url.host_str().unwrap(), link.host.strip_suffix(&url.port().map_or(String::new(), |port| format!(":{port}"))).unwrap());
                prop_assert!(url.username().is_empty() && url.password().is_none());
            }
        }
    }
}
