//! A view as one HTML page and the headers that go with it.

use std::sync::LazyLock;

use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{
    language::Language,
    local_form,
    qr::Qr,
    texts::{Message, Texts},
    view::{Bill, PaidWith, View, Ways},
};

const STYLE: &str = include_str!("../templates/page.css");
const SCRIPT: &str = include_str!("../templates/page.js");

/// The page of a view in a language. `now` (unix milliseconds) lets the browser count down by the server's clock.
///
/// # Errors
/// When the template cannot be written, which a `String` never refuses.
pub fn html(view: &View, language: Language, now: i64) -> Result<String, askama::Error> {
    Page { view, language, text: language.texts(), now, style: STYLE, script: SCRIPT }.render()
}

/// The page may load nothing, run nothing but its own script, and be framed nowhere. A picture is only its own icon.
pub static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
        source_of(SCRIPT),
        source_of(STYLE),
    )
});

/// An inline script or style by its digest (CSP 3, "hash-source").
fn source_of(inline: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(inline)))
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    view: &'a View,
    language: Language,
    text: &'static Texts,
    now: i64,
    style: &'static str,
    script: &'static str,
}

/// A payment that nobody can pay any more: what became of it, and when.
struct Outcome<'a> {
    name: &'static str,
    message: Message,
    bill: &'a Bill,
    time_label: &'static str,
    at: i64,
    paid_with: Option<&'static str>,
}

impl Page<'_> {
    /// What the tab and the history show. A name that turns the writing direction can only turn itself, at the end.
    fn title(&self) -> String {
        let heading = match self.view {
            View::Pending { bill, .. } => &self.amount(bill),
            View::Held { .. } => self.text.held.heading,
            View::Unknown => self.text.unknown.heading,
            View::Unavailable => self.text.unavailable.heading,
            _ => self.outcome().map_or("", |outcome| outcome.message.heading),
        };
        match self.view.bill() {
            Some(bill) => format!("{heading} · {}", bill.shop_name),
            None => format!("{heading} · TopHamyon"),
        }
    }

    fn outcome(&self) -> Option<Outcome<'_>> {
        let text = self.text;
        let outcome = |name, message, bill, time_label, at| Outcome { name, message, bill, time_label, at, paid_with: None };
        match self.view {
            View::Paid { bill, paid_at, paid_with } => {
                let paid_with = Some(self.name_of(*paid_with));
                Some(Outcome { paid_with, ..outcome("paid", text.paid, bill, text.paid_at, *paid_at) })
            }
            View::Cancelled { bill, cancelled_at } => Some(outcome("cancelled", text.cancelled, bill, text.cancelled_at, *cancelled_at)),
            View::Expired { bill, expired_at } => Some(outcome("expired", text.expired, bill, text.expired_at, *expired_at)),
            View::Refunded { bill, refunded_at } => Some(outcome("refunded", text.refunded, bill, text.refunded_at, *refunded_at)),
            View::Pending { .. } | View::Held { .. } | View::Unknown | View::Unavailable => None,
        }
    }

    fn name_of(&self, paid_with: PaidWith) -> &'static str {
        match paid_with {
            PaidWith::Payme => "Payme",
            PaidWith::Click => "Click",
            PaidWith::Test => self.text.by_test,
            PaidWith::Operator => self.text.by_operator,
        }
    }

    fn amount(&self, bill: &Bill) -> String {
        local_form::amount(bill.amount, self.language)
    }

    fn moment(&self, unix_ms: &i64) -> String {
        local_form::moment(*unix_ms, self.language)
    }

    fn host<'l>(&self, link: &'l str) -> &'l str {
        link.split_once("://").map_or(link, |(_, rest)| rest).split('/').next().unwrap_or_default()
    }
}
