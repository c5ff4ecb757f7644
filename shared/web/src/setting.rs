//! Settings of a deployment, and which of them is invalid.

use std::ops::RangeInclusive;

/// An invalid setting. It does not hold the value, which may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} must be {expected}")]
pub struct InvalidSetting {
    pub variable: &'static str,
    /// Completes the sentence "it must be ...".
    pub expected: &'static str,
}

/// The settings of a provider.
#[derive(Clone, Debug)]
pub enum Configured<T> {
    /// An id or address is not given.
    Off,
    On(T),
    /// A setting is invalid, or a secret is missing.
    Invalid(InvalidSetting),
}

impl<T> Configured<T> {
    /// Returns the settings if the provider is on.
    pub fn on(&self) -> Option<&T> {
        match self {
            Self::On(settings) => Some(settings),
            Self::Off | Self::Invalid(_) => None,
        }
    }

    /// Returns the invalid setting that keeps the provider off.
    pub fn problem(&self) -> Option<InvalidSetting> {
        match self {
            Self::Invalid(problem) => Some(*problem),
            Self::Off | Self::On(_) => None,
        }
    }
}

impl<T> From<Result<Option<T>, InvalidSetting>> for Configured<T> {
    fn from(read: Result<Option<T>, InvalidSetting>) -> Self {
        match read {
            Ok(Some(settings)) => Self::On(settings),
            Ok(None) => Self::Off,
            Err(problem) => Self::Invalid(problem),
        }
    }
}

/// Settings by name. An empty one counts as absent.
pub struct Variables<'a>(pub &'a dyn Fn(&str) -> Option<String>);

impl Variables<'_> {
    pub fn text(&self, variable: &str) -> Option<String> {
        (self.0)(variable).filter(|value| !value.is_empty())
    }

    /// Parses the setting `variable`. `expected` completes the sentence "it must be ...".
    pub fn parsed<T>(
        &self,
        variable: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, InvalidSetting> {
        self.text(variable).map(|text| parse(&text).ok_or(InvalidSetting { variable, expected })).transpose()
    }

    pub fn number(
        &self,
        variable: &'static str,
        expected: &'static str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<i64>, InvalidSetting> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        self.parsed(variable, expected, |text| {
            text.parse().ok().filter(|number| digits(text) && range.contains(number))
        })
    }
}
