//! Environment variables and their local defaults.

use pay_page::Providers;
use shared::edge::{Settings, setting::Configured};

use crate::Error;

/// The local defaults of the providers' settings. They are made up and work on this machine only. A
/// variable that is set, even to an empty value, overrides its default.
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

/// The local defaults of the limits: as high as they may be. Programs that run many payments here
/// would meet the deployed ones. A variable that is set overrides its default.
pub const LIMITS: [(&str, &str); 3] = [
    ("SHOP_PAYMENTS_PER_SECOND", "10000"),
    ("SHOP_PAYMENTS_PER_MINUTE", "600000"),
    ("PUBLIC_SHOP_PAYMENTS_PER_SECOND", "10000"),
];

/// The local defaults of webhooks: a receiver may run on this machine, and the test shops may have
/// one. The stack adds its own ports to the ports that are refused.
pub const WEBHOOKS: [(&str, &str); 2] =
    [("WEBHOOK_LOCAL_EXCEPT_PORTS", "3000,8000"), ("WEBHOOK_PUBLIC_SHOPS", "on")];

/// The local defaults of the documentation page: the stack has the test shops.
pub const SITE: [(&str, &str); 1] = [("TEST_SHOPS", "on")];

/// Returns the environment variable `name`, or its local default.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().or_else(|| default(name))
}

/// Returns the local default of `name`, ignoring the environment.
pub fn default(name: &str) -> Option<String> {
    let mut defaults = PROVIDERS.iter().chain(&LIMITS).chain(&WEBHOOKS).chain(&SITE);
    defaults.find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

/// Reads the functions' settings and the providers that the pay page offers. Unlike on AWS, the
/// page also leaves out a provider without its secrets.
///
/// # Errors
/// A setting that does not belong to a provider is invalid.
pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<(Settings, Providers), Error> {
    let settings = Settings::read(&variable).map_err(Error::Setting)?;
    let Providers { payme, click } = Providers::read(&variable);
    let providers = Providers { payme: if_on(&settings.payme, payme), click: if_on(&settings.click, click) };
    Ok((settings, providers))
}

/// Returns `account` if the functions that its provider calls are on.
fn if_on<T, U>(functions: &Configured<T>, account: Configured<U>) -> Configured<U> {
    match functions {
        Configured::On(_) => account,
        Configured::Off => Configured::Off,
        Configured::Invalid(problem) => Configured::Invalid(*problem),
    }
}
