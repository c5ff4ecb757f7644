//! The page as a payer's browser gets it.

use pay_page::{Bill, CONTENT_SECURITY_POLICY, Language, Order, PaidWith, Providers, ReturnLink, View, Ways, html};

const NOW: i64 = 1_795_500_000_000;
const ORDER_ID: &str = "ORD_1795500000_0123456789abcdefghijklmno";
const PAGE_ADDRESS: &str = "https://pay.example.uz/pay/ORD_1795500000_0123456789abcdefghijklmno";

fn bill() -> Bill {
    Bill {
        order_id: ORDER_ID.to_owned(),
        amount: 5_000_000,
        shop_name: "Registon".to_owned(),
        test: false,
        description: Some("Ikki kitob".to_owned()),
        merchant_order_id: Some("A-1204".to_owned()),
        return_to: ReturnLink::to("https://kitob.uz/orders/1204"),
    }
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
    Providers::from_settings(setting).unwrap()
}

fn pending(bill: Bill, language: Language) -> View {
    let order = Order { order_id: ORDER_ID, tiyin: bill.amount, language, return_to: PAGE_ADDRESS };
    let providers = providers();
    let ways = Ways::Open {
        payme: providers.payme.map(|payme| payme.link(order)),
        click: providers.click.map(|click| click.link(order)),
        test: bill.test,
        page_address: PAGE_ADDRESS.to_owned(),
    };
    View::Pending { bill, expires_at: NOW + 86_400_000, ways }
}

fn nothing_open() -> Ways {
    Ways::Open { payme: None, click: None, test: false, page_address: PAGE_ADDRESS.to_owned() }
}

/// Every view with the name that the page gives it.
fn every_view(bill: &Bill) -> Vec<(&'static str, View)> {
    let bill = || bill.clone();
    vec![
        ("pending", pending(bill(), Language::Uz)),
        ("pending", View::Pending { bill: bill(), expires_at: NOW, ways: nothing_open() }),
        ("pending", View::Pending { bill: bill(), expires_at: NOW, ways: Ways::ShopClosed }),
        ("held", View::Held { bill: bill(), hold_until: NOW + 1, expires_at: NOW + 2 }),
        ("paid", View::Paid { bill: bill(), paid_at: NOW, paid_with: PaidWith::Payme }),
        ("cancelled", View::Cancelled { bill: bill(), cancelled_at: NOW }),
        ("expired", View::Expired { bill: bill(), expired_at: NOW }),
        ("refunded", View::Refunded { bill: bill(), refunded_at: NOW }),
        ("unknown", View::Unknown),
        ("unavailable", View::Unavailable),
    ]
}

fn page(view: &View, language: Language) -> String {
    html(view, language, NOW).unwrap()
}

/// The page without its style and its script.
fn markup(view: &View, language: Language) -> String {
    let page = page(view, language);
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (body, _) = rest.split_once("<script>").unwrap();
    format!("{head}{body}")
}

#[test]
fn every_view_names_its_language_and_itself() {
    for language in Language::ALL {
        for (name, view) in every_view(&bill()) {
            let page = markup(&view, language);
            assert!(page.contains(&format!("<html lang=\"{}\">", language.code())), "{name}");
            assert!(page.contains(&format!("data-view=\"{name}\"")), "{name}");
            assert_eq!(page.matches("<h1").count(), 1, "{name}");
            assert_eq!(page.matches("aria-current").count(), 1, "{name}");
            assert_eq!(page.contains("Registon"), view.bill().is_some(), "{name}");
            for other in Language::ALL {
                assert!(page.contains(&format!("href=\"?lang={}\"", other.code())), "{name}");
            }
        }
    }
}

#[test]
fn the_heading_says_what_became_of_the_payment() {
    for (language, headings) in [
        (Language::Uz, ["Toʻlov muvaffaqiyatli", "Toʻlov bekor qilindi", "Toʻlov muddati tugadi", "Toʻlov qaytarildi"]),
        (Language::Ru, ["Оплата прошла успешно", "Платёж отменён", "Срок оплаты истёк", "Платёж возвращён"]),
        (Language::En, ["Payment successful", "Payment cancelled", "Payment expired", "Payment refunded"]),
    ] {
        let ended = every_view(&bill()).into_iter().filter(|(name, _)| ["paid", "cancelled", "expired", "refunded"].contains(name));
        for ((name, view), heading) in ended.zip(headings) {
            let page = markup(&view, language);
            assert!(page.contains(&format!("<h1 tabindex=\"-1\">{heading}</h1>")), "{name}");
            assert!(page.contains("href=\"https://kitob.uz/orders/1204\"") && page.contains("kitob.uz</small>"), "{name}");
            assert!(!page.contains("checkout.paycom.uz") && !page.contains("my.click.uz") && !page.contains("<form"), "{name}");
        }
    }
}

#[test]
fn the_amount_stands_in_the_local_form() {
    for (language, amount) in
        [(Language::Uz, "50\u{a0}000,00\u{a0}so\u{2bb}m"), (Language::Ru, "50\u{a0}000,00\u{a0}UZS"), (Language::En, "UZS\u{a0}50,000.00")]
    {
        for (name, view) in every_view(&bill()).into_iter().filter(|(_, view)| view.bill().is_some()) {
            assert!(markup(&view, language).contains(amount), "{name}");
        }
    }
}

#[test]
fn a_pending_page_offers_what_is_on_and_only_that() {
    let page = markup(&pending(bill(), Language::Uz), Language::Uz);
    assert!(page.contains("href=\"https://checkout.paycom.uz/bT01") && page.contains("href=\"https://my.click.uz/services/pay?"));
    assert!(page.contains("class=\"qr\"") && page.contains("2026-yil 25-noyabr"));
    assert!(!page.contains("<form") && !page.contains("Test rejimi"));

    let page = markup(&pending(Bill { test: true, ..bill() }, Language::Uz), Language::Uz);
    assert!(page.contains(&format!("<form method=\"post\" action=\"{ORDER_ID}/test?lang=uz\">")) && page.contains("Test rejimi"));

    for ways in [nothing_open(), Ways::ShopClosed] {
        let page = markup(&View::Pending { bill: bill(), expires_at: NOW, ways }, Language::En);
        assert!(page.contains("contact the shop") && !page.contains("class=\"way ") && !page.contains("class=\"qr\""));
    }
}

#[test]
fn another_try_is_promised_only_before_the_expiry() {
    let held = |hold_until| markup(&View::Held { bill: bill(), hold_until, expires_at: NOW }, Language::En);
    assert!(held(NOW - 1).contains("try again after"));
    assert!(!held(NOW).contains("try again after"));
}

#[test]
fn what_a_merchant_wrote_stays_text() {
    for hostile in
        ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'", "</title><svg onload=alert(1)>", "{{ 7*7 }}&lt;"]
    {
        let hostile_bill = Bill {
            shop_name: hostile.to_owned(),
            description: Some(hostile.to_owned()),
            merchant_order_id: Some(hostile.to_owned()),
            return_to: ReturnLink::to(&format!("https://kitob.uz/?{hostile}")),
            ..bill()
        };
        for (name, view) in every_view(&hostile_bill) {
            let page = markup(&view, Language::Uz);
            let tame = markup(
                &every_view(&bill()).into_iter().find(|(_, same)| same.bill().is_some() == view.bill().is_some()).unwrap().1,
                Language::Uz,
            );
            assert!(!page.contains(hostile), "{name}: {hostile}");
            for markup in ["<img", "<script", " onerror=\"", "<svg onload"] {
                assert!(!page.contains(markup) || tame.contains(markup), "{name}: {hostile}");
            }
        }
    }
}

#[test]
fn text_that_turns_the_writing_direction_is_kept_apart() {
    let turning = "\u{202e}zu.kcilc";
    let page = markup(
        &pending(Bill { shop_name: turning.to_owned(), description: Some(turning.to_owned()), ..bill() }, Language::Uz),
        Language::Uz,
    );
    assert_eq!(page.matches(turning).count(), 3);
    assert_eq!(page.matches(&format!("<bdi>{turning}</bdi>")).count(), 2);
    assert!(page.contains(&format!("{turning}</title>")));
}

#[test]
fn the_policy_allows_exactly_the_inline_style_and_script() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use sha2::{Digest, Sha256};

    for (name, view) in every_view(&bill()) {
        let page = page(&view, Language::Ru);
        for (element, directive) in [("style", "style-src"), ("script", "script-src")] {
            let (_, rest) = page.split_once(&format!("<{element}>")).unwrap();
            let (inline, after) = rest.split_once(&format!("</{element}>")).unwrap();
            assert!(!after.contains(&format!("<{element}")), "{name}");
            let source = format!("{directive} 'sha256-{}';", STANDARD.encode(Sha256::digest(inline)));
            assert!(CONTENT_SECURITY_POLICY.contains(&source), "{name}: {source}");
        }
        for loads_or_runs in ["src=", "style=", " onclick", "url(", "@import", "javascript:"] {
            assert!(!page.contains(loads_or_runs), "{name}: {loads_or_runs}");
        }
    }
    assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
}

#[test]
fn a_page_is_small() {
    let long = Bill { description: Some("ў".repeat(140)), shop_name: "&".repeat(100), merchant_order_id: Some("\"".repeat(64)), ..bill() };
    for language in Language::ALL {
        for (name, view) in every_view(&long) {
            assert!(page(&view, language).len() <= 32 * 1024, "{name}");
        }
    }
}
