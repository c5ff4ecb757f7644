//! What the page shows, decided before any HTML is written.

use url::Url;

/// One state of the page. Amounts are tiyin, times unix milliseconds.
#[derive(Clone, Debug)]
pub enum View {
    /// Open: the payer may choose how to pay until `expires_at`.
    Pending {
        bill: Bill,
        expires_at: i64,
        ways: Ways,
    },
    /// A provider's transaction holds the payment until `hold_until`; nobody else can pay it meanwhile, nor after `expires_at`.
    Held {
        bill: Bill,
        hold_until: i64,
        expires_at: i64,
    },
    Paid {
        bill: Bill,
        paid_at: i64,
        paid_with: PaidWith,
    },
    Cancelled {
        bill: Bill,
        cancelled_at: i64,
    },
    Expired {
        bill: Bill,
        expired_at: i64,
    },
    Refunded {
        bill: Bill,
        refunded_at: i64,
    },
    /// No such payment, or no order id at all.
    Unknown,
    /// Our side cannot tell at the moment.
    Unavailable,
}

/// What is paid, and to whom. The texts are as the merchant gave them.
#[derive(Clone, Debug)]
pub struct Bill {
    pub order_id: String,
    pub amount: i64,
    pub shop_name: String,
    /// Of a test shop: no money moves.
    pub test: bool,
    pub description: Option<String>,
    pub merchant_order_id: Option<String>,
    pub return_to: Option<ReturnLink>,
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

/// Who took the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaidWith {
    Payme,
    Click,
    Test,
    Operator,
}

/// The way back to the merchant: an https address and the host that a browser will really open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnLink {
    href: String,
    host: String,
}

impl ReturnLink {
    /// None unless `address` is https, names a host and hides nothing before an `@`. It is read as browsers read it (WHATWG URL), so
    /// that the host shown is the host opened; a host in other letters is shown in its `xn--` form.
    pub fn to(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let open = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        let host = url.host_str().filter(|_| open)?;
        let host = url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
        Some(Self { href: url.into(), host })
    }

    pub fn href(&self) -> &str {
        &self.href
    }

    pub fn host(&self) -> &str {
        &self.host
    }
}

impl View {
    /// The bill, where there is one.
    pub fn bill(&self) -> Option<&Bill> {
        match self {
            Self::Pending { bill, .. }
            | Self::Held { bill, .. }
            | Self::Paid { bill, .. }
            | Self::Cancelled { bill, .. }
            | Self::Expired { bill, .. }
            | Self::Refunded { bill, .. } => Some(bill),
            Self::Unknown | Self::Unavailable => None,
        }
    }

    /// The HTTP status of the page.
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::Unknown => 404,
            Self::Unavailable => 503,
            _ => 200,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_shown_is_the_host_opened() {
        for (address, host) in [
            ("https://shop.uz/ok?order=1", "shop.uz"),
            ("https://shop.uz:8443", "shop.uz:8443"),
            ("https://evil.uz\\@shop.uz/", "evil.uz"),
            ("https://дўкон.uz/", "xn--d1amjd2n.uz"),
        ] {
            assert_eq!(ReturnLink::to(address).unwrap().host(), host);
        }
    }

    #[test]
    fn no_link_but_an_open_https_one() {
        for address in
            ["http://shop.uz", "javascript:alert(1)", "https://shop.uz@evil.uz/", "https://:x@evil.uz/", "//shop.uz", "", "https://"]
        {
            assert_eq!(ReturnLink::to(address), None, "{address}");
        }
    }
}
