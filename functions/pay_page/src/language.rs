//! The languages of the page, and which of them a payer gets.

use shared::edge::{ApiError, Parameter, parameter::invalid};

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Uz,
    Ru,
    En,
}

/// A code that is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("uz, ru or en")]
pub struct UnknownLanguage;

/// Of an `Accept-Language` header, so many entries are looked at.
const MAX_ACCEPTED: usize = 20;

impl Language {
    pub const ALL: [Self; 3] = [Self::Uz, Self::Ru, Self::En];

    /// The ISO 639-1 code, as in `?lang=` and `<html lang>`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Uz => "uz",
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The language's name in the language itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Uz => "Oʻzbekcha",
            Self::Ru => "Русский",
            Self::En => "English",
        }
    }

    /// What the payer chose with `?lang=`, else what the browser accepts, else Uzbek. Never an
    /// error: a page is better than a complaint about its language.
    pub fn choose(lang: Option<Self>, accept_language: Option<&str>) -> Self {
        lang.or_else(|| accept_language.and_then(Self::accepted)).unwrap_or(Self::Uz)
    }

    /// The language with this code.
    pub fn parse(code: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.into_iter().find(|language| language.code() == code).ok_or(UnknownLanguage)
    }

    /// The language of ours with the highest quality in an `Accept-Language` header (RFC 9110,
    /// 12.5.4); the first of equals.
    fn accepted(header: &str) -> Option<Self> {
        let mut best = None;
        for entry in header.split(',').take(MAX_ACCEPTED) {
            let mut parts = entry.split(';').map(str::trim);
            let primary = parts.next().and_then(|tag| tag.split('-').next()).unwrap_or_default();
            let quality =
                parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1000), thousandths).unwrap_or(0);
            let Ok(language) = Self::parse(&primary.to_ascii_lowercase()) else { continue };
            if quality > best.map_or(0, |(_, quality)| quality) {
                best = Some((language, quality));
            }
        }
        best.map(|(language, _)| language)
    }
}

impl Parameter for Language {
    const NAME: &'static str = "lang";

    fn parse(code: &str) -> Result<Self, ApiError> {
        Self::parse(code).map_err(invalid::<Self>)
    }
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
        assert_eq!(Language::choose(Language::parse("en").ok(), Some("ru")), Language::En);
        assert_eq!(Language::choose(Language::parse("xx").ok(), Some("ru")), Language::Ru);
        assert_eq!(Language::choose(None, None), Language::Uz);
    }

    #[test]
    fn the_browsers_best_language_comes_next() {
        for (header, language) in [
            ("ru-RU,ru;q=0.9,en;q=0.8", Language::Ru),
            ("en;q=0.3, uz;q=0.5", Language::Uz),
            ("fr-FR, en-GB;q=0.7", Language::En),
            ("EN", Language::En),
            ("ru;q=0, en;q=0.1", Language::En),
            ("ru;q=2, en;q=0.1", Language::En),
            ("de, *;q=0.5", Language::Uz),
            (";;,,=", Language::Uz),
        ] {
            assert_eq!(Language::choose(None, Some(header)), language, "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_header_gives_a_language(header in any::<String>()) {
            Language::choose(None, Some(&header));
        }
    }
}
