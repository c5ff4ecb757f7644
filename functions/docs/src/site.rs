//! What the pages say of the deployment that serves them.

use web::{Imprint, Language, setting::Variables};

/// The company behind a deployment, and whether the test shops exist there.
#[derive(Clone, Debug, Default)]
pub struct Site {
    pub imprint: Imprint,
    pub test_shops: bool,
}

impl Site {
    /// Reads the variables of the imprint, and `TEST_SHOPS`: `on` if shops 101 and 102 exist.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variables = Variables(&variable);
        Self {
            imprint: Imprint::read(&variables),
            test_shops: variables.text("TEST_SHOPS").as_deref() == Some("on"),
        }
    }

    /// Returns the name and the value of each place that a page may have.
    pub(crate) fn places(&self, language: Language) -> Vec<(&'static str, Option<String>)> {
        let imprint = &self.imprint;
        let text = |text: Option<&str>| text.map(str::to_owned);
        let mark = |is_there: bool| is_there.then(String::new);
        let has_contact = imprint.phone().or(imprint.telegram()).or(imprint.email()).is_some();
        let has_more = imprint.company().or(imprint.offer_url()).or(imprint.privacy_url()).is_some();
        vec![
            ("company", text(imprint.company())),
            ("phone", text(imprint.phone())),
            ("phone_link", imprint.phone_link()),
            ("telegram", text(imprint.telegram())),
            ("telegram_link", imprint.telegram_link()),
            ("email", text(imprint.email())),
            ("email_link", imprint.email_link()),
            ("offer", text(imprint.offer_url())),
            ("privacy", text(imprint.privacy_url())),
            ("fee", imprint.fee_percent().map(|fee| decimal(fee, language))),
            ("contact", mark(has_contact)),
            ("imprint", mark(has_contact || has_more)),
            ("test_shops", mark(self.test_shops)),
        ]
    }
}

/// Writes a number as the readers of `language` do.
fn decimal(number: &str, language: Language) -> String {
    match language {
        Language::Uzbek | Language::Russian => number.replace('.', ","),
        Language::English => number.to_owned(),
    }
}
