//! Who runs a deployment: what its pages say about the company, its contacts, its terms and its fee.

use crate::setting::Variables;

/// What the pages show of the company that runs the deployment. What is absent is not shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imprint {
    company: Option<String>,
    phone: Option<String>,
    telegram: Option<String>,
    email: Option<String>,
    offer_url: Option<String>,
    privacy_url: Option<String>,
    fee_percent: Option<String>,
}

impl Imprint {
    /// Reads `COMPANY_NAME`, `CONTACT_PHONE`, `CONTACT_TELEGRAM`, `CONTACT_EMAIL`, `OFFER_URL`,
    /// `PRIVACY_URL` and `FEE_PERCENT`. An invalid value counts as absent: no payment may fail
    /// because of a contact. The template refuses it at deployment.
    pub fn read(variables: &Variables<'_>) -> Self {
        let value = |name, valid: fn(&str) -> bool| variables.text(name).filter(|text| valid(text));
        Self {
            company: value("COMPANY_NAME", is_name),
            phone: value("CONTACT_PHONE", is_phone),
            telegram: value("CONTACT_TELEGRAM", is_telegram_name),
            email: value("CONTACT_EMAIL", is_email),
            offer_url: value("OFFER_URL", is_link),
            privacy_url: value("PRIVACY_URL", is_link),
            fee_percent: value("FEE_PERCENT", is_percentage),
        }
    }

    /// The company's name as people read it.
    pub fn company(&self) -> Option<&str> {
        self.company.as_deref()
    }

    /// The phone number as people read it: `+998 71 200 00 00`.
    pub fn phone(&self) -> Option<&str> {
        self.phone.as_deref()
    }

    /// The address of the phone number: `tel:+998712000000`.
    pub fn phone_link(&self) -> Option<String> {
        let dialled = |c: &char| c.is_ascii_digit() || *c == '+';
        self.phone().map(|phone| format!("tel:{}", phone.chars().filter(dialled).collect::<String>()))
    }

    /// The Telegram name without `@`.
    pub fn telegram(&self) -> Option<&str> {
        self.telegram.as_deref()
    }

    /// The address of the Telegram name.
    pub fn telegram_link(&self) -> Option<String> {
        self.telegram().map(|name| format!("https://t.me/{name}"))
    }

    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The address of the e-mail address.
    pub fn email_link(&self) -> Option<String> {
        self.email().map(|email| format!("mailto:{email}"))
    }

    /// Where the public offer stands.
    pub fn offer_url(&self) -> Option<&str> {
        self.offer_url.as_deref()
    }

    /// Where the privacy policy stands.
    pub fn privacy_url(&self) -> Option<&str> {
        self.privacy_url.as_deref()
    }

    /// The usual fee of a payment in percent, with a decimal point: `1` or `1.5`. A shop's own fee may
    /// differ.
    pub fn fee_percent(&self) -> Option<&str> {
        self.fee_percent.as_deref()
    }
}

fn is_name(text: &str) -> bool {
    text.chars().count() <= 100 && !text.chars().any(char::is_control)
}

/// An international number, written with spaces, hyphens or brackets.
fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let written = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')');
    text.len() <= 30
        && (7..=15).contains(&digits)
        && text.strip_prefix('+').is_some_and(|rest| rest.chars().all(written))
}

fn is_telegram_name(text: &str) -> bool {
    (5..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A simple form without quotes, which also stands in an address unchanged.
fn is_email(text: &str) -> bool {
    let part = |part: &str, others: &[u8]| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
    };
    text.len() <= 100
        && text.split_once('@').is_some_and(|(name, host)| part(name, b"._+-") && part(host, b".-"))
}

fn is_link(text: &str) -> bool {
    let refused = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>');
    text.len() <= 300
        && text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.contains(refused))
}

/// 0 to 20 with at most two decimals, as the operator's command `set_fee` allows.
fn is_percentage(text: &str) -> bool {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let zero = decimals.bytes().all(|byte| byte == b'0');
    digits(whole, 1..=2)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && digits(decimals, 1..=2)
        && whole.parse::<u8>().is_ok_and(|number| number < 20 || (number == 20 && zero))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Imprint {
        let find =
            |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Imprint::read(&Variables(&find))
    }

    #[test]
    fn valid_values_are_shown_and_linked() {
        let imprint = read(&[
            ("COMPANY_NAME", "\"Top Hamyon\" MChJ"),
            ("CONTACT_PHONE", "+998 (71) 200-00-00"),
            ("CONTACT_TELEGRAM", "tophamyon_support"),
            ("CONTACT_EMAIL", "yordam@example.uz"),
            ("OFFER_URL", "https://example.uz/oferta"),
            ("PRIVACY_URL", "https://example.uz/maxfiylik"),
            ("FEE_PERCENT", "1.5"),
        ]);
        assert_eq!(imprint.company(), Some("\"Top Hamyon\" MChJ"));
        assert_eq!(imprint.phone(), Some("+998 (71) 200-00-00"));
        assert_eq!(imprint.phone_link().as_deref(), Some("tel:+998712000000"));
        assert_eq!(imprint.telegram_link().as_deref(), Some("https://t.me/tophamyon_support"));
        assert_eq!(imprint.email_link().as_deref(), Some("mailto:yordam@example.uz"));
        assert_eq!(imprint.offer_url(), Some("https://example.uz/oferta"));
        assert_eq!(imprint.privacy_url(), Some("https://example.uz/maxfiylik"));
        assert_eq!(imprint.fee_percent(), Some("1.5"));
    }

    #[test]
    fn an_invalid_value_counts_as_absent() {
        let long = "a".repeat(101);
        for (name, values) in [
            ("COMPANY_NAME", &["", "a\nb", &long] as &[&str]),
            ("CONTACT_PHONE", &["", "998712000000", "+99", "+998712000000000000", "+998a71200000", "+"]),
            ("CONTACT_TELEGRAM", &["", "@tophamyon", "abcd", "a/b/c/d", "t.me/name"]),
            (
                "CONTACT_EMAIL",
                &["", "yordam", "@example.uz", "a b@example.uz", "a@b@example.uz", "a\"@example.uz"],
            ),
            (
                "OFFER_URL",
                &["", "http://example.uz", "https://", "https://a\"b", "https://a b", "javascript:alert(1)"],
            ),
            ("PRIVACY_URL", &["", "example.uz"]),
            ("FEE_PERCENT", &["", "-1", "1,5", "20.01", "21", "1.234", "1.", ".5", "1e1", "100", "01"]),
        ] {
            for value in values {
                assert_eq!(read(&[(name, value)]), Imprint::default(), "{name}={value:?}");
            }
        }
        assert_eq!(read(&[("FEE_PERCENT", "20")]).fee_percent(), Some("20"));
        assert_eq!(read(&[("FEE_PERCENT", "0.75")]).fee_percent(), Some("0.75"));
    }
}
