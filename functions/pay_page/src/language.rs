//! The language of the page that a payer gets.

use shared::edge::Language;

/// The number of entries of an `Accept-Language` header that are read.
const ACCEPTED_MAX: usize = 20;

/// Returns what the payer chose with `?lang=`, else what he chose on another page of ours, else what
/// the browser accepts, else Uzbek.
pub fn choose(lang: Option<Language>, cookies: Option<&str>, accept_language: Option<&str>) -> Language {
    lang.or_else(|| cookies.and_then(kept))
        .or_else(|| accept_language.and_then(accepted))
        .unwrap_or(Language::Uzbek)
}

/// The language in the cookie `lang`.
fn kept(cookies: &str) -> Option<Language> {
    let value = cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix("lang="));
    value.and_then(Language::from_code)
}

/// The language of ours with the highest quality in an `Accept-Language` header (RFC 9110,
/// 12.5.4); the first of equals.
fn accepted(header: &str) -> Option<Language> {
    let mut best = None;
    for entry in header.split(',').take(ACCEPTED_MAX) {
        let mut parts = entry.split(';').map(str::trim);
        let primary = parts.next().and_then(|tag| tag.split('-').next()).unwrap_or_default();
        let quality =
            parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1000), thousandths).unwrap_or(0);
        let Some(language) = Language::from_code(&primary.to_ascii_lowercase()) else { continue };
        if quality > best.map_or(0, |(_, quality)| quality) {
            best = Some((language, quality));
        }
    }
    best.map(|(language, _)| language)
}

/// A quality value, `0` to `1` with at most three decimals, in thousandths.
fn thousandths(quality: &str) -> Option<u16> {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    if fraction.len() > 3 {
        return None;
    }
    format!("{whole}{fraction:0<3}").parse().ok().filter(|thousandths| *thousandths <= 1000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_payers_choice_comes_first() {
        let choose = |lang, cookies, accepts| choose(Language::from_code(lang), cookies, accepts);
        assert_eq!(choose("en", Some("lang=uz"), Some("ru")), Language::English);
        assert_eq!(choose("xx", Some("a=b; lang=uz"), Some("ru")), Language::Uzbek);
        assert_eq!(choose("", Some("lang=xx; slang=uz"), Some("ru")), Language::Russian);
        assert_eq!(choose("", None, None), Language::Uzbek);
    }

    #[test]
    fn the_browsers_best_language_comes_next() {
        for (header, language) in [
            ("ru-RU,ru;q=0.9,en;q=0.8", Language::Russian),
            ("en;q=0.3, uz;q=0.5", Language::Uzbek),
            ("fr-FR, en-GB;q=0.7", Language::English),
            ("EN", Language::English),
            ("ru;q=0, en;q=0.1", Language::English),
            ("ru;q=2, en;q=0.1", Language::English),
            ("de, *;q=0.5", Language::Uzbek),
            (";;,,=", Language::Uzbek),
        ] {
            assert_eq!(choose(None, None, Some(header)), language, "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_header_gives_a_language(header in any::<String>()) {
            choose(None, Some(&header), Some(&header));
        }
    }
}
