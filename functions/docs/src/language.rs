//! The language of the page that a reader gets.

use http::{HeaderMap, header::COOKIE};
use web::Language;

/// Returns the language that the address names (`?lang=`), else the one in the cookie `lang`, else
/// Uzbek. `Accept-Language` does not count: many Uzbek readers have a browser in another language.
pub fn choose(chosen: Option<Language>, headers: &HeaderMap) -> Language {
    let cookie = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix("lang="));
    chosen.or_else(|| cookie.and_then(Language::from_code)).unwrap_or(Language::Uzbek)
}
