//! The files that build/main.rs wrote.

use web::{Language, static_file, static_page::StaticFile};

/// Allows the page's own style and script by their hashes, and requests to its own server.
pub const PAGE_POLICY: &str = include_str!(concat!(env!("OUT_DIR"), "/content_security_policy"));
pub const NOT_FOUND_POLICY: &str = include_str!(concat!(env!("OUT_DIR"), "/content_security_policy.404"));

pub static CONTRACT: StaticFile = static_file!("openapi.json", "application/json");

/// The product's mark for the tab of a page that names none, such as the contract.
pub const ICON: &str = include_str!("../../../shared/brand/icon.svg");

/// Returns the documentation page with its places.
pub const fn page(language: Language) -> &'static str {
    match language {
        Language::Uzbek => include_str!(concat!(env!("OUT_DIR"), "/uz.html")),
        Language::Russian => include_str!(concat!(env!("OUT_DIR"), "/ru.html")),
        Language::English => include_str!(concat!(env!("OUT_DIR"), "/en.html")),
    }
}

/// Returns the page of an address that leads nowhere, with its places.
pub const fn not_found_page(language: Language) -> &'static str {
    match language {
        Language::Uzbek => include_str!(concat!(env!("OUT_DIR"), "/uz.404.html")),
        Language::Russian => include_str!(concat!(env!("OUT_DIR"), "/ru.404.html")),
        Language::English => include_str!(concat!(env!("OUT_DIR"), "/en.404.html")),
    }
}
