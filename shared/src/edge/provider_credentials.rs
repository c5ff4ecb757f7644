//! The providers' accounts and secrets.
//!
//! One rule for every function: a provider is on if its ids and an address are given. It then needs
//! its secrets. If one is missing or a setting is invalid, the provider's own functions do not
//! start.

use std::net::IpAddr;

use base64::{Engine, prelude::BASE64_STANDARD};

use super::setting::{InvalidSetting, Variables};
use crate::domain::{
    address_list::AddressList,
    click,
    credential::{ProviderSecret, ProviderSecrets, constant_time_eq},
    mode::Mode,
};

/// The login of Payme's calls (Payme Merchant API, request format; the sandbox and production send
/// the same).
const PAYME_LOGIN: &str = "Paycom";

/// Returns the secrets of a provider that is on. An empty secret counts as missing and is never
/// compared. Only `current` must be given.
fn secrets(
    variables: &Variables<'_>,
    current: &'static str,
    previous: &'static str,
) -> Result<ProviderSecrets, InvalidSetting> {
    let secret =
        |variable| variables.text(variable).and_then(|text: String| ProviderSecret::parse(&text).ok());
    let missing =
        InvalidSetting { variable: current, expected: "given, because the provider's ids and address are" };
    Ok(ProviderSecrets::new(secret(current).ok_or(missing)?, secret(previous)))
}

/// The address of a provider's checkout: absolute, without a query. The link adds its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckoutAddress(String);

impl CheckoutAddress {
    fn read(variables: &Variables<'_>, variable: &'static str) -> Result<Option<Self>, InvalidSetting> {
        variables.parsed(variable, "an http or https address without ? and #", Self::parse)
    }

    fn parse(text: &str) -> Option<Self> {
        let uri: http::Uri = text.parse().ok()?;
        let is_web = matches!(uri.scheme_str(), Some("https" | "http"));
        let has_host = uri.host().is_some_and(|host| !host.is_empty());
        (is_web && has_host && !text.contains(['?', '#', '@', '"', '<', '>'])).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Our cash desk at Payme, without its keys. Payers of test shops go to the sandbox, which has an
/// address of its own.
#[derive(Clone, Debug)]
pub struct PaymeAccount {
    /// Letters and digits, so that a link can hold it as it is.
    pub merchant_id: String,
    pub live: Option<CheckoutAddress>,
    pub test: Option<CheckoutAddress>,
}

impl PaymeAccount {
    /// Reads `PAYME_MERCHANT_ID`, `PAYME_CHECKOUT_URL` and `PAYME_TEST_CHECKOUT_URL`. Returns
    /// `None` if Payme is off.
    pub fn read(variables: &Variables<'_>) -> Result<Option<Self>, InvalidSetting> {
        let is_id = |text: &str| text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let merchant_id = variables.parsed("PAYME_MERCHANT_ID", "1 to 64 letters and digits", |text| {
            is_id(text).then(|| text.to_owned())
        })?;
        let live = CheckoutAddress::read(variables, "PAYME_CHECKOUT_URL")?;
        let test = CheckoutAddress::read(variables, "PAYME_TEST_CHECKOUT_URL")?;
        let has_address = live.is_some() || test.is_some();
        Ok(merchant_id.filter(|_| has_address).map(|merchant_id| Self { merchant_id, live, test }))
    }
}

/// What verifies Payme's calls. A live key reaches live shops only, a test key test shops only.
#[derive(Clone, Debug)]
pub struct PaymeService {
    live: Option<ProviderSecrets>,
    test: Option<ProviderSecrets>,
    /// The addresses from which Payme calls. `None` accepts every address.
    addresses: Option<AddressList>,
}

impl PaymeService {
    /// Reads `PAYME_KEY` and `PAYME_TEST_KEY`, each if its shops have an address, the keys before
    /// them, and `PAYME_ADDRESSES`. Returns `None` if Payme is off. No key may be of both modes.
    pub(super) fn read(variables: &Variables<'_>) -> Result<Option<Self>, InvalidSetting> {
        let Some(account) = PaymeAccount::read(variables)? else { return Ok(None) };
        let keys = |current, previous, address: Option<CheckoutAddress>| {
            address.map(|_| secrets(variables, current, previous)).transpose()
        };
        let live = keys("PAYME_KEY", "PAYME_PREVIOUS_KEY", account.live)?;
        let test = keys("PAYME_TEST_KEY", "PAYME_PREVIOUS_TEST_KEY", account.test)?;
        // The key of the sandbox would pay live payments with play money.
        if live.as_ref().zip(test.as_ref()).is_some_and(|(live, test)| live.overlap(test)) {
            let expected = "different from the keys of live shops, as must the key before it";
            return Err(InvalidSetting { variable: "PAYME_TEST_KEY", expected });
        }
        Ok(Some(Self {
            live,
            test,
            addresses: variables.parsed(
                "PAYME_ADDRESSES",
                "IPv4 addresses or ranges such as 192.0.2.1-192.0.2.9, with commas between them",
                AddressList::parse,
            )?,
        }))
    }

    /// Checks Payme's Basic credentials and the address of the call. Returns the mode of the key
    /// that matched, or `None`. All keys are compared, login and key as one, in constant time.
    pub fn authenticate(&self, authorization: Option<&str>, from: Option<IpAddr>) -> Option<Mode> {
        if !self.may_call(from) {
            return None;
        }
        let shown = authorization.and_then(basic_credentials).unwrap_or_default();
        let matches = |key: &ProviderSecret| {
            constant_time_eq(&shown, format!("{PAYME_LOGIN}:{}", key.reveal()).as_bytes())
        };
        let is = |keys: &Option<ProviderSecrets>| keys.as_ref().is_some_and(|keys| keys.any(matches));
        match (is(&self.live), is(&self.test)) {
            (true, _) => Some(Mode::Live),
            (false, true) => Some(Mode::Test),
            (false, false) => None,
        }
    }

    /// Whether Payme may call from this address, as the gateway saw it.
    fn may_call(&self, from: Option<IpAddr>) -> bool {
        match (&self.addresses, from) {
            (None, _) => true,
            (Some(addresses), Some(IpAddr::V4(from))) => addresses.contains(from),
            (Some(_), _) => false,
        }
    }
}

/// Returns `login:password` of a Basic header (RFC 7617).
fn basic_credentials(header: &str) -> Option<Vec<u8>> {
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    BASE64_STANDARD.decode(credentials.trim()).ok()
}

/// Our service at Click, without its secret key.
#[derive(Clone, Debug)]
pub struct ClickAccount {
    pub service_id: i64,
    pub merchant_id: i64,
    pub address: CheckoutAddress,
    hold_ms: i64,
}

impl ClickAccount {
    /// Reads `CLICK_SERVICE_ID`, `CLICK_MERCHANT_ID`, `CLICK_PAY_URL` and `CLICK_HOLD_MINUTES`.
    /// Returns `None` if Click is off.
    pub fn read(variables: &Variables<'_>) -> Result<Option<Self>, InvalidSetting> {
        const ID_MAX: i64 = 999_999_999_999_999_999;
        let id = |variable| variables.number(variable, "a number of 1 to 18 digits", 0..=ID_MAX);
        let (service_id, merchant_id) = (id("CLICK_SERVICE_ID")?, id("CLICK_MERCHANT_ID")?);
        let address = CheckoutAddress::read(variables, "CLICK_PAY_URL")?;
        let minutes = variables.number("CLICK_HOLD_MINUTES", "a number from 1 to 1440", 1..=1440)?;
        let hold_ms = minutes.map_or(click::HOLD_DEFAULT_MS, |minutes| minutes * 60_000);
        let given = service_id.zip(merchant_id).zip(address);
        Ok(given.map(|((service_id, merchant_id), address)| Self {
            service_id,
            merchant_id,
            address,
            hold_ms,
        }))
    }
}

/// Our service at Click, with the secrets that verify its requests.
#[derive(Clone, Debug)]
pub struct ClickService {
    pub service_id: i64,
    pub secret_keys: ProviderSecrets,
    /// The time for which a Prepare holds its payment, in milliseconds.
    pub hold_ms: i64,
}

impl ClickService {
    /// Reads `CLICK_SECRET_KEY` and the one before it beside the account. Returns `None` if Click is off.
    pub(super) fn read(variables: &Variables<'_>) -> Result<Option<Self>, InvalidSetting> {
        let Some(account) = ClickAccount::read(variables)? else { return Ok(None) };
        let secret_keys = secrets(variables, "CLICK_SECRET_KEY", "CLICK_PREVIOUS_SECRET_KEY")?;
        Ok(Some(Self { service_id: account.service_id, secret_keys, hold_ms: account.hold_ms }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads valid settings with `changed` in place of some of them.
    fn read<T>(
        changed: &[(&str, &str)],
        read: fn(&Variables<'_>) -> Result<Option<T>, InvalidSetting>,
    ) -> Result<Option<T>, InvalidSetting> {
        let variable = |name: &str| {
            let right = match name {
                "PAYME_MERCHANT_ID" => "587f72c72cac0d162c722ae2",
                "PAYME_CHECKOUT_URL" => "https://checkout.paycom.uz",
                "PAYME_TEST_CHECKOUT_URL" => "https://test.paycom.uz/",
                "PAYME_KEY" => "live-key",
                "PAYME_TEST_KEY" => "test-key",
                "CLICK_SERVICE_ID" => "12345",
                "CLICK_MERCHANT_ID" => "678",
                "CLICK_PAY_URL" => "https://my.click.uz/services/pay",
                "CLICK_SECRET_KEY" => "click-key",
                "CLICK_HOLD_MINUTES" => "30",
                _ => "",
            };
            let changed = changed.iter().find(|(changed, _)| *changed == name);
            Some(changed.map_or(right, |(_, value)| value).to_owned())
        };
        read(&Variables(&variable))
    }

    fn keys(changed: &[(&str, &str)]) -> PaymeService {
        read(changed, PaymeService::read).unwrap().unwrap()
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }

    #[test]
    fn a_key_reaches_the_shops_of_its_mode() {
        let both = keys(&[]);
        let authenticate = |header: &str| both.authenticate(Some(header), None);
        assert_eq!(authenticate(&basic("Paycom:live-key")), Some(Mode::Live));
        assert_eq!(authenticate(&basic("Paycom:test-key")), Some(Mode::Test));
        assert_eq!(authenticate(&basic("Paycom:test-key").replace("Basic", "bAsIc")), Some(Mode::Test));
        for pair in [
            "",
            ":",
            "Paycom:",
            "Paycom",
            "paycom:live-key",
            "Paycom:live-key ",
            "Paycom:LIVE-KEY",
            "live-key",
            ":live-key",
        ] {
            assert_eq!(authenticate(&basic(pair)), None, "{pair:?}");
        }
        for header in
            ["", "Basic", "Basic ", "Basic %", "Bearer live-key", "Paycom:live-key", "Basic Paycom:live-key"]
        {
            assert_eq!(authenticate(header), None, "{header:?}");
        }
        assert_eq!(both.authenticate(None, None), None);
    }

    #[test]
    fn a_mode_without_an_address_has_no_key() {
        let live = keys(&[("PAYME_TEST_CHECKOUT_URL", ""), ("PAYME_TEST_KEY", "")]);
        assert_eq!(live.authenticate(Some(&basic("Paycom:live-key")), None), Some(Mode::Live));
        let test = keys(&[("PAYME_CHECKOUT_URL", "")]);
        assert_eq!(test.authenticate(Some(&basic("Paycom:live-key")), None), None);
        for header in [None, Some(basic("")), Some(basic("Paycom:")), Some(basic(":"))] {
            assert_eq!(live.authenticate(header.as_deref(), None), None);
        }
    }

    #[test]
    fn the_previous_key_works_too_unless_it_is_empty() {
        let both = keys(&[("PAYME_PREVIOUS_KEY", "old-key"), ("PAYME_PREVIOUS_TEST_KEY", "old-test-key")]);
        for (key, mode) in [
            ("live-key", Some(Mode::Live)),
            ("old-key", Some(Mode::Live)),
            ("test-key", Some(Mode::Test)),
            ("old-test-key", Some(Mode::Test)),
            ("", None),
            ("old", None),
        ] {
            let header = basic(&format!("Paycom:{key}"));
            assert_eq!(both.authenticate(Some(&header), None), mode, "{key}");
        }
        assert_eq!(keys(&[]).authenticate(Some(&basic("Paycom:")), None), None);
        // A previous key alone is not enough: a deployer who cleared the wrong member must see it.
        let problem = read(&[("PAYME_KEY", ""), ("PAYME_PREVIOUS_KEY", "old-key")], PaymeService::read);
        assert_eq!(problem.unwrap_err().variable, "PAYME_KEY");
    }

    /// Whoever has the key of the sandbox would pay live payments with play money.
    #[test]
    fn no_key_is_of_both_modes() {
        for shared in [
            &[("PAYME_TEST_KEY", "live-key")][..],
            &[("PAYME_PREVIOUS_KEY", "test-key")],
            &[("PAYME_PREVIOUS_TEST_KEY", "live-key")],
            &[("PAYME_PREVIOUS_KEY", "old-key"), ("PAYME_PREVIOUS_TEST_KEY", "old-key")],
        ] {
            let problem = read(shared, PaymeService::read).unwrap_err();
            assert_eq!(problem.variable, "PAYME_TEST_KEY", "{shared:?}");
        }
        // A mode that is off has no key.
        assert!(
            read(&[("PAYME_TEST_CHECKOUT_URL", ""), ("PAYME_TEST_KEY", "live-key")], PaymeService::read)
                .is_ok()
        );
    }

    #[test]
    fn a_call_comes_from_a_listed_address() {
        let header = basic("Paycom:live-key");
        let listed = keys(&[("PAYME_ADDRESSES", "185.234.113.1-185.234.113.15")]);
        for (from, mode) in [
            (Some("185.234.113.15"), Some(Mode::Live)),
            (Some("185.234.113.16"), None),
            (Some("::ffff:185.234.113.15"), None),
            (None, None),
        ] {
            let from = from.map(|from| from.parse().unwrap());
            assert_eq!(listed.authenticate(Some(&header), from), mode, "{from:?}");
        }
        let problem = read(&[("PAYME_ADDRESSES", "185.234.113.1-15")], PaymeService::read).unwrap_err();
        assert_eq!(problem.variable, "PAYME_ADDRESSES");
    }

    #[test]
    fn a_provider_without_an_id_or_an_address_is_off() {
        for off in
            [&[("PAYME_MERCHANT_ID", "")][..], &[("PAYME_CHECKOUT_URL", ""), ("PAYME_TEST_CHECKOUT_URL", "")]]
        {
            assert!(matches!(read(off, PaymeService::read), Ok(None)), "{off:?}");
        }
        for off in ["CLICK_SERVICE_ID", "CLICK_MERCHANT_ID", "CLICK_PAY_URL"] {
            assert!(matches!(read(&[(off, "")], ClickService::read), Ok(None)), "{off}");
        }
    }

    #[test]
    fn a_setting_that_cannot_be_right_is_named_without_its_value() {
        let payme = ["PAYME_MERCHANT_ID", "PAYME_CHECKOUT_URL", "PAYME_TEST_CHECKOUT_URL"];
        let click = ["CLICK_SERVICE_ID", "CLICK_MERCHANT_ID", "CLICK_PAY_URL", "CLICK_HOLD_MINUTES"];
        for value in [
            " ",
            "12 345",
            "1;a=1",
            "1&amount=1",
            "javascript:alert(1)",
            "https://",
            "https://a b",
            "https://a?b",
            "ў",
            "+1",
        ] {
            for variable in payme {
                let problem = read(&[(variable, value)], PaymeService::read).unwrap_err();
                assert_eq!(
                    (problem.variable, problem.to_string().contains(value.trim())),
                    (variable, value == " "),
                    "{value}"
                );
            }
            for variable in click {
                assert_eq!(
                    read(&[(variable, value)], ClickService::read).unwrap_err().variable,
                    variable,
                    "{value}"
                );
            }
        }
        for (variable, value) in
            [("CLICK_SERVICE_ID", "12345a"), ("CLICK_HOLD_MINUTES", "0"), ("CLICK_HOLD_MINUTES", "1441")]
        {
            assert_eq!(
                read(&[(variable, value)], ClickService::read).unwrap_err().variable,
                variable,
                "{value}"
            );
        }
    }

    #[test]
    fn a_provider_that_is_on_needs_its_secrets() {
        for key in ["PAYME_KEY", "PAYME_TEST_KEY"] {
            assert_eq!(read(&[(key, "")], PaymeService::read).unwrap_err().variable, key);
        }
        assert_eq!(
            read(&[("CLICK_SECRET_KEY", "")], ClickService::read).unwrap_err().variable,
            "CLICK_SECRET_KEY"
        );
    }

    #[test]
    fn secrets_do_not_print() {
        let printed = format!("{:?}", keys(&[]));
        assert!(!printed.contains("live-key") && !printed.contains("test-key"));
    }
}
