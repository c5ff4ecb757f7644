//! The page as `respond` serves it, and its sources.
// Helper functions of tests may panic.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use base64::Engine;
use cabinet::respond;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use sha2::{Digest, Sha256};

const MAX_COMPRESSED_BYTES: usize = 120_000;

fn get(headers: &[(&'static str, &str)]) -> Response<&'static [u8]> {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect();
    respond(&headers)
}

fn header<'a>(response: &'a Response<&[u8]>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn page() -> &'static str {
    std::str::from_utf8(get(&[]).into_body()).unwrap()
}

#[test]
fn the_compressed_page_is_small_and_holds_the_same() {
    let small = get(&[("accept-encoding", "gzip, br")]);
    assert_eq!(header(&small, "content-encoding"), "gzip");
    assert!(small.body().len() < MAX_COMPRESSED_BYTES, "{} bytes", small.body().len());
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(*small.body()).read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, page().as_bytes());
}

#[test]
fn a_caller_with_a_current_copy_gets_304() {
    let full = get(&[]);
    let short = get(&[("if-none-match", header(&full, "etag"))]);
    assert_eq!((short.status().as_u16(), short.body().len()), (304, 0));
    assert_eq!(get(&[("if-none-match", "\"other\"")]).status(), 200);
}

#[test]
fn the_policy_allows_the_pages_own_style_and_script_only() {
    let response = get(&[]);
    let policy = header(&response, "content-security-policy");
    for tag in ["style", "script"] {
        let blocks: Vec<_> = page().split(&format!("<{tag}>")).skip(1).collect();
        assert_eq!(blocks.len(), 1, "one {tag}");
        let text = blocks[0].split(&format!("</{tag}>")).next().unwrap();
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
        assert!(policy.contains(&format!("{tag}-src 'sha256-{hash}';")), "{tag}: {policy}");
    }
    for directive in [
        "default-src 'none'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ] {
        assert!(policy.split(';').any(|found| found.trim() == directive), "{directive}: {policy}");
    }
    assert!(!policy.contains("unsafe"));
    assert_eq!(header(&response, "referrer-policy"), "no-referrer");
}

/// The files of `page/` with this ending.
fn sources(ending: &str) -> Vec<(PathBuf, String)> {
    fn add(folder: &Path, ending: &str, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                add(&path, ending, found);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    add(Path::new("page"), ending, &mut found);
    found
}

/// A text must not become HTML or code, and the key must not be kept beyond the session of a tab.
#[test]
fn no_script_turns_texts_into_html_or_code_or_keeps_the_key() {
    const FORBIDDEN: [&str; 20] = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "DOMParser",
        "createContextualFragment",
        "setHTML",
        "srcdoc",
        "eval(",
        "new Function",
        "Function(",
        "import(",
        "javascript:",
        "setTimeout(\"",
        "setAttribute(\"style\"",
        "trustedTypes",
        "localStorage.",
        "indexedDB",
        "XMLHttpRequest",
        "sendBeacon",
    ];
    let scripts = sources("js");
    assert!(scripts.len() > 15);
    for (path, text) in &scripts {
        for word in FORBIDDEN {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
        let stored = text.contains("sessionStorage.") && !path.ends_with("session.js");
        let set = text.contains("document.cookie =") && !path.ends_with("texts.js");
        assert!(!stored && !set, "{} stores something", path.display());
    }
    for (path, text) in &scripts {
        let last = text.lines().rfind(|line| line.len() > 20).unwrap().trim();
        let last = last.strip_prefix("export ").unwrap_or(last);
        assert!(page().contains(last), "{} is not in the page", path.display());
    }
}

#[test]
fn the_page_asks_for_nothing_from_elsewhere() {
    assert!(!page().contains(" src=") && !page().contains(" style=") && !page().contains("@import"));
    for (path, text) in sources("css") {
        assert!(!text.contains("url("), "{}", path.display());
    }
}

#[test]
fn every_language_has_every_text() {
    let keys = |lang: &str| {
        let text = fs::read_to_string(format!("page/texts/{lang}.toml")).unwrap();
        let mut keys = BTreeSet::new();
        collect("", &toml::Value::Table(text.parse().unwrap()), &mut keys);
        keys
    };
    let uzbek = keys("uz");
    assert!(uzbek.len() > 200);
    // The letters oʻ and gʻ have a mark of their own.
    let texts = fs::read_to_string("page/texts/uz.toml").unwrap();
    assert!(!texts.contains('\''));
    assert_eq!(keys("ru"), uzbek);
    assert_eq!(keys("en"), uzbek);
}

/// Collects the path of each text with the `{names}` in it, which every language must fill.
fn collect(path: &str, value: &toml::Value, keys: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(name, value)| collect(&format!("{path}.{name}"), value, keys));
        }
        toml::Value::String(text) => {
            assert!(!text.trim().is_empty(), "{path} is empty");
            let mut names: Vec<&str> =
                text.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
            names.sort_unstable();
            keys.insert(format!("{path} {names:?}"));
        }
        _ => panic!("{path} is no text"),
    }
}

#[test]
fn every_code_of_the_contract_has_a_text() {
    let contract = fs::read_to_string("../docs/openapi.yaml").unwrap();
    let texts: toml::Table = fs::read_to_string("page/texts/uz.toml").unwrap().parse().unwrap();
    for (schema, table) in [
        ("ErrorCode", "problems"),
        ("Status", "status"),
        ("EventType", "event"),
        ("WebhookErrorClass", "failure"),
    ] {
        let part = contract.split(&format!("\n    {schema}:\n")).nth(1).unwrap();
        let list = part.split("enum:").nth(1).unwrap();
        let codes: Vec<&str> = match list.trim_start_matches(' ').strip_prefix('[') {
            Some(inline) => inline.split(']').next().unwrap().split(", ").collect(),
            None => list.lines().skip(1).map_while(|line| line.trim().strip_prefix("- ")).collect(),
        };
        assert!(codes.len() > 3, "{schema}");
        for code in codes {
            assert!(texts[table].get(code).is_some(), "{table} has no {code}");
        }
    }
}
