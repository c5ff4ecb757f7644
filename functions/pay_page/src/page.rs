//! Renders a view as HTML, with its response headers.

use std::sync::LazyLock;

use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderName, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};
use shared::{
    domain::{channel::Channel, mode::Mode, payment::Payment, text::Contact, time::UnixMillis},
    edge::{Answer, ApiError, Language, answer::text_with_status},
};

use crate::{
    local_form,
    qr::Qr,
    texts::{self, Message, Texts},
    view::{ReturnLink, View, Ways},
};

const STYLE: &str = include_str!("../templates/page.css");
const SCRIPT: &str = include_str!("../templates/page.js");

/// Renders `view` in `language`, with the contact of its shop if there is one.
///
/// # Errors
/// The template could not be written. A `String` never causes that.
pub fn answer(
    status: StatusCode,
    view: &View<'_>,
    contact: Option<&Contact>,
    language: Language,
) -> Result<Answer, ApiError> {
    let page = Page { view, contact, language, text: texts::of(language), style: STYLE, script: SCRIPT };
    let html = page.render().map_err(|error| ApiError::Internal(format!("pay page: {error}")))?;
    let mut answer = text_with_status(status, "text/html; charset=utf-8", html);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY.clone());
    headers.extend(FIXED_HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    Ok(answer)
}

const FIXED_HEADERS: [(HeaderName, &str); 4] = [
    // The address keeps a payment private, so no other site may see it.
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (header::VARY, "Accept-Language"),
];

/// Allows the page's inline script and style, pictures in `data:` addresses, and requests to its
/// own server. No site may frame the page.
static CONTENT_SECURITY_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
        source_of(SCRIPT),
        source_of(STYLE),
    );
    // The text above and base64 are printable ASCII, so they make a valid header value.
    #[expect(clippy::expect_used)]
    HeaderValue::try_from(policy).expect("printable ASCII")
});

/// The source of an inline script or style: its digest (CSP 3, "hash-source").
fn source_of(inline: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(inline)))
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    view: &'a View<'a>,
    contact: Option<&'a Contact>,
    language: Language,
    text: &'static Texts,
    style: &'static str,
    script: &'static str,
}

/// A payment that can no longer be paid: its result and its time.
struct Outcome<'a> {
    name: &'static str,
    message: Message,
    payment: &'a Payment,
    time_label: &'static str,
    at: Option<UnixMillis>,
    paid_with: Option<&'static str>,
}

impl Page<'_> {
    /// The title of the tab and the history. The shop's name comes last, so that a name with
    /// direction marks cannot turn other text.
    fn title(&self) -> String {
        let heading = match self.view {
            View::Pending { payment, .. } => &self.amount(payment),
            View::Held { .. } => self.text.held.heading,
            View::Unknown => self.text.unknown.heading,
            View::Unavailable => self.text.unavailable.heading,
            View::Paid(_) | View::Cancelled(_) | View::Expired(_) | View::Refunded(_) => {
                self.outcome().map_or("", |outcome| outcome.message.heading)
            }
        };
        match self.view.payment() {
            Some(payment) => format!("{heading} · {}", payment.shop_name),
            None => format!("{heading} · TopHamyon"),
        }
    }

    fn outcome(&self) -> Option<Outcome<'_>> {
        let text = self.text;
        let outcome = |name, message, payment, time_label, at| Outcome {
            name,
            message,
            payment,
            time_label,
            at,
            paid_with: None,
        };
        match *self.view {
            View::Paid(payment) => {
                let paid_with = payment.channel.map(|provider| self.name_of(provider));
                Some(Outcome {
                    paid_with,
                    ..outcome("paid", text.paid, payment, text.paid_at, payment.paid_at)
                })
            }
            View::Cancelled(payment) => {
                Some(outcome("cancelled", text.cancelled, payment, text.cancelled_at, payment.cancelled_at))
            }
            View::Expired(payment) => {
                Some(outcome("expired", text.expired, payment, text.expired_at, Some(payment.expires_at)))
            }
            View::Refunded(payment) => {
                Some(outcome("refunded", text.refunded, payment, text.refunded_at, payment.refunded_at))
            }
            View::Pending { .. } | View::Held { .. } | View::Unknown | View::Unavailable => None,
        }
    }

    const fn name_of(&self, provider: Channel) -> &'static str {
        match provider {
            Channel::Payme => "Payme",
            Channel::Click => "Click",
            Channel::Test => self.text.by_test,
            Channel::Operator => self.text.by_operator,
        }
    }

    fn amount(&self, payment: &Payment) -> String {
        local_form::amount(payment.amount.money(), self.language)
    }

    fn moment(&self, time: &UnixMillis) -> String {
        local_form::moment(*time, self.language)
    }

    fn return_link(&self, payment: &Payment) -> Option<ReturnLink> {
        payment.return_url.as_ref().and_then(ReturnLink::to)
    }

    /// The host in a provider's link. Shown to the payer before the click.
    fn host<'l>(&self, link: &'l str) -> &'l str {
        link.split_once("://").map_or(link, |(_, rest)| rest).split('/').next().unwrap_or_default()
    }
}
