//! What the page shows, decided before any HTML is written.

use shared::domain::{payment::Payment, text::ReturnUrl, time::UnixMillis};
use url::Url;

/// One state of the page.
#[derive(Clone, Debug)]
pub enum View<'a> {
    /// Free to be paid until it expires. `now` lets the browser count down by the server's clock.
    Pending {
        payment: &'a Payment,
        ways: Ways,
        now: UnixMillis,
    },
    /// A provider's transaction holds the payment; nobody else can pay it meanwhile.
    Held {
        payment: &'a Payment,
        until: UnixMillis,
        now: UnixMillis,
    },
    Paid(&'a Payment),
    Cancelled(&'a Payment),
    Expired(&'a Payment),
    Refunded(&'a Payment),
    /// No such payment, or no order id at all.
    Unknown,
    /// Our side cannot tell at the moment.
    Unavailable,
}

/// How a pending payment can be paid.
#[derive(Clone, Debug)]
pub enum Ways {
    /// Each way that is on; there may be none.
    Open {
        payme: Option<String>,
        click: Option<String>,
        /// A test payment, for test shops only.
        test: bool,
        /// The public address of this page, to go on with on a phone.
        page_address: String,
    },
    /// The shop is disabled and takes no new payment.
    ShopClosed,
}

impl<'a> View<'a> {
    /// The payment, where there is one.
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

/// The way back to the merchant: an address and the host that a browser will really open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReturnLink {
    pub href: String,
    pub host: String,
}

impl ReturnLink {
    /// The address as browsers read it (WHATWG URL), so that the host shown is the host opened; a
    /// host in other letters is shown in its `xn--` form. None where a browser would find no https
    /// address, or a user's name in it.
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
