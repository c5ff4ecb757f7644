//! `GET /pay/{order_id}`: the page where a payer pays.

mod language;
mod local_form;
mod page;
mod providers;
mod qr;
mod texts;
mod view;

pub use language::Language;
pub use page::{CONTENT_SECURITY_POLICY, html};
pub use providers::{ClickPay, Order, PaymeCheckout, Providers, SettingError};
pub use view::{Bill, PaidWith, ReturnLink, View, Ways};
