//! The files that build/main.rs wrote.

use web::{Language, static_file, static_page::StaticFile};

/// Allows the page's own style and script by their hashes, and requests to its own server.
pub const CONTENT_SECURITY_POLICY: &str = include_str!(concat!(env!("OUT_DIR"), "/content_security_policy"));

/// Returns the page in `language`, or the contract if it is `None`.
pub fn of(language: Option<Language>) -> &'static StaticFile {
    match language {
        Some(Language::Uzbek) => &UZBEK,
        Some(Language::Russian) => &RUSSIAN,
        Some(Language::English) => &ENGLISH,
        None => &CONTRACT,
    }
}

static UZBEK: StaticFile = static_file!("uz.html", "text/html; charset=utf-8");
static RUSSIAN: StaticFile = static_file!("ru.html", "text/html; charset=utf-8");
static ENGLISH: StaticFile = static_file!("en.html", "text/html; charset=utf-8");
static CONTRACT: StaticFile = static_file!("openapi.json", "application/json");
