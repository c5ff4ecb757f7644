//! The files that build/main.rs wrote.

use shared::edge::Language;

/// A document, plain and compressed.
pub struct Asset {
    pub content_type: &'static str,
    pub plain: Variant,
    pub gzip: Variant,
}

pub struct Variant {
    pub bytes: &'static [u8],
    /// The ETag of these bytes, with quotes.
    pub etag: &'static str,
}

/// Allows the page's own style and script by their hashes, and requests to its own server.
pub const CONTENT_SECURITY_POLICY: &str = include_str!(concat!(env!("OUT_DIR"), "/content_security_policy"));

/// Returns the page in `language`, or the contract if it is `None`.
pub fn of(language: Option<Language>) -> &'static Asset {
    match language {
        Some(Language::Uzbek) => &UZBEK,
        Some(Language::Russian) => &RUSSIAN,
        Some(Language::English) => &ENGLISH,
        None => &CONTRACT,
    }
}

macro_rules! variant {
    ($file:expr) => {
        Variant {
            bytes: include_bytes!(concat!(env!("OUT_DIR"), "/", $file)),
            etag: include_str!(concat!(env!("OUT_DIR"), "/", $file, ".etag")),
        }
    };
}

macro_rules! asset {
    ($file:literal, $content_type:literal) => {
        Asset { content_type: $content_type, plain: variant!($file), gzip: variant!(concat!($file, ".gz")) }
    };
}

static UZBEK: Asset = asset!("uz.html", "text/html; charset=utf-8");
static RUSSIAN: Asset = asset!("ru.html", "text/html; charset=utf-8");
static ENGLISH: Asset = asset!("en.html", "text/html; charset=utf-8");
static CONTRACT: Asset = asset!("openapi.json", "application/json");
