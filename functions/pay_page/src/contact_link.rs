//! The address of a shop's contact, which an operator wrote as free text.

/// Returns the address of a phone number, a Telegram name, an e-mail address or a page. Returns
/// `None` for any other text, which is shown as it is.
pub fn contact_link(contact: &str) -> Option<String> {
    let contact = contact.trim();
    if let Some(name) = contact.strip_prefix('@').or_else(|| contact.strip_prefix("t.me/")) {
        return is_telegram_name(name).then(|| format!("https://t.me/{name}"));
    }
    if contact.starts_with("https://") {
        return (!contact.contains(char::is_whitespace)).then(|| contact.to_owned());
    }
    if let Some(rest) = contact.strip_prefix('+') {
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        let written = rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')'));
        return (written && (7..=15).contains(&digits.len())).then(|| format!("tel:+{digits}"));
    }
    is_email(contact).then(|| format!("mailto:{contact}"))
}

fn is_telegram_name(text: &str) -> bool {
    (5..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_email(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && name.bytes().chain(host.bytes()).all(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_that_is_one_thing_is_a_link() {
        for (contact, link) in [
            ("+998 (90) 123-45-67", Some("tel:+998901234567")),
            ("@registon_uz", Some("https://t.me/registon_uz")),
            ("t.me/registon_uz", Some("https://t.me/registon_uz")),
            ("savdo@registon.uz", Some("mailto:savdo@registon.uz")),
            ("https://registon.uz/aloqa", Some("https://registon.uz/aloqa")),
            ("+998 90 123 45 67, @registon", None),
            ("@registon uz", None),
            ("+", None),
            ("Chilonzor 9", None),
            ("javascript:alert(1)", None),
            ("a@b\"c.uz", None),
        ] {
            assert_eq!(contact_link(contact).as_deref(), link, "{contact}");
        }
    }
}
