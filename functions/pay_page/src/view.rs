//! The states of the page, without any HTML.

use shared::domain::{payment::Payment, text::ReturnUrl, time::UnixMillis};
use url::Url;

/// One state of the page.
#[derive(Clone, Debug)]
pub enum View<'a> {
    /// Can be paid until it expires. `now` lets the browser count down by the server's clock.
    Pending {
        payment: &'a Payment,
        ways: Ways,
        now: UnixMillis,
    },
    /// A provider's attempt holds the payment. No other attempt can begin.
    Held {
        payment: &'a Payment,
        until: UnixMillis,
        now: UnixMillis,
    },
    Paid(&'a Payment),
    Cancelled(&'a Payment),
    Expired(&'a Payment),
    Refunded(&'a Payment),
    /// The address names no payment, or is not an order id.
    Unknown,
    /// The store or the service failed.
    Unavailable,
}

/// The ways to pay a pending payment.
#[derive(Clone, Debug)]
pub enum Ways {
    /// The ways that are on. There may be none.
    Open {
        payme: Option<String>,
        click: Option<String>,
        /// Whether the test button is shown. Only for test shops.
        test: bool,
        /// The public address of this page, for paying on a phone.
        page_address: String,
    },
    /// The shop is disabled and takes no new payment.
    ShopClosed,
}

impl<'a> View<'a> {
    /// The payment of this view, if it has one.
    pub fn payment(&self) -> Option<&'a Payment> {
        match self {
            Self::Pending { payment, .. } | Self::Held { payment, .. } => Some(payment),
            Self::Paid(payment)
            | Self::Cancelled(payment)
            | Self::Expired(payment)
            | Self::Refunded(payment) => Some(payment),
            Self::Unknown | Self::Unavailable => None,
        }
    }
}

/// The link back to the merchant: an address, and the host that a browser opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReturnLink {
    pub href: String,
    pub host: String,
}

impl ReturnLink {
    /// Parses the address as browsers do (WHATWG URL), so that the host shown is the host opened. A
    /// host with other letters is shown in its `xn--` form. Returns `None` if a browser would find
    /// no https address, or a user name in it.
    pub fn to(return_url: &ReturnUrl) -> Option<Self> {
        let url = Url::parse(return_url.as_str()).ok()?;
        let open = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        let host = url.host_str().filter(|_| open)?;
        let host = url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
        Some(Self { href: url.into(), host })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link(address: &str) -> Option<ReturnLink> {
        ReturnUrl::parse(address).ok().and_then(|url| ReturnLink::to(&url))
    }

    #[test]
    fn the_host_shown_is_the_host_opened() {
        for (address, host) in [
            ("https://shop.uz/ok?order=1", "shop.uz"),
            ("https://shop.uz:8443", "shop.uz:8443"),
            ("https://SHOP.uz:443/", "shop.uz"),
            ("https://xn--d1amjd2n.uz/", "xn--d1amjd2n.uz"),
        ] {
            assert_eq!(link(address).unwrap().host, host);
        }
    }

    proptest! {
        #[test]
        fn a_link_is_open_https_or_none(rest in "[a-z@:/\\\\?#%.0-9\\[\\]]{1,40}") {
            if let Some(link) = link(&format!("https://{rest}")) {
                let url = Url::parse(&link.href).unwrap();
                prop_assert_eq!(url.scheme(), "https");
                prop_assert_eq!(url.host_str().unwrap(), link.host.strip_suffix(&url.port().map_or(String::new(), |port| format!(":{port}"))).unwrap());
                prop_assert!(url.username().is_empty() && url.password().is_none());
            }
        }
    }
}
