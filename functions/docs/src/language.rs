//! The page's three languages, and which of them a caller gets.

use http::HeaderMap;
use http::header::COOKIE;
use shared::edge::{ApiError, Parameter, parameter::invalid};

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Uzbek,
    Russian,
    English,
}

impl Language {
    /// The one that the address names (`?lang=`), else the one remembered in the cookie `lang`,
    /// else Uzbek, the owner's own. `Accept-Language` is not asked: many Uzbek readers have a
    /// browser in another language.
    pub fn of(chosen: Option<Self>, headers: &HeaderMap) -> Self {
        let cookie = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .find_map(|cookie| cookie.trim().strip_prefix("lang="));
        chosen.or_else(|| cookie.and_then(Self::tagged)).unwrap_or(Self::Uzbek)
    }

    /// Its BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Uzbek => "uz",
            Self::Russian => "ru",
            Self::English => "en",
        }
    }

    /// The language with this tag.
    pub fn tagged(tag: &str) -> Option<Self> {
        [Self::Uzbek, Self::Russian, Self::English].into_iter().find(|language| language.tag() == tag)
    }
}

impl Parameter for Language {
    const NAME: &'static str = "lang";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::tagged(text).ok_or_else(|| invalid::<Self>("uz, ru or en"))
    }
}
