//! The languages of the pages.

/// A language of the pages: `?lang=uz`, `ru` or `en`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Uzbek,
    Russian,
    English,
}

impl Language {
    /// In the order in which the pages offer them.
    pub const ALL: [Self; 3] = [Self::Uzbek, Self::Russian, Self::English];

    /// The ISO 639-1 code, as in `?lang=` and `<html lang>`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Uzbek => "uz",
            Self::Russian => "ru",
            Self::English => "en",
        }
    }

    /// Returns the language's name in the language itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Uzbek => "Oʻzbekcha",
            Self::Russian => "Русский",
            Self::English => "English",
        }
    }

    /// Returns the language with this code, or `None`.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }
}
