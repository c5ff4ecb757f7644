//! The providers' credentials of a deployment. A provider without them is off: its endpoint refuses everything.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::domain::{
    click,
    credential::{ProviderSecret, same},
    mode::Mode,
};

/// The login of Payme's calls (Payme Merchant API, request format; the sandbox and production send the same).
const PAYME_LOGIN: &str = "Paycom";

/// Payme's keys: the live key reaches live shops only, the test key test shops only.
#[derive(Clone, Debug, Default)]
pub struct PaymeKeys {
    live: Option<ProviderSecret>,
    test: Option<ProviderSecret>,
}

impl PaymeKeys {
    /// Reads `PAYME_KEY` and `PAYME_TEST_KEY`. A missing or empty one opens nothing.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let key = |name| ProviderSecret::parse(&variable(name)?).ok();
        Self { live: key("PAYME_KEY"), test: key("PAYME_TEST_KEY") }
    }

    /// Whose shops a caller with this `Authorization` header reaches; none where it is not Payme. Both keys are compared,
    /// login and key as one, in constant time.
    pub fn admits(&self, authorization: Option<&str>) -> Option<Mode> {
        let shown = authorization.and_then(basic_credentials).unwrap_or_default();
        let is = |key: &Option<ProviderSecret>| {
            let expected = key.as_ref().map(|key| format!("{PAYME_LOGIN}:{}", key.reveal()));
            same(&shown, expected.as_deref().unwrap_or_default().as_bytes()) & key.is_some()
        };
        match (is(&self.live), is(&self.test)) {
            (true, _) => Some(Mode::Live),
            (false, true) => Some(Mode::Test),
            (false, false) => None,
        }
    }
}

/// `login:password` of a Basic header (RFC 7617).
fn basic_credentials(header: &str) -> Option<Vec<u8>> {
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    BASE64_STANDARD.decode(credentials.trim()).ok()
}

/// Our service at Click.
#[derive(Clone, Debug)]
pub struct ClickService {
    pub service_id: i64,
    pub secret_key: ProviderSecret,
    /// How long a Prepare holds its payment, in milliseconds.
    pub hold_ms: i64,
}

impl ClickService {
    /// Reads `CLICK_SERVICE_ID`, `CLICK_SECRET_KEY` and `CLICK_HOLD_MINUTES`; none where one of the first two is missing.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let minutes = variable("CLICK_HOLD_MINUTES").and_then(|minutes| minutes.parse::<u16>().ok()).filter(|minutes| *minutes > 0);
        Some(Self {
            service_id: variable("CLICK_SERVICE_ID")?.parse().ok()?,
            secret_key: ProviderSecret::parse(&variable("CLICK_SECRET_KEY")?).ok()?,
            hold_ms: minutes.map_or(click::HOLD_DEFAULT_MS, |minutes| i64::from(minutes) * 60_000),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(live: &str, test: &str) -> PaymeKeys {
        PaymeKeys::read(|name| Some(if name == "PAYME_KEY" { live } else { test }.to_owned()))
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }

    #[test]
    fn a_key_reaches_the_shops_of_its_mode() {
        let both = keys("live-key", "test-key");
        let admits = |header: &str| both.admits(Some(header));
        assert_eq!(admits(&basic("Paycom:live-key")), Some(Mode::Live));
        assert_eq!(admits(&basic("Paycom:test-key")), Some(Mode::Test));
        assert_eq!(admits(&basic("Paycom:test-key").replace("Basic", "bAsIc")), Some(Mode::Test));
        for pair in ["", ":", "Paycom:", "Paycom", "paycom:live-key", "Paycom:live-key ", "Paycom:LIVE-KEY", "live-key", ":live-key"] {
            assert_eq!(admits(&basic(pair)), None, "{pair:?}");
        }
        for header in ["", "Basic", "Basic ", "Basic %", "Bearer live-key", "Paycom:live-key", "Basic Paycom:live-key"] {
            assert_eq!(admits(header), None, "{header:?}");
        }
        assert_eq!(both.admits(None), None);
    }

    #[test]
    fn without_a_key_nobody_is_let_in() {
        let off = keys("", "");
        for header in [None, Some(basic("")), Some(basic("Paycom:")), Some(basic(":"))] {
            assert_eq!(off.admits(header.as_deref()), None);
        }
        assert_eq!(keys("", "test-key").admits(Some(&basic("Paycom:"))), None);
    }

    #[test]
    fn secrets_do_not_print() {
        let printed = format!("{:?}", keys("live-key", "test-key"));
        assert!(!printed.contains("live-key") && !printed.contains("test-key"));
    }
}
