//! What the environment says, and what holds here where it says nothing.

use shared::edge::Settings;

use crate::Error;

/// The local providers: made up, and harmless outside this machine. A variable that is set wins, also when it is empty: the
/// provider is off then.
pub const PROVIDERS: [(&str, &str); 9] = [
    ("PAYME_MERCHANT_ID", "000000000000000000000001"),
    ("PAYME_KEY", "local-payme-key"),
    ("PAYME_TEST_KEY", "local-payme-test-key"),
    ("PAYME_CHECKOUT_URL", "https://checkout.paycom.uz/"),
    ("PAYME_TEST_CHECKOUT_URL", "https://test.paycom.uz/"),
    ("CLICK_SERVICE_ID", "12345"),
    ("CLICK_MERCHANT_ID", "54321"),
    ("CLICK_SECRET_KEY", "local-click-secret"),
    ("CLICK_PAY_URL", "https://my.click.uz/services/pay"),
];

/// The variable `name` of the environment, else its local default.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().or_else(|| default(name))
}

/// The local default of `name`, whatever the environment says.
pub fn default(name: &str) -> Option<String> {
    PROVIDERS.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

/// The functions' settings on this machine.
pub fn from_env() -> Settings {
    Settings::read(variable)
}

/// The providers that the pay page links to. One whose key is empty refuses everything, so its button is not shown.
pub fn linked_providers() -> Result<pay_page::Providers, Error> {
    let switched_off_by =
        [("PAYME_CHECKOUT_URL", "PAYME_KEY"), ("PAYME_TEST_CHECKOUT_URL", "PAYME_TEST_KEY"), ("CLICK_PAY_URL", "CLICK_SECRET_KEY")];
    let is_on = |name: &str| {
        let key = switched_off_by.iter().find(|(url, _)| *url == name).map(|(_, key)| *key);
        key.is_none_or(|key| variable(key).is_some_and(|value| !value.is_empty()))
    };
    let setting = |name: &str| variable(name).filter(|_| is_on(name));
    pay_page::Providers::from_settings(setting).map_err(|error| Error::Setting(error.to_string()))
}
