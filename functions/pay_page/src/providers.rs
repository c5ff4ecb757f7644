//! The links that lead a payer to Payme and Click.

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use shared::domain::money::Tiyin;
use url::Url;

use crate::language::Language;

/// What a payment hands to a provider.
#[derive(Clone, Copy, Debug)]
pub struct Checkout<'a> {
    pub order_id: &'a str,
    pub amount: Tiyin,
    pub language: Language,
    /// Where the provider sends the payer afterwards.
    pub return_to: &'a str,
}

/// Payme's checkout: the live one or the sandbox, which have addresses of their own and a merchant in common.
#[derive(Clone, Debug)]
pub struct PaymeCheckout {
    address: Url,
    merchant_id: String,
}

/// Click's pay page.
#[derive(Clone, Debug)]
pub struct ClickPay {
    address: Url,
    service_id: String,
    merchant_id: String,
}

/// The providers that are on. One without credentials or without an address is off.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    pub payme: Option<PaymeCheckout>,
    pub payme_test: Option<PaymeCheckout>,
    pub click: Option<ClickPay>,
}

/// A setting that cannot be what it says it is.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not a valid setting")]
pub struct SettingError(&'static str);

impl Providers {
    /// Reads the settings by name; an empty one counts as absent.
    pub fn from_settings(setting: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let address = |name: &'static str| present(&setting, name).map(|text| parse_address(&text).ok_or(SettingError(name))).transpose();
        let id = |name: &'static str| {
            let parse = |text: String| if is_id(&text) { Ok(text) } else { Err(SettingError(name)) };
            present(&setting, name).map(parse).transpose()
        };
        let merchant_id = id("PAYME_MERCHANT_ID")?;
        let payme = |address: Option<Url>| {
            let (address, merchant_id) = address.zip(merchant_id.clone())?;
            Some(PaymeCheckout { address, merchant_id })
        };
        let click_ids = id("CLICK_SERVICE_ID")?.zip(id("CLICK_MERCHANT_ID")?);
        let click = |(address, (service_id, merchant_id))| ClickPay { address, service_id, merchant_id };
        Ok(Self {
            payme: payme(address("PAYME_CHECKOUT_URL")?),
            payme_test: payme(address("PAYME_TEST_CHECKOUT_URL")?),
            click: address("CLICK_PAY_URL")?.zip(click_ids).map(click),
        })
    }
}

fn present(setting: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    setting(name).filter(|value| !value.is_empty())
}

fn parse_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

/// An id of a merchant or a service stands in a link as it is.
fn is_id(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl PaymeCheckout {
    /// The checkout link: the address, then base64 of `key=value` pairs joined by `;`
    /// (developer.help.paycom.uz, "otpravka-cheka-po-metodu-get"). `a` is in tiyin.
    pub fn link(&self, checkout: Checkout<'_>) -> String {
        let Checkout { order_id, amount, language, return_to } = checkout;
        // A `;` would end the value; the payer's browser reads `%3B` in an address as the same.
        let return_to = return_to.replace(';', "%3B");
        let pairs = format!("m={};ac.order_id={order_id};a={};c={return_to};l={}", self.merchant_id, amount.get(), language.code());
        format!("{}/{}", self.address.as_str().trim_end_matches('/'), STANDARD.encode(pairs))
    }
}

/// All but RFC 3986's unreserved characters.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl ClickPay {
    /// The pay link (docs.click.uz/click-button). `amount` is so'm with two decimals.
    pub fn link(&self, checkout: Checkout<'_>) -> String {
        let Checkout { order_id, amount, return_to, .. } = checkout;
        format!(
            "{}?service_id={}&merchant_id={}&amount={amount}&transaction_param={}&return_url={}",
            self.address,
            self.service_id,
            self.merchant_id,
            utf8_percent_encode(order_id, QUERY_VALUE),
            utf8_percent_encode(return_to, QUERY_VALUE),
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SETTINGS: [(&str, &str); 6] = [
        ("PAYME_MERCHANT_ID", "587f72c72cac0d162c722ae2"),
        ("PAYME_CHECKOUT_URL", "https://checkout.paycom.uz"),
        ("PAYME_TEST_CHECKOUT_URL", "https://test.paycom.uz/"),
        ("CLICK_SERVICE_ID", "12345"),
        ("CLICK_MERCHANT_ID", "678"),
        ("CLICK_PAY_URL", "https://my.click.uz/services/pay"),
    ];

    fn providers_without(missing: &str) -> Providers {
        let value = |name: &str| SETTINGS.iter().find(|(key, _)| *key == name && *key != missing).map(|(_, value)| value.to_string());
        Providers::from_settings(value).unwrap()
    }

    fn checkout(return_to: &str) -> Checkout<'_> {
        Checkout { order_id: "197", amount: Tiyin::new(500).unwrap(), language: Language::Uz, return_to }
    }

    #[test]
    fn a_payme_link_starts_as_the_documented_one() {
        let link = providers_without("").payme.unwrap().link(checkout("https://shop.uz/ok"));
        let documented = "bT01ODdmNzJjNzJjYWMwZDE2MmM3MjJhZTI7YWMub3JkZXJfaWQ9MTk3O2E9NTAw";
        let with_return = "bT01ODdmNzJjNzJjYWMwZDE2MmM3MjJhZTI7YWMub3JkZXJfaWQ9MTk3O2E9NTAwO2M9aHR0cHM6Ly9zaG9wLnV6L29r";
        assert!(with_return.starts_with(documented));
        assert_eq!(link, format!("https://checkout.paycom.uz/{with_return}{}", STANDARD.encode(";l=uz")));
    }

    #[test]
    fn the_sandbox_has_an_address_of_its_own() {
        let link = providers_without("").payme_test.unwrap().link(checkout("https://shop.uz/ok"));
        assert!(link.starts_with("https://test.paycom.uz/bT01"), "{link}");
    }

    #[test]
    fn a_click_link_has_the_documented_form() {
        let link = providers_without("").click.unwrap().link(checkout("https://shop.uz/ok?a=1&b=2"));
        assert_eq!(
            link,
            "https://my.click.uz/services/pay?service_id=12345&merchant_id=678&amount=5.00&transaction_param=197\
             &return_url=https%3A%2F%2Fshop.uz%2Fok%3Fa%3D1%26b%3D2"
        );
    }

    #[test]
    fn a_provider_without_its_settings_is_off() {
        for (missing, payme, payme_test, click) in [
            ("PAYME_MERCHANT_ID", false, false, true),
            ("PAYME_CHECKOUT_URL", false, true, true),
            ("PAYME_TEST_CHECKOUT_URL", true, false, true),
            ("CLICK_SERVICE_ID", true, true, false),
            ("CLICK_MERCHANT_ID", true, true, false),
            ("CLICK_PAY_URL", true, true, false),
        ] {
            let on = providers_without(missing);
            assert_eq!((on.payme.is_some(), on.payme_test.is_some(), on.click.is_some()), (payme, payme_test, click), "{missing}");
        }
        let none = Providers::from_settings(|_| Some(String::new())).unwrap();
        assert!(none.payme.is_none() && none.payme_test.is_none() && none.click.is_none());
    }

    #[test]
    fn a_setting_that_would_break_a_link_is_refused() {
        for (name, value) in [("PAYME_MERCHANT_ID", "a;a=1"), ("CLICK_SERVICE_ID", "1&amount=1"), ("CLICK_PAY_URL", "javascript:alert(1)")]
        {
            let error = Providers::from_settings(|asked| (asked == name).then(|| value.to_owned())).unwrap_err();
            assert_eq!(error.to_string(), format!("{name} is not a valid setting"));
        }
    }

    proptest! {
        #[test]
        fn no_return_address_adds_a_pair_to_payme(return_to in "https://[a-z;=&?%/]{1,60}") {
            let link = providers_without("").payme.unwrap().link(checkout(&return_to));
            let pairs = STANDARD.decode(link.strip_prefix("https://checkout.paycom.uz/").unwrap()).unwrap();
            let pairs = String::from_utf8(pairs).unwrap();
            prop_assert_eq!(pairs.split(';').count(), 5);
            let value = pairs.split(';').find_map(|pair| pair.strip_prefix("c=")).unwrap();
            prop_assert_eq!(value.replace("%3B", ";"), return_to.replace("%3B", ";"));
        }

        #[test]
        fn click_reads_back_what_was_sent(return_to in "https://\\PC{1,60}", tiyin in 1..=99_999_999_999_i64) {
            let link = providers_without("").click.unwrap().link(Checkout { amount: Tiyin::new(tiyin).unwrap(), ..checkout(&return_to) });
            let url = Url::parse(&link).unwrap();
            let value = |name| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
            prop_assert_eq!(value("return_url"), return_to);
            prop_assert_eq!(value("amount"), format!("{}.{:02}", tiyin / 100, tiyin % 100));
            prop_assert_eq!(url.query_pairs().count(), 5);
        }
    }
}
