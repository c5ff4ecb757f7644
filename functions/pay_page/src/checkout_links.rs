//! The links that lead a payer to Payme and Click.

use base64::{Engine, engine::general_purpose::STANDARD};
use shared::{
    domain::{mode::Mode, money::Tiyin},
    edge::{
        Language,
        provider_credentials::{ClickAccount, PaymeAccount},
        setting::{Configured, InvalidSetting, Variables},
    },
};
use url::Url;

/// The data of a payment that a provider gets.
#[derive(Clone, Copy, Debug)]
pub struct Checkout<'a> {
    pub order_id: &'a str,
    pub amount: Tiyin,
    pub language: Language,
    /// The address to which the provider sends the payer back.
    pub return_to: &'a str,
}

/// The providers that are on. The page offers only these.
#[derive(Clone, Debug)]
pub struct Providers {
    pub payme: Configured<PaymeAccount>,
    pub click: Configured<ClickAccount>,
}

impl Providers {
    /// Reads the settings by name.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variables = Variables(&variable);
        Self { payme: PaymeAccount::read(&variables).into(), click: ClickAccount::read(&variables).into() }
    }

    /// The invalid settings, each of which keeps a provider off the page.
    pub fn problems(&self) -> impl Iterator<Item = InvalidSetting> {
        self.payme.problem().into_iter().chain(self.click.problem())
    }

    /// Payme's checkout link: the address, then base64 of `key=value` pairs joined by `;`
    /// (developer.help.paycom.uz, "otpravka-cheka-po-metodu-get"). `a` is in tiyin.
    pub fn payme_link(&self, mode: Mode, checkout: Checkout<'_>) -> Option<String> {
        let account = self.payme.on()?;
        let address = match mode {
            Mode::Live => account.live.as_ref()?,
            Mode::Test => account.test.as_ref()?,
        };
        let Checkout { order_id, amount, language, return_to } = checkout;
        // A `;` would end the value. The payer's browser reads `%3B` in an address as the same.
        let return_to = return_to.replace(';', "%3B");
        let pairs = format!(
            "m={};ac.order_id={order_id};a={};c={return_to};l={}",
            account.merchant_id,
            amount.get(),
            language.code()
        );
        Some(format!("{}/{}", address.as_str().trim_end_matches('/'), STANDARD.encode(pairs)))
    }

    /// Click's pay link (docs.click.uz/click-button). `amount` is in so'm with two decimals.
    pub fn click_link(&self, mode: Mode, checkout: Checkout<'_>) -> Option<String> {
        // Click has no sandbox, so it serves live payments only.
        let account = self.click.on().filter(|_| mode == Mode::Live)?;
        let Checkout { order_id, amount, return_to, .. } = checkout;
        let mut link = Url::parse(account.address.as_str()).ok()?;
        link.query_pairs_mut()
            .append_pair("service_id", &account.service_id.to_string())
            .append_pair("merchant_id", &account.merchant_id.to_string())
            .append_pair("amount", &amount.to_string())
            .append_pair("transaction_param", order_id)
            .append_pair("return_url", return_to);
        Some(link.into())
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

    /// Valid settings, except one.
    fn providers_with(name: &str, value: &str) -> Providers {
        let setting = |asked: &str| {
            SETTINGS.iter().find(|(name, _)| *name == asked).map(|(_, value)| value.to_string())
        };
        Providers::read(|asked| if asked == name { Some(value.to_owned()) } else { setting(asked) })
    }

    fn providers() -> Providers {
        providers_with("", "")
    }

    fn checkout(return_to: &str) -> Checkout<'_> {
        Checkout { order_id: "197", amount: Tiyin::new(500).unwrap(), language: Language::Uzbek, return_to }
    }

    #[test]
    fn a_payme_link_starts_as_the_documented_one() {
        let link = providers().payme_link(Mode::Live, checkout("https://shop.uz/ok")).unwrap();
        let documented = "bT01ODdmNzJjNzJjYWMwZDE2MmM3MjJhZTI7YWMub3JkZXJfaWQ9MTk3O2E9NTAw";
        let with_return =
            "bT01ODdmNzJjNzJjYWMwZDE2MmM3MjJhZTI7YWMub3JkZXJfaWQ9MTk3O2E9NTAwO2M9aHR0cHM6Ly9zaG9wLnV6L29r";
        assert!(with_return.starts_with(documented));
        assert_eq!(link, format!("https://checkout.paycom.uz/{with_return}{}", STANDARD.encode(";l=uz")));
    }

    #[test]
    fn the_sandbox_has_an_address_of_its_own() {
        let link = providers().payme_link(Mode::Test, checkout("https://shop.uz/ok")).unwrap();
        assert!(link.starts_with("https://test.paycom.uz/bT01"), "{link}");
    }

    #[test]
    fn a_click_link_has_the_documented_form() {
        let link = providers().click_link(Mode::Live, checkout("https://shop.uz/ok?a=1&b=2")).unwrap();
        assert_eq!(
            link,
            "https://my.click.uz/services/pay?service_id=12345&merchant_id=678&amount=5.00&transaction_param=197\
             &return_url=https%3A%2F%2Fshop.uz%2Fok%3Fa%3D1%26b%3D2"
        );
    }

    /// Whether Payme's live checkout, its sandbox and Click are offered.
    fn offered(providers: &Providers) -> (bool, bool, bool) {
        let checkout = checkout("https://shop.uz/ok");
        let payme = |mode| providers.payme_link(mode, checkout).is_some();
        (payme(Mode::Live), payme(Mode::Test), providers.click_link(Mode::Live, checkout).is_some())
    }

    #[test]
    fn a_provider_without_its_settings_is_off() {
        for (missing, on) in [
            ("", (true, true, true)),
            ("PAYME_MERCHANT_ID", (false, false, true)),
            ("PAYME_CHECKOUT_URL", (false, true, true)),
            ("PAYME_TEST_CHECKOUT_URL", (true, false, true)),
            ("CLICK_SERVICE_ID", (true, true, false)),
            ("CLICK_MERCHANT_ID", (true, true, false)),
            ("CLICK_PAY_URL", (true, true, false)),
        ] {
            let providers = providers_with(missing, "");
            assert_eq!((offered(&providers), providers.problems().count()), (on, 0), "{missing}");
        }
        assert_eq!(providers().click_link(Mode::Test, checkout("https://shop.uz/ok")), None);
    }

    #[test]
    fn a_setting_that_would_break_a_link_switches_its_provider_off_and_no_other() {
        for (name, value, on) in [
            ("PAYME_MERCHANT_ID", "a;a=1", (false, false, true)),
            ("PAYME_TEST_CHECKOUT_URL", "test.paycom.uz", (false, false, true)),
            ("CLICK_SERVICE_ID", "12 345", (true, true, false)),
            ("CLICK_MERCHANT_ID", "1&amount=1", (true, true, false)),
            ("CLICK_PAY_URL", "javascript:alert(1)", (true, true, false)),
            ("CLICK_HOLD_MINUTES", "abc", (true, true, false)),
        ] {
            let providers = providers_with(name, value);
            assert_eq!(offered(&providers), on, "{name}");
            assert!(providers.problems().map(|problem| problem.variable).eq([name]), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_return_address_adds_a_pair_to_payme(return_to in "https://[a-z;=&?%/]{1,60}") {
            let link = providers().payme_link(Mode::Live, checkout(&return_to)).unwrap();
            let pairs = STANDARD.decode(link.strip_prefix("https://checkout.paycom.uz/").unwrap()).unwrap();
            let pairs = String::from_utf8(pairs).unwrap();
            prop_assert_eq!(pairs.split(';').count(), 5);
            let value = pairs.split(';').find_map(|pair| pair.strip_prefix("c=")).unwrap();
            prop_assert_eq!(value.replace("%3B", ";"), return_to.replace("%3B", ";"));
        }

        #[test]
        fn click_reads_back_what_was_sent(return_to in "https://\\PC{1,60}", tiyin in 1..=99_999_999_999_i64) {
            let link = providers().click_link(Mode::Live, Checkout { amount: Tiyin::new(tiyin).unwrap(), ..checkout(&return_to) }).unwrap();
            let url = Url::parse(&link).unwrap();
            let value = |name| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
            prop_assert_eq!(value("return_url"), return_to);
            prop_assert_eq!(value("amount"), format!("{}.{:02}", tiyin / 100, tiyin % 100));
            prop_assert_eq!(url.query_pairs().count(), 5);
        }
    }
}
