//! The page as a payer's browser gets it.

#![allow(clippy::unwrap_used)] // A test asserts by failing, in its helpers too.

use http::StatusCode;
use pay_page::{Checkout, Providers, View, Ways, answer};
use shared::{
    domain::{
        channel::Channel,
        credential::IdSecret,
        fee::FeeRate,
        id::{OrderKey, ShopId},
        mode::Mode,
        money::PaymentAmount,
        payment::{LIFETIME_DEFAULT_MS, Order, Payment},
        shop::{Access, Profile, ShopStatus},
        text::{Contact, Description, MerchantOrderId, ReturnUrl, ShopName},
        time::UnixMillis,
    },
    edge::{Answer, Language},
};

const PAGE_ADDRESS: &str = "https://pay.example.uz/pay/ORD";

const CONTACT: &str = "@registon <+998 90 123 45 67>";

fn now() -> UnixMillis {
    UnixMillis::new(1_795_500_000_000).unwrap()
}

/// A payment with this shop name, merchant's number and description.
fn payment_saying(shop_name: &str, number: &str, description: &str, mode: Mode) -> Payment {
    let shop = Profile {
        shop_id: ShopId::parse("7").unwrap(),
        name: ShopName::parse(shop_name).unwrap(),
        mode,
        status: ShopStatus::Active,
        keys: Vec::new(),
        id_secret: IdSecret::random().unwrap(),
        fee_rate: FeeRate::default(),
        access: Access::Private,
        contact: None,
        rate_limit: None,
        created_at: now(),
    };
    let order = Order {
        amount: PaymentAmount::parse("50000").unwrap(),
        merchant_order_id: Some(MerchantOrderId::parse(number).unwrap()),
        description: Some(Description::parse(description).unwrap()),
        return_url: Some(ReturnUrl::parse("https://kitob.uz/orders/1204").unwrap()),
    };
    let payment = Payment::new(&shop, order, OrderKey::from_bits(7), now(), LIFETIME_DEFAULT_MS);
    Payment {
        channel: Some(Channel::Payme),
        paid_at: Some(now()),
        cancelled_at: Some(now()),
        refunded_at: Some(now()),
        ..payment
    }
}

fn payment() -> Payment {
    payment_saying("Registon", "A-1204", "Ikki kitob", Mode::Live)
}

fn providers() -> Providers {
    let setting = |name: &str| {
        let value = match name {
            "PAYME_MERCHANT_ID" => "587f72c72cac0d162c722ae2",
            "PAYME_CHECKOUT_URL" => "https://checkout.paycom.uz",
            "CLICK_SERVICE_ID" => "12345",
            "CLICK_MERCHANT_ID" => "678",
            "CLICK_PAY_URL" => "https://my.click.uz/services/pay",
            _ => return None,
        };
        Some(value.to_owned())
    };
    Providers::read(setting)
}

fn pending(payment: &Payment) -> View<'_> {
    let checkout = Checkout {
        order_id: payment.order_id.as_str(),
        amount: payment.amount.money(),
        language: Language::Uzbek,
        return_to: PAGE_ADDRESS,
    };
    let ways = Ways::Open {
        payme: providers().payme_link(Mode::Live, checkout),
        click: providers().click_link(Mode::Live, checkout),
        test: payment.mode == Mode::Test,
        page_address: PAGE_ADDRESS.to_owned(),
    };
    View::Pending { payment, ways, now: now() }
}

fn nothing_open() -> Ways {
    Ways::Open { payme: None, click: None, test: false, page_address: PAGE_ADDRESS.to_owned() }
}

/// Every view, with its name in the page.
fn every_view(payment: &Payment) -> Vec<(&'static str, View<'_>)> {
    vec![
        ("pending", pending(payment)),
        ("pending", View::Pending { payment, ways: nothing_open(), now: now() }),
        ("pending", View::Pending { payment, ways: Ways::ShopClosed, now: now() }),
        ("held", View::Held { payment, until: now().plus_ms(1), now: now() }),
        ("paid", View::Paid(payment)),
        ("cancelled", View::Cancelled(payment)),
        ("expired", View::Expired(payment)),
        ("refunded", View::Refunded(payment)),
        ("unknown", View::Unknown),
        ("unavailable", View::Unavailable),
    ]
}

fn answer_to(view: &View<'_>, language: Language) -> Answer {
    let contact = Contact::parse(CONTACT).unwrap();
    answer(StatusCode::OK, view, Some(&contact), language).unwrap()
}

fn page(view: &View<'_>, language: Language) -> String {
    String::from_utf8(answer_to(view, language).into_body().to_vec()).unwrap()
}

/// The page without its style and script.
fn markup(view: &View<'_>, language: Language) -> String {
    let page = page(view, language);
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (body, _) = rest.split_once("<script>").unwrap();
    format!("{head}{body}")
}

#[test]
fn every_view_names_its_language_and_itself() {
    for language in Language::ALL {
        for (name, view) in every_view(&payment()) {
            let page = markup(&view, language);
            assert!(page.contains(&format!("<html lang=\"{}\">", language.code())), "{name}");
            assert!(page.contains(&format!("data-view=\"{name}\"")), "{name}");
            assert_eq!(page.matches("<h1").count(), 1, "{name}");
            assert_eq!(page.matches("aria-current").count(), 1, "{name}");
            assert_eq!(page.contains("Registon"), view.payment().is_some(), "{name}");
            let contact = page.contains("<bdi>@registon &#60;+998 90 123 45 67&#62;</bdi>");
            assert_eq!(contact, view.payment().is_some(), "{name}");
            for other in Language::ALL {
                assert!(page.contains(&format!("href=\"?lang={}\"", other.code())), "{name}");
            }
        }
    }
}

#[test]
fn the_heading_says_what_became_of_the_payment() {
    for (language, headings) in [
        (
            Language::Uzbek,
            ["Toʻlov muvaffaqiyatli", "Toʻlov bekor qilindi", "Toʻlov muddati tugadi", "Toʻlov qaytarildi"],
        ),
        (
            Language::Russian,
            ["Оплата прошла успешно", "Платёж отменён", "Срок оплаты истёк", "Платёж возвращён"],
        ),
        (
            Language::English,
            ["Payment successful", "Payment cancelled", "Payment expired", "Payment refunded"],
        ),
    ] {
        let payment = payment();
        let ended = [
            View::Paid(&payment),
            View::Cancelled(&payment),
            View::Expired(&payment),
            View::Refunded(&payment),
        ];
        for (view, heading) in ended.into_iter().zip(headings) {
            let page = markup(&view, language);
            assert!(page.contains(&format!("<h1 tabindex=\"-1\">{heading}</h1>")), "{heading}");
            assert!(
                page.contains("href=\"https://kitob.uz/orders/1204\"") && page.contains("kitob.uz</small>"),
                "{heading}"
            );
            assert!(
                !page.contains("checkout.paycom.uz")
                    && !page.contains("my.click.uz")
                    && !page.contains("<form"),
                "{heading}"
            );
        }
    }
}

#[test]
fn the_amount_stands_in_the_local_form() {
    for (language, amount) in [
        (Language::Uzbek, "50\u{a0}000,00\u{a0}so\u{2bb}m"),
        (Language::Russian, "50\u{a0}000,00\u{a0}UZS"),
        (Language::English, "UZS\u{a0}50,000.00"),
    ] {
        for (name, view) in every_view(&payment()).into_iter().filter(|(_, view)| view.payment().is_some()) {
            assert!(markup(&view, language).contains(amount), "{name}");
        }
    }
}

#[test]
fn a_pending_page_offers_what_is_on_and_only_that() {
    let live = payment();
    let page = markup(&pending(&live), Language::Uzbek);
    assert!(
        page.contains("href=\"https://checkout.paycom.uz/bT01")
            && page.contains("href=\"https://my.click.uz/services/pay?")
    );
    assert!(page.contains("class=\"qr\"") && page.contains("2026-yil 25-noyabr"));
    assert!(!page.contains("<form") && !page.contains("Test rejimi"));

    let test = payment_saying("Registon", "A-1204", "Ikki kitob", Mode::Test);
    let page = markup(&pending(&test), Language::Uzbek);
    assert!(
        page.contains(&format!("<form method=\"post\" action=\"{}/test?lang=uz\">", test.order_id))
            && page.contains("Test rejimi")
    );

    for ways in [nothing_open(), Ways::ShopClosed] {
        let page = markup(&View::Pending { payment: &live, ways, now: now() }, Language::English);
        assert!(
            page.contains("contact the shop")
                && !page.contains("class=\"way ")
                && !page.contains("class=\"qr\"")
        );
    }
}

#[test]
fn another_try_is_promised_only_before_the_expiry() {
    let payment = payment();
    let held = |until| markup(&View::Held { payment: &payment, until, now: now() }, Language::English);
    assert!(held(payment.expires_at.plus_ms(-1)).contains("try again after"));
    assert!(!held(payment.expires_at).contains("try again after"));
}

#[test]
fn what_a_merchant_wrote_stays_text() {
    let elements = |page: &str| page.matches('<').count();
    let tame = payment();
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'-alert(1)-'",
        "</title><svg/>",
        "{{ 7*7 }}&lt;",
    ] {
        let payment = payment_saying(hostile, hostile, hostile, Mode::Live);
        for ((name, view), (_, tame)) in every_view(&payment).into_iter().zip(every_view(&tame)) {
            let page = markup(&view, Language::Uzbek);
            assert!(!page.contains(hostile), "{name}: {hostile}");
            assert_eq!(elements(&page), elements(&markup(&tame, Language::Uzbek)), "{name}: {hostile}");
        }
    }
}

#[test]
fn text_that_turns_the_writing_direction_is_kept_apart() {
    let turning = "\u{202e}zu.kcilc";
    let payment = payment_saying(turning, turning, turning, Mode::Live);
    let page = markup(&pending(&payment), Language::Uzbek);
    assert_eq!(page.matches(turning).count(), 4);
    assert_eq!(page.matches(&format!("<bdi>{turning}</bdi>")).count(), 3);
    assert!(page.contains(&format!("{turning}</title>")));
}

#[test]
fn a_page_is_private() {
    for (name, view) in every_view(&payment()) {
        let answer = answer_to(&view, Language::Russian);
        for (header, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("content-language", "ru"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("vary", "Accept-Language"),
        ] {
            assert_eq!(
                answer.headers().get(header).map(|value| value.to_str().unwrap()),
                Some(value),
                "{name}"
            );
        }
    }
}

#[test]
fn the_policy_allows_exactly_the_inline_style_and_script() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use sha2::{Digest, Sha256};

    for (name, view) in every_view(&payment()) {
        let answer = answer_to(&view, Language::Russian);
        let policy = answer.headers().get("content-security-policy").unwrap().to_str().unwrap();
        let page = page(&view, Language::Russian);
        for (element, directive) in [("style", "style-src"), ("script", "script-src")] {
            let (_, rest) = page.split_once(&format!("<{element}>")).unwrap();
            let (inline, after) = rest.split_once(&format!("</{element}>")).unwrap();
            assert!(!after.contains(&format!("<{element}")), "{name}");
            let source = format!("{directive} 'sha256-{}';", STANDARD.encode(Sha256::digest(inline)));
            assert!(policy.contains(&source), "{name}: {source}");
        }
        for loads_or_runs in [" src=", " style=", " onclick", "url(", "@import", "javascript:"] {
            assert!(!page.contains(loads_or_runs), "{name}: {loads_or_runs}");
        }
        assert!(
            policy.contains("default-src 'none'")
                && policy.contains("frame-ancestors 'none'")
                && !policy.contains("unsafe"),
            "{policy}"
        );
    }
}

#[test]
fn a_page_is_small() {
    let long = payment_saying(&"&".repeat(100), &"\"".repeat(64), &"ў".repeat(140), Mode::Live);
    for language in Language::ALL {
        for (name, view) in every_view(&long) {
            assert!(page(&view, language).len() <= 32 * 1024, "{name}");
        }
    }
}
