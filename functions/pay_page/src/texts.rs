//! Every word of the page. A text that is missing in a language does not compile. `{}` stands for a
//! provider's name.

mod en;
mod ru;
mod uz;

use shared::edge::Language;

/// A heading and the sentence below it.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    pub heading: &'static str,
    pub sentence: &'static str,
}

/// The words of the page in one language.
#[derive(Debug)]
pub struct Texts {
    pub language: &'static str,
    pub test_mode: &'static str,
    pub preview_title: &'static str,
    pub preview_sentence: &'static str,

    pub amount_to_pay: &'static str,
    pub shop: &'static str,
    pub contact: &'static str,
    pub description: &'static str,
    pub merchant_order: &'static str,
    pub payment_number: &'static str,
    pub pay_by: &'static str,
    pub time_left: &'static str,
    pub tashkent_time: &'static str,

    pub choose_a_way: &'static str,
    pub pay_with: &'static str,
    pub opens: &'static str,
    pub sandbox: &'static str,
    pub pay_with_test: &'static str,
    pub nothing_is_charged: &'static str,
    pub scan: &'static str,
    pub qr_code: &'static str,
    pub updates_itself: &'static str,
    pub refresh_when_paid: &'static str,
    pub refresh: &'static str,
    pub card_safety: &'static str,
    pub offline: &'static str,
    pub online: &'static str,

    pub failed: Message,
    pub no_way_to_pay: Message,
    pub shop_closed: Message,
    pub held: Message,
    pub held_by: &'static str,
    pub held_why: &'static str,
    pub go_on_with: &'static str,
    pub try_again_after: &'static str,
    pub paid: Message,
    pub cancelled: Message,
    pub expired: Message,
    pub refunded: Message,
    pub unknown: Message,
    pub unavailable: Message,

    pub paid_at: &'static str,
    pub cancelled_at: &'static str,
    pub expired_at: &'static str,
    pub refunded_at: &'static str,
    pub paid_with: &'static str,
    pub by_test: &'static str,
    pub by_operator: &'static str,
    pub fiscal_receipt: &'static str,
    pub refund_receipt: &'static str,
    pub save: &'static str,
    pub print: &'static str,
    pub share: &'static str,
    pub back_to_shop: &'static str,
    /// Before and after the number of seconds.
    pub returning: [&'static str; 2],
    pub stay: &'static str,

    pub offer: &'static str,
    pub privacy: &'static str,

    /// January to December, as they stand in a date.
    pub months: [&'static str; 12],
}

/// Returns the texts of the page in `language`.
pub const fn of(language: Language) -> &'static Texts {
    match language {
        Language::Uzbek => &uz::TEXTS,
        Language::Russian => &ru::TEXTS,
        Language::English => &en::TEXTS,
    }
}
