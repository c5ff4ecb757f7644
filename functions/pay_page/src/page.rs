//! Renders a view as HTML, with its response headers.

use askama::Template;
use http::{HeaderName, HeaderValue, StatusCode, header};
use shared::{
    domain::{channel::Channel, mode::Mode, payment::Payment, text::Contact, time::UnixMillis},
    edge::{Answer, ApiError, Imprint, Language, answer::text_with_status},
};

use crate::{
    contact_link::contact_link,
    local_form,
    outside_link::OutsideLink,
    qr::Qr,
    texts::{self, Message, Texts},
    view::{Receipts, View, Ways},
};

/// A file that build/main.rs wrote.
macro_rules! built {
    ($name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/", $name))
    };
}

/// The style: the colours of every page, then the page's own rules.
const STYLE: &str = built!("page.css");
const SCRIPT: &str = include_str!("../templates/page.js");
const MARK: &str = built!("mark.svg");
/// The icon of every page as an address.
const ICON: &str = built!("icon_uri");
const CONTENT_SECURITY_POLICY: &str = built!("content_security_policy");

/// What stands on the page beside its view.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Who runs the deployment.
    pub imprint: Option<&'a Imprint>,
    /// How to reach the shop.
    pub contact: Option<&'a Contact>,
    pub language: Language,
    /// Lets the browser count down by the server's clock.
    pub now: UnixMillis,
}

/// Renders `view`.
///
/// # Errors
/// The template could not be written. A `String` never causes that.
pub fn answer(
    status: StatusCode,
    view: &View<'_>,
    surroundings: &Surroundings<'_>,
) -> Result<Answer, ApiError> {
    let Surroundings { imprint, contact, language, now } = *surroundings;
    let text = texts::of(language);
    let page = Page {
        view,
        imprint,
        contact,
        language,
        now,
        text,
        style: STYLE,
        script: SCRIPT,
        mark: MARK,
        icon: ICON,
    };
    let html = page.render().map_err(|error| ApiError::Internal(format!("pay page: {error}")))?;
    let mut answer = text_with_status(status, "text/html; charset=utf-8", html);
    let headers = answer.headers_mut();
    headers.extend(FIXED_HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    Ok(answer)
}

const FIXED_HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    // The address keeps a payment private, so no other site may see it.
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (header::VARY, "Accept-Language, Cookie"),
];

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    view: &'a View<'a>,
    imprint: Option<&'a Imprint>,
    contact: Option<&'a Contact>,
    language: Language,
    now: UnixMillis,
    text: &'static Texts,
    style: &'static str,
    script: &'static str,
    mark: &'static str,
    icon: &'static str,
}

/// A payment that can no longer be paid: its result and its times.
struct Outcome<'a> {
    message: Message,
    payment: &'a Payment,
    paid_with: Option<&'static str>,
    times: Vec<(&'static str, UnixMillis)>,
    receipts: Vec<(&'static str, &'a OutsideLink)>,
}

/// Of an outcome that has none.
static NO_RECEIPTS: Receipts = Receipts { sale: None, refund: None };

/// A countdown shows from this much time on.
const COUNTDOWN_MS: i64 = 3_600_000;

impl Page<'_> {
    /// The title of the tab and the history. The shop's name comes last, so that a name with
    /// direction marks cannot turn other text.
    fn title(&self) -> String {
        let heading = match self.view {
            View::Pending { payment, .. } => &self.amount(payment),
            View::Held { .. } => self.text.held.heading,
            View::Unknown => self.text.unknown.heading,
            View::Unavailable => self.text.unavailable.heading,
            _ => self.outcome().map_or("", |outcome| outcome.message.heading),
        };
        match self.view.payment() {
            Some(payment) => format!("{heading} · {}", payment.shop_name),
            None => format!("{heading} · TopHamyon"),
        }
    }

    /// The title of a link's preview in a chat. It tells neither the amount nor the state: others
    /// than the payer see a preview, and a chat keeps it for ever.
    fn preview_title(&self) -> String {
        match self.view.payment() {
            Some(payment) => format!("{} · {}", self.text.preview_title, payment.shop_name),
            None => self.title(),
        }
    }

    fn outcome(&self) -> Option<Outcome<'_>> {
        let text = self.text;
        let (message, receipts) = match self.view {
            View::Paid { receipts, .. } => (text.paid, receipts),
            View::Cancelled(_) => (text.cancelled, &NO_RECEIPTS),
            View::Expired(_) => (text.expired, &NO_RECEIPTS),
            View::Refunded { receipts, .. } => (text.refunded, receipts),
            View::Pending { .. } | View::Held { .. } | View::Unknown | View::Unavailable => return None,
        };
        let payment = self.view.payment()?;
        let expired_at = matches!(self.view, View::Expired(_)).then_some(payment.expires_at);
        let times = [
            (text.paid_at, payment.paid_at),
            (text.cancelled_at, payment.cancelled_at),
            (text.expired_at, expired_at),
            (text.refunded_at, payment.refunded_at),
        ];
        let times = times.into_iter().filter_map(|(label, time)| Some((label, time?))).collect();
        let receipts = [(text.fiscal_receipt, &receipts.sale), (text.refund_receipt, &receipts.refund)];
        let receipts =
            receipts.into_iter().filter_map(|(label, link)| Some((label, link.as_ref()?))).collect();
        let paid_with = payment.channel.map(|channel| self.name_of(channel));
        Some(Outcome { message, payment, paid_with, times, receipts })
    }

    const fn name_of(&self, channel: Channel) -> &'static str {
        match channel {
            Channel::Payme => "Payme",
            Channel::Click => "Click",
            Channel::Test => self.text.by_test,
            Channel::Operator => self.text.by_operator,
        }
    }

    /// A text with a provider's name in it.
    fn about(&self, text: &str, channel: &Channel) -> String {
        text.replace("{}", self.name_of(*channel))
    }

    fn contact_link(&self, contact: &Contact) -> Option<String> {
        contact_link(contact.as_str())
    }

    fn amount(&self, payment: &Payment) -> String {
        local_form::amount(payment.amount.money(), self.language)
    }

    /// The width of the amount in units of its font size, rounded up. The style has a size for each.
    fn amount_width(&self, payment: &Payment) -> usize {
        local_form::width(payment.amount.money(), self.language).div_ceil(10)
    }

    fn moment(&self, time: &UnixMillis) -> String {
        local_form::moment(*time, self.language)
    }

    fn return_link(&self, payment: &Payment) -> Option<OutsideLink> {
        payment.return_url.as_ref().and_then(OutsideLink::back)
    }

    /// Whether the payment ends so soon that the clock shows at once.
    fn ends_soon(&self, payment: &Payment) -> bool {
        payment.expires_at.get() - self.now.get() < COUNTDOWN_MS
    }

    /// The host in a provider's link. Shown to the payer before the click.
    fn host<'l>(&self, link: &'l str) -> &'l str {
        link.split_once("://").map_or(link, |(_, rest)| rest).split('/').next().unwrap_or_default()
    }
}
