//! The states of the page, without any HTML.

use shared::domain::{channel::Channel, payment::Payment, time::UnixMillis};

use crate::outside_link::OutsideLink;

/// One state of the page.
#[derive(Clone, Debug)]
pub enum View<'a> {
    /// Can be paid until it expires.
    Pending {
        payment: &'a Payment,
        ways: Ways,
        /// The channel of the last attempt, which did not pay.
        failed: Option<Channel>,
    },
    /// A provider's attempt holds the payment. No other attempt can begin.
    Held {
        payment: &'a Payment,
        until: UnixMillis,
        /// The channel of the attempt.
        channel: Option<Channel>,
        /// Where the payer goes on with it.
        checkout: Option<String>,
    },
    Paid {
        payment: &'a Payment,
        receipts: Receipts,
    },
    Cancelled(&'a Payment),
    Expired(&'a Payment),
    Refunded {
        payment: &'a Payment,
        receipts: Receipts,
    },
    /// The address names no payment.
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

/// The fiscal receipts of a payment at the tax committee, as Payme told them.
#[derive(Clone, Debug, Default)]
pub struct Receipts {
    pub sale: Option<OutsideLink>,
    pub refund: Option<OutsideLink>,
}

impl<'a> View<'a> {
    /// The payment of this view, if it has one.
    pub fn payment(&self) -> Option<&'a Payment> {
        match self {
            Self::Pending { payment, .. }
            | Self::Held { payment, .. }
            | Self::Paid { payment, .. }
            | Self::Refunded { payment, .. } => Some(payment),
            Self::Cancelled(payment) | Self::Expired(payment) => Some(payment),
            Self::Unknown | Self::Unavailable => None,
        }
    }

    /// The name of the view for the script and the style.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Held { .. } => "held",
            Self::Paid { .. } => "paid",
            Self::Cancelled(_) => "cancelled",
            Self::Expired(_) => "expired",
            Self::Refunded { .. } => "refunded",
            Self::Unknown => "unknown",
            Self::Unavailable => "unavailable",
        }
    }

    /// Differs between two pages of one payment if the payer must see the other one.
    pub fn mark(&self) -> String {
        let channel = match self {
            Self::Pending { failed: channel, .. } | Self::Held { channel, .. } => *channel,
            _ => None,
        };
        let channel: &str = channel.map_or("", |channel| channel.into_str());
        format!("{} {channel}", self.name())
    }
}
