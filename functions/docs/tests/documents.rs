//! The page and the contract as `respond` serves them.
// Helper functions of tests may panic.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{collections::BTreeSet, io::Read};

use base64::Engine;
use docs::{Pages, Request, Site, respond};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use lambda_http::Body;
use sha2::{Digest, Sha256};
use web::Language;

const LANGUAGES: [&str; 3] = ["uz", "ru", "en"];
/// 170 KB of text, of which a phone loads less than 40 KB.
const PAGE_LENGTH_MAX: usize = 170 * 1024;
const COMPRESSED_LENGTH_MAX: usize = 40 * 1024;

/// A deployment that says everything about itself.
const SITE: [(&str, &str); 8] = [
    ("COMPANY_NAME", "\"Top <Hamyon>\" MChJ"),
    ("CONTACT_PHONE", "+998 71 200 00 00"),
    ("CONTACT_TELEGRAM", "tophamyon_yordam"),
    ("CONTACT_EMAIL", "yordam@example.uz"),
    ("OFFER_URL", "https://example.uz/oferta?a=1&b=2"),
    ("PRIVACY_URL", "https://example.uz/maxfiylik"),
    ("FEE_PERCENT", "1.5"),
    ("TEST_SHOPS", "on"),
];

fn pages(variables: &[(&str, &str)]) -> Pages {
    Pages::new(Site::read(|name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }))
}

fn ask(
    pages: &Pages,
    method: &Method,
    path: &str,
    lang: Option<&str>,
    headers: &[(&'static str, &str)],
) -> Response<Body> {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect();
    let chosen = lang.and_then(Language::from_code);
    respond(pages, &Request { method, path, chosen, headers: &headers, request_id: "request-1" })
}

fn get(path: &str, lang: Option<&str>, headers: &[(&'static str, &str)]) -> Response<Body> {
    ask(&pages(&SITE), &Method::GET, path, lang, headers)
}

fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().to_vec()).unwrap()
}

fn page(lang: &str) -> String {
    text(get("/", Some(lang), &[]))
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[test]
fn the_address_chooses_the_language_then_the_cookie_then_uzbek() {
    let language =
        |lang, cookie: &str| header(&get("/", lang, &[("cookie", cookie)]), "content-language").to_owned();
    assert_eq!(language(None, ""), "uz");
    assert_eq!(language(Some("ru"), "lang=en"), "ru");
    assert_eq!(language(None, "a=b; lang=en"), "en");
    assert_eq!(language(Some("xx"), "lang=de"), "uz");
    for lang in LANGUAGES {
        assert!(page(lang).contains(&format!("<html lang=\"{lang}\">")));
    }
}

#[test]
fn the_page_keeps_the_owners_words_in_their_order() {
    let page = page("uz").replace("<code>", "").replace("</code>", "").replace("<wbr>", "");
    let page = page.replace(['ʻ', 'ʼ'], "'");
    let words = [
        "TopHamyon API",
        "Oddiy GET so'rovlari bilan ishlaydigan to'lov API.",
        "Faqat shop_id va shop_key bilan ishlang!",
        "Faqat GET so'rovlari",
        "shop_id &amp; shop_key bilan",
        "Tezkor integratsiya",
        "⚡",
        "APIni test qiling",
        "Quyidagi test kalitlari bilan APIni sinab ko'ring:",
        "Test Do'kon 1",
        "shop_id:",
        "101",
        "shop_key:",
        "test_key_123",
        "Test Do'kon 2",
        "102",
        "test_key_456",
        "🔗",
        "API Endpointlari",
        "Do'konni tekshirish",
        "Do'kon ma'lumotlarining haqiqiyligini tekshiradi.",
        "/api/check_shop?shop_id=YOUR_SHOP_ID&amp;shop_key=YOUR_SHOP_KEY",
        "import requests",
        "data.get(",
        "Do'kon mavjud va faol",
        "Xatolik:",
        "Server xatosi:",
        "Do'kon balansini olish",
        "Do'kon balansini so'mda qaytaradi.",
        "/api/get_balance?",
        "50000.00",
        "To'lov yaratish",
        "Yangi to'lov yaratadi va order_id qaytaradi.",
        "amount=1000.00",
        "⚠️",
        "Minimal to'lov summasi 1000 UZS. To'lov holatini tekshirish uchun check_payment endpointidan foydalaning.",
        "To'lov holatini tekshirish",
        "Buyurtma holatini tekshiradi.",
        "/api/check_payment?order_id=ORDER_ID",
        "To'lovlar tarixi",
        "Do'konning so'nggi to'lovlarini qaytaradi.",
        "limit=10",
        "offset=0",
    ];
    let mut rest = page.as_str();
    for word in words {
        let at = rest.find(word).unwrap_or_else(|| panic!("{word} is missing or out of order"));
        rest = &rest[at + word.len()..];
    }
}

#[test]
fn every_language_has_every_text() {
    let keys = |lang: &str| {
        let text = std::fs::read_to_string(format!("texts/{lang}.toml")).unwrap();
        let mut keys = BTreeSet::new();
        collect("", &toml::Value::Table(text.parse().unwrap()), &mut keys);
        keys
    };
    let uzbek = keys("uz");
    assert!(uzbek.len() > 100);
    assert_eq!(keys("ru"), uzbek);
    assert_eq!(keys("en"), uzbek);
}

fn collect(path: &str, value: &toml::Value, keys: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(name, value)| collect(&format!("{path}.{name}"), value, keys));
        }
        toml::Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| collect(&format!("{path}.{at}"), value, keys));
        }
        toml::Value::String(text) => {
            assert!(!text.trim().is_empty(), "{path} is empty");
            keys.insert(path.to_owned());
        }
        _ => panic!("{path} is no text"),
    }
}

#[test]
fn the_page_is_small_and_asks_for_nothing_else() {
    for lang in LANGUAGES {
        let page = page(lang);
        assert!(page.len() < PAGE_LENGTH_MAX, "{lang}: {} bytes", page.len());
        let small = get("/", Some(lang), &[("accept-encoding", "gzip")]).into_body().to_vec().len();
        assert!(small < COMPRESSED_LENGTH_MAX, "{lang}: {small} bytes compressed");
        assert!(!page.contains(" src="), "{lang}: an outside resource");
        assert!(!page.contains("&lt;label") && !page.contains("&lt;div"), "{lang}: its own HTML is escaped");
        assert!(!page.contains("<!--"), "{lang}: a place is not filled");
        for link in page.split("href=\"").skip(1) {
            let link = link.split('"').next().unwrap();
            let own = ["#", "?lang=", "data:image/svg+xml,", "openapi.json", "cabinet?lang="];
            let of_the_site =
                ["tel:+998712000000", "https://t.me/tophamyon_yordam", "mailto:yordam@example.uz"];
            let is_known = own.iter().chain(&of_the_site).any(|prefix| link.starts_with(prefix));
            assert!(is_known || link.starts_with("https://example.uz/"), "{lang}: {link}");
        }
    }
}

#[test]
fn the_first_screen_says_what_the_product_is_for() {
    for lang in LANGUAGES {
        let page = page(lang);
        let opening = &page[page.find("<header").unwrap()..page.find("</header>").unwrap()];
        let heading = opening.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap();
        for name in ["Payme", "Click"] {
            assert!(heading.contains(name), "{lang}: {heading}");
        }
        for name in ["Uzcard", "Humo", "href=\"#start\"", "href=\"cabinet?lang="] {
            assert!(opening.contains(name), "{lang}: {name}");
        }
        assert!(page.find("og:title").is_some_and(|at| page[at..].starts_with("og:title\" content=\"")));
        assert!(page.contains("og:description"), "{lang}");
        assert!(page.find("id=\"guide\"").unwrap() < page.find("id=\"endpoints\"").unwrap(), "{lang}");
        assert!(page.find("id=\"confirm\"").unwrap() < page.find("id=\"endpoints\"").unwrap(), "{lang}");
    }
}

#[test]
fn what_a_deployment_says_of_itself_stands_on_the_page_and_nothing_else() {
    for (lang, fee) in [("uz", "1,5"), ("ru", "1,5"), ("en", "1.5")] {
        let full = page(lang);
        for said in [
            "\"Top &lt;Hamyon&gt;\" MChJ".replace('"', "&quot;").as_str(),
            "href=\"tel:+998712000000\"",
            "href=\"https://t.me/tophamyon_yordam\"",
            "href=\"mailto:yordam@example.uz\"",
            "href=\"https://example.uz/oferta?a=1&amp;b=2\"",
            "href=\"https://example.uz/maxfiylik\"",
            &format!("<b class=\"fee\">{fee}</b>"),
            "href=\"#contact\"",
            "id=\"contact\"",
            "test_key_456",
        ] {
            assert!(full.contains(said), "{lang}: {said}");
        }
        let bare = text(ask(&pages(&[]), &Method::GET, "/", Some(lang), &[]));
        for absent in
            ["tel:", "href=\"https://t.me/", "mailto:", "#contact", "class=\"fee\"", "test_key_456", "<!--"]
        {
            assert!(!bare.contains(absent), "{lang}: {absent}");
        }
    }
}

#[test]
fn a_contact_is_enough_and_so_is_an_offer() {
    let only = |pair| text(ask(&pages(&[pair]), &Method::GET, "/", None, &[]));
    let phone = only(("CONTACT_PHONE", "+998 71 200 00 00"));
    assert!(phone.contains("href=\"#contact\"") && phone.contains("tel:+998712000000"));
    assert!(!phone.contains("href=\"https://t.me/") && !phone.contains("Ommaviy oferta"));
    let offer = only(("OFFER_URL", "https://example.uz/oferta"));
    assert!(offer.contains("https://example.uz/oferta") && offer.contains("id=\"contact\""));
    assert!(!offer.contains("Telefon: "));
}

#[test]
fn one_apostrophe_and_one_dash_are_shown_in_uzbek() {
    let texts = std::fs::read_to_string("texts/uz.toml").unwrap();
    for line in texts.lines().filter(|line| !line.starts_with('#')) {
        let prose: String = line.split('`').step_by(2).collect();
        for plain in ["o'", "g'", "O'", "G'", "a'", " - "] {
            assert!(!prose.contains(plain), "{line}");
        }
    }
}

#[test]
fn an_address_that_leads_nowhere_answers_in_the_readers_form() {
    let html = [("accept", "text/html,application/xhtml+xml")];
    for lang in LANGUAGES {
        let answer = get("/nope", Some(lang), &html);
        assert_eq!(answer.status(), 404);
        assert_eq!(header(&answer, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(&answer, "content-language"), lang);
        let policy = header(&answer, "content-security-policy").to_owned();
        let page = text(answer);
        let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style));
        assert!(policy.contains(&format!("style-src 'sha256-{hash}'")), "{lang}");
        assert!(page.contains(&format!("href=\"./?lang={lang}\"")) && page.contains("tel:+998712000000"));
        assert!(!page.contains("<!--") && !page.contains("<script"), "{lang}");
    }
    assert!(text(get("/a/b/c", None, &html)).contains("href=\"../../?lang=uz\""));
    for (path, headers) in [("/api/nope", html), ("/nope", [("accept", "*/*")])] {
        let answer = get(path, None, &headers);
        assert_eq!((answer.status().as_u16(), header(&answer, "cache-control")), (404, "no-store"));
        let json: serde_json::Value = serde_json::from_str(&text(answer)).unwrap();
        assert_eq!(
            (&json["success"], &json["error_code"], &json["request_id"]),
            (&false.into(), &"not_found".into(), &"request-1".into())
        );
    }
    assert_eq!(ask(&pages(&SITE), &Method::POST, "/", None, &html).status(), 404);
}

#[test]
fn small_addresses_lead_somewhere() {
    let icon = get("/favicon.ico", None, &[]);
    assert_eq!((icon.status().as_u16(), header(&icon, "content-type")), (200, "image/svg+xml"));
    assert!(text(icon).starts_with("<svg"));
    assert!(text(get("/robots.txt", None, &[])).contains("Disallow: /pay/"));
    // A slash at the end is one step deeper: without a step back it would lead to itself, for ever.
    for (path, to) in [
        ("/docs", "./"),
        ("/docs/", "../"),
        ("/uz", "./?lang=uz"),
        ("/ru", "./?lang=ru"),
        ("/en/", "../?lang=en"),
        ("/en//", "../../?lang=en"),
    ] {
        let answer = get(path, None, &[]);
        assert_eq!((answer.status().as_u16(), header(&answer, "location")), (302, to), "{path}");
    }
}

#[test]
fn the_policy_allows_the_pages_own_style_and_script_only() {
    for lang in LANGUAGES {
        let response = get("/", Some(lang), &[]);
        let policy = header(&response, "content-security-policy");
        let page = page(lang);
        for tag in ["style", "script"] {
            let blocks: Vec<_> = page.split(&format!("<{tag}>")).skip(1).collect();
            assert_eq!(blocks.len(), 1, "{lang}: one {tag}");
            let text = blocks[0].split(&format!("</{tag}>")).next().unwrap();
            let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
            assert!(policy.contains(&format!("{tag}-src 'sha256-{hash}'")), "{lang}: {tag}");
        }
        assert!(policy.starts_with("default-src 'none'"));
        assert!(!policy.contains("unsafe"));
        assert!(!page.contains(" style=") && !page.contains(" onclick="));
    }
}

#[test]
fn gzip_goes_to_those_who_take_it_and_holds_the_same() {
    for path in ["/", "/openapi.json"] {
        let plain = get(path, None, &[]);
        assert_eq!(header(&plain, "content-encoding"), "");
        let vary = if path == "/" { "Accept-Encoding, Cookie" } else { "Accept-Encoding" };
        assert_eq!(header(&plain, "vary"), vary);
        let etag = header(&plain, "etag").to_owned();
        let plain = plain.into_body().to_vec();
        for refusing in ["identity", "br", "gzip;q=0", "gzip; q=0.0"] {
            let same = get(path, None, &[("accept-encoding", refusing)]).into_body().to_vec();
            assert_eq!(same, plain, "{refusing}");
        }
        for taking in ["gzip", "br, gzip", "deflate, gzip;q=0.5", "*"] {
            let small = get(path, None, &[("accept-encoding", taking)]);
            assert_eq!(header(&small, "content-encoding"), "gzip", "{taking}");
            assert_ne!(header(&small, "etag"), etag);
            let mut bytes = Vec::new();
            flate2::read::GzDecoder::new(&*small.into_body().to_vec()).read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes, plain);
        }
    }
}

#[test]
fn a_caller_with_a_current_copy_gets_304() {
    for path in ["/", "/openapi.json"] {
        let full = get(path, None, &[]);
        let etag = header(&full, "etag");
        assert_eq!(header(&full, "cache-control"), "public, max-age=300");
        for sent in [etag.to_owned(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let short = get(path, None, &[("if-none-match", &sent)]);
            assert_eq!(short.status(), 304, "{sent}");
            assert_eq!(short.body().to_vec(), b"");
            assert_eq!(header(&short, "etag"), etag);
            assert_eq!(header(&short, "cache-control"), "public, max-age=300");
        }
        assert_eq!(get(path, None, &[("if-none-match", "\"other\"")]).status(), 200);
    }
}

#[test]
fn the_contract_has_the_licence_and_the_version_of_the_product() {
    let contract: serde_json::Value = serde_json::from_str(&text(get("/openapi.json", None, &[]))).unwrap();
    assert_eq!(contract["info"]["version"], env!("CARGO_PKG_VERSION"));
    let workspace = include_str!("../../../Cargo.toml").parse::<toml::Table>().unwrap();
    assert_eq!(
        contract["info"]["license"]["identifier"].as_str(),
        workspace["workspace"]["package"]["license"].as_str()
    );
}

#[test]
fn the_page_says_everything_that_the_contract_lists() {
    let contract = text(get("/openapi.json", None, &[]));
    assert!(contract.contains("\"balance\":50000.00,"), "money has two decimals");
    let contract: serde_json::Value = serde_json::from_str(&contract).unwrap();
    let schemas = &contract["components"]["schemas"];
    for lang in LANGUAGES {
        let page = page(lang);
        for code in schemas["ErrorCode"]["enum"].as_array().unwrap() {
            assert!(page.contains(&format!("<tr id={code}>")), "{lang}: {code}");
        }
        for status in schemas["Status"]["enum"].as_array().unwrap() {
            assert!(page.contains(&format!(
                "<th scope=\"row\"><span class=\"status {}\">",
                status.as_str().unwrap()
            )));
        }
        for description in schemas["StatusDescription"]["enum"].as_array().unwrap() {
            let cell = format!("<td><code>{}</code>", description.as_str().unwrap());
            assert!(page.contains(&cell), "{lang}: what the API says is {cell}");
        }
        for class in schemas["WebhookErrorClass"]["enum"].as_array().unwrap() {
            assert!(page.contains(&format!("<dt id={class}>")), "{lang}: {class}");
        }
        let example = &contract["webhooks"]["event"]["post"]["requestBody"]["content"]["application/json"]["examples"]
            ["paid"]["value"]["id"];
        assert!(page.contains(&format!("\"id\": {example}")), "{lang}: a body");
        for event_type in schemas["EventType"]["enum"].as_array().unwrap() {
            let event_type = event_type.as_str().unwrap();
            assert!(page.contains(&format!("<tr id=\"{event_type}\">")), "{lang}: {event_type}");
            assert!(page.contains(&format!("<a href=\"#{event_type}\">")), "{lang}: {event_type}");
        }
        assert!(page.contains(">10 ") && !page.contains(">10 – 10 "), "{lang}: a day has one length");
        for path in contract["paths"].as_object().unwrap().keys().filter(|path| path.starts_with("/api/")) {
            assert!(page.contains(&format!("<b>GET</b> {path}?")), "{lang}: {path}");
        }
    }
}
