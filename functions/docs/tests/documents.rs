//! The page and the contract as `respond` serves them.
// Helper functions of tests may panic.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{collections::BTreeSet, io::Read};

use base64::Engine;
use docs::respond;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use sha2::{Digest, Sha256};
use web::Language;

const LANGUAGES: [&str; 3] = ["uz", "ru", "en"];
const MAX_PAGE_BYTES: usize = 160_000;

fn get(path: &str, lang: Option<&str>, headers: &[(&'static str, &str)]) -> Response<&'static [u8]> {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect();
    respond(path, lang.and_then(Language::from_code), &headers)
}

fn page(lang: &str) -> &'static str {
    std::str::from_utf8(get("/", Some(lang), &[]).into_body()).unwrap()
}

fn header<'a>(response: &'a Response<&[u8]>, name: &str) -> &'a str {
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
    let words = [
        "TopHamyon API",
        "Oddiy GET so'rovlar bilan ishlaydigan to'lov API.",
        "Faqat shop_id va shop_key bilan ishlang!",
        "Faqat GET so'rovlar",
        "shop_id &amp; shop_key bilan",
        "Tezkor integratsiya",
        "⚡",
        "API ni test qiling",
        "Quyidagi test kalitlari bilan API ni sinab ko'ring:",
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
        "Do'kon mavjud va aktiv",
        "Xatolik:",
        "Server xatosi:",
        "Do'kon balansini olish",
        "Do'kon balansini UZS da qaytaradi.",
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
        "Do'konning so'nggi to'lovlarini olish.",
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
        assert!(page.len() < MAX_PAGE_BYTES, "{lang}: {} bytes", page.len());
        assert!(!page.contains(" src="), "{lang}: an outside resource");
        assert!(!page.contains("&lt;label") && !page.contains("&lt;div"), "{lang}: its own HTML is escaped");
        for link in page.split("href=\"").skip(1) {
            let link = link.split('"').next().unwrap();
            let own = ["#", "?lang=", "data:image/svg+xml,", "openapi.json", "cabinet?lang="];
            assert!(own.iter().any(|prefix| link.starts_with(prefix)), "{lang}: {link}");
        }
    }
}

#[test]
fn the_policy_allows_the_pages_own_style_and_script_only() {
    for lang in LANGUAGES {
        let response = get("/", Some(lang), &[]);
        let policy = header(&response, "content-security-policy");
        for tag in ["style", "script"] {
            let blocks: Vec<_> = page(lang).split(&format!("<{tag}>")).skip(1).collect();
            assert_eq!(blocks.len(), 1, "{lang}: one {tag}");
            let text = blocks[0].split(&format!("</{tag}>")).next().unwrap();
            let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
            assert!(policy.contains(&format!("{tag}-src 'sha256-{hash}'")), "{lang}: {tag}");
        }
        assert!(policy.starts_with("default-src 'none'"));
        assert!(!policy.contains("unsafe"));
        assert!(!page(lang).contains(" style=") && !page(lang).contains(" onclick="));
    }
}

#[test]
fn gzip_goes_to_those_who_take_it_and_holds_the_same() {
    for path in ["/", "/openapi.json"] {
        let plain = get(path, None, &[]);
        assert_eq!(header(&plain, "content-encoding"), "");
        assert_eq!(header(&plain, "vary"), "Accept-Encoding, Cookie");
        for refusing in ["identity", "br", "gzip;q=0", "gzip; q=0.0"] {
            assert_eq!(get(path, None, &[("accept-encoding", refusing)]).body(), plain.body(), "{refusing}");
        }
        for taking in ["gzip", "br, gzip", "deflate, gzip;q=0.5", "*"] {
            let small = get(path, None, &[("accept-encoding", taking)]);
            assert_eq!(header(&small, "content-encoding"), "gzip", "{taking}");
            assert_ne!(header(&small, "etag"), header(&plain, "etag"));
            let mut bytes = Vec::new();
            flate2::read::GzDecoder::new(*small.body()).read_to_end(&mut bytes).unwrap();
            assert_eq!(&bytes, plain.body());
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
            assert!(short.body().is_empty());
            assert_eq!(header(&short, "etag"), etag);
            assert_eq!(header(&short, "cache-control"), "public, max-age=300");
        }
        assert_eq!(get(path, None, &[("if-none-match", "\"other\"")]).status(), 200);
    }
}

#[test]
fn the_contract_has_the_licence_and_the_version_of_the_product() {
    let contract: serde_json::Value =
        serde_json::from_slice(get("/openapi.json", None, &[]).into_body()).unwrap();
    assert_eq!(contract["info"]["version"], env!("CARGO_PKG_VERSION"));
    let workspace = include_str!("../../../Cargo.toml").parse::<toml::Table>().unwrap();
    assert_eq!(
        contract["info"]["license"]["identifier"].as_str(),
        workspace["workspace"]["package"]["license"].as_str()
    );
}

#[test]
fn the_page_says_everything_that_the_contract_lists() {
    let contract = get("/openapi.json", None, &[]).into_body();
    assert!(
        std::str::from_utf8(contract).unwrap().contains("\"balance\":50000.00,"),
        "money has two decimals"
    );
    let contract: serde_json::Value = serde_json::from_slice(contract).unwrap();
    let schemas = &contract["components"]["schemas"];
    for lang in LANGUAGES {
        for code in schemas["ErrorCode"]["enum"].as_array().unwrap() {
            assert!(page(lang).contains(&format!("<tr id={code}>")), "{lang}: {code}");
        }
        for status in schemas["Status"]["enum"].as_array().unwrap() {
            assert!(page(lang).contains(&format!(
                "<th scope=\"row\"><span class=\"status {}\">",
                status.as_str().unwrap()
            )));
        }
        for class in schemas["WebhookErrorClass"]["enum"].as_array().unwrap() {
            assert!(page(lang).contains(&format!("<dt id={class}>")), "{lang}: {class}");
        }
        let example = &contract["webhooks"]["event"]["post"]["requestBody"]["content"]["application/json"]["examples"]
            ["paid"]["value"]["id"];
        assert!(page(lang).contains(&format!("<b>\"id\"</b>: <i>{example}</i>")), "{lang}: a body");
        for event_type in schemas["EventType"]["enum"].as_array().unwrap() {
            let event_type = event_type.as_str().unwrap();
            assert!(page(lang).contains(&format!("<tr id=\"{event_type}\">")), "{lang}: {event_type}");
            assert!(page(lang).contains(&format!("<a href=\"#{event_type}\">")), "{lang}: {event_type}");
        }
        assert!(
            page(lang).contains(">10 ") && !page(lang).contains(">10 – 10 "),
            "{lang}: a day has one length"
        );
        for path in contract["paths"].as_object().unwrap().keys().filter(|path| path.starts_with("/api/")) {
            assert!(page(lang).contains(&format!("<b>GET</b> {path}?")), "{lang}: {path}");
        }
    }
}
