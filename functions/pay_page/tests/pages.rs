//! The page as a payer's browser gets it.

#![allow(clippy::unwrap_used)] // A test asserts by failing, in its helpers too.

use http::StatusCode;
use pay_page::{Checkout, OutsideLink, Providers, Receipts, Surroundings, View, Ways, answer};
use shared::{
    domain::{
        channel::Channel,
        credential::IdSecret,
        fee::FeeRate,
        id::{OrderKey, ShopId},
        lifetime::Lifetime,
        mode::Mode,
        money::PaymentAmount,
        payment::{Order, Payment},
        shop::{Access, Profile, ShopStatus},
        text::{Contact, Description, MerchantOrderId, ReturnUrl, ShopName},
        time::UnixMillis,
    },
    edge::{Answer, Imprint, Language, setting::Variables},
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
        expires_in: None,
        return_url: Some(ReturnUrl::parse("https://kitob.uz/orders/1204").unwrap()),
    };
    let payment = Payment::new(&shop, order, OrderKey::from_bits(7), now(), Lifetime::DAY);
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
    View::Pending { payment, ways, failed: None }
}

fn nothing_open() -> Ways {
    Ways::Open { payme: None, click: None, test: false, page_address: PAGE_ADDRESS.to_owned() }
}

fn held(payment: &Payment, until: UnixMillis) -> View<'_> {
    let checkout = Some("https://checkout.paycom.uz/bT01".to_owned());
    View::Held { payment, until, channel: Some(Channel::Payme), checkout }
}

fn receipts() -> Receipts {
    let link = |address| OutsideLink::parse(address);
    Receipts { sale: link("https://ofd.soliq.uz/check?t=1"), refund: link("https://ofd.soliq.uz/check?t=2") }
}

fn paid(payment: &Payment) -> View<'_> {
    View::Paid { payment, receipts: receipts() }
}

fn refunded(payment: &Payment) -> View<'_> {
    View::Refunded { payment, receipts: receipts() }
}

/// Every view, with its name in the page.
fn every_view(payment: &Payment) -> Vec<(&'static str, View<'_>)> {
    let pending_with = |ways, failed| View::Pending { payment, ways, failed };
    vec![
        ("pending", pending(payment)),
        ("pending", pending_with(nothing_open(), None)),
        ("pending", pending_with(Ways::ShopClosed, Some(Channel::Click))),
        ("held", held(payment, now().plus_ms(1))),
        ("held", View::Held { payment, until: now().plus_ms(1), channel: None, checkout: None }),
        ("paid", paid(payment)),
        ("cancelled", View::Cancelled(payment)),
        ("expired", View::Expired(payment)),
        ("refunded", refunded(payment)),
        ("unknown", View::Unknown),
        ("unavailable", View::Unavailable),
    ]
}

fn imprint(name: &str) -> Option<String> {
    let value = match name {
        "COMPANY_NAME" => "\"Top Hamyon\" MChJ",
        "CONTACT_PHONE" => "+998 71 200-00-00",
        "OFFER_URL" => "https://tophamyon.uz/oferta",
        _ => return None,
    };
    Some(value.to_owned())
}

fn answer_to(view: &View<'_>, language: Language) -> Answer {
    let contact = Contact::parse(CONTACT).unwrap();
    let imprint = Imprint::read(&Variables(&imprint));
    let surroundings =
        Surroundings { imprint: Some(&imprint), contact: Some(&contact), language, now: now() };
    answer(StatusCode::OK, view, &surroundings).unwrap()
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
            assert!(page.contains("&#34;Top Hamyon&#34; MChJ"), "{name}");
            assert!(
                page.contains("href=\"tel:+998712000000\"") && page.contains("tophamyon.uz/oferta"),
                "{name}"
            );
            assert!(!page.contains("mailto:") && !page.contains("t.me/"), "{name}");
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
            [
                "Toʻlov muvaffaqiyatli oʻtdi",
                "Toʻlov bekor qilindi",
                "Toʻlov muddati tugadi",
                "Toʻlov qaytarildi",
            ],
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
        let ended = [paid(&payment), View::Cancelled(&payment), View::Expired(&payment), refunded(&payment)];
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
        (Language::Uzbek, "50\u{a0}000 so\u{2bb}m"),
        (Language::Russian, "50\u{a0}000 сум"),
        (Language::English, "UZS 50,000"),
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
        let page = markup(&View::Pending { payment: &live, ways, failed: None }, Language::English);
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
    let held = |until| markup(&held(&payment, until), Language::English);
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
    assert_eq!(page.matches(turning).count(), 5);
    assert_eq!(page.matches(&format!("<bdi>{turning}</bdi>")).count(), 3);
    // In the title and in the preview nothing follows it.
    assert!(page.contains(&format!("{turning}</title>")) && page.contains(&format!("· {turning}\">")));
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
            ("vary", "Accept-Language, Cookie"),
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
        for loads_or_runs in [" src=", " style=\"", " onclick", "url(", "@import", "javascript:"] {
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

/// Others than the payer see a preview, and chats keep it after the payment has changed.
#[test]
fn a_preview_of_the_link_names_the_shop_and_neither_amount_nor_state() {
    for language in Language::ALL {
        let payment = payment();
        let mut previews = Vec::new();
        for (_, view) in every_view(&payment).into_iter().filter(|(_, view)| view.payment().is_some()) {
            let page = markup(&view, language);
            let preview: Vec<_> =
                page.lines().filter(|line| line.contains("og:")).map(str::to_owned).collect();
            assert_eq!(preview.len(), 4);
            previews.push(preview.join("\n"));
        }
        let (first, others) = previews.split_first().unwrap();
        assert!(first.contains("Registon\">") && !first.contains("000"), "{first}");
        assert!(others.iter().all(|other| other == first));
    }
}

#[test]
fn a_held_page_names_the_provider_and_leads_on_to_it() {
    let payment = payment();
    for (language, go_on) in [
        (Language::Uzbek, "Payme orqali davom ettirish"),
        (Language::Russian, "Продолжить в Payme"),
        (Language::English, "Continue with Payme"),
    ] {
        let page = markup(&held(&payment, now().plus_ms(1)), language);
        assert!(
            page.contains(&format!("href=\"https://checkout.paycom.uz/bT01\" rel=\"noreferrer\">{go_on}"))
        );
        assert!(page.contains("href=\"https://kitob.uz/orders/1204\""));
    }
}

#[test]
fn a_refund_tells_how_and_when_it_was_paid() {
    let page = markup(&refunded(&payment()), Language::English);
    for told in [
        "<dt>Payment method</dt><dd>Payme</dd>",
        "<dt>Paid</dt>",
        "<dt>Refunded</dt>",
        "check?t=1\"",
        "check?t=2\"",
    ] {
        assert!(page.contains(told), "{told}");
    }
}

#[test]
fn where_nothing_can_be_paid_nothing_is_counted_down() {
    let payment = payment();
    let closed = View::Pending { payment: &payment, ways: Ways::ShopClosed, failed: None };
    let page = markup(&closed, Language::Uzbek);
    assert!(!page.contains("data-deadline") && !page.contains("data-countdown"));
    assert!(page.contains("href=\"https://kitob.uz/orders/1204\""));
    assert!(markup(&pending(&payment), Language::Uzbek).contains("data-deadline"));
}

/// The letters oʻ and gʻ have one sign, and a dash is one. What the merchant wrote is as he wrote it.
#[test]
fn uzbek_has_one_apostrophe_and_every_language_one_dash() {
    for language in Language::ALL {
        for (name, view) in every_view(&payment()) {
            let page = markup(&view, language)
                .replace("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">", "");
            let (_, body) = page.split_once("<body>").unwrap();
            assert!(!body.contains(" - ") && !body.contains(" – "), "{name}");
            if language == Language::Uzbek {
                for other in ["&#39;", "'", "\u{2bc}", "\u{2018}", "\u{2019}", "`"] {
                    assert!(!body.contains(other), "{name}: {other}");
                }
            }
        }
    }
}

/// Phones of 2018 run the script: what is newer stops it before its first line.
#[test]
fn the_script_has_no_syntax_that_older_phones_lack() {
    let page = page(&View::Unknown, Language::Uzbek);
    let (_, script) = page.split_once("<script>").unwrap();
    let code: String = script.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    for newer in
        ["?.", "??", "&&=", "||=", "catch {", ".at(", "replaceAll", "AbortSignal", "replaceChildren", "#"]
    {
        assert!(!code.contains(newer), "{newer}");
    }
}
