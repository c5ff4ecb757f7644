//! What the environment says, and what holds here where it says nothing.

use pay_page::Providers;
use shared::edge::{Settings, setting::Configured};

use crate::Error;

/// The local providers: made up, and harmless outside this machine. A variable that is set wins,
/// also when it is empty.
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

/// The functions' settings, and the providers that the pay page offers: here it knows of the
/// secrets too.
///
/// # Errors
/// A setting that is no provider's cannot be right.
pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<(Settings, Providers), Error> {
    let settings = Settings::read(&variable).map_err(Error::Setting)?;
    let Providers { payme, click } = Providers::read(&variable);
    let providers = Providers { payme: if_on(&settings.payme, payme), click: if_on(&settings.click, click) };
    Ok((settings, providers))
}

/// `account`, if the functions that its provider calls are on.
fn if_on<T, U>(functions: &Configured<T>, account: Configured<U>) -> Configured<U> {
    match functions {
        Configured::On(_) => account,
        Configured::Off => Configured::Off,
        Configured::Invalid(problem) => Configured::Invalid(*problem),
    }
}
