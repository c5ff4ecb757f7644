//! Money and times as people write them in each language. The API's own forms are the shared
//! library's.

use chrono::{Datelike, Timelike};
use shared::{
    domain::{money::Tiyin, time::UnixMillis},
    edge::Language,
};

use crate::texts;

const NO_BREAK_SPACE: char = '\u{a0}';

/// An amount as people write it: `50 000 soʻm`, `50 000 сум`, `UZS 50,000`, and with tiyin
/// `50 000,50 soʻm`. A line may break only beside the currency.
pub fn amount(amount: Tiyin, language: Language) -> String {
    let number = number(amount, language);
    match language {
        Language::Uzbek => format!("{number} soʻm"),
        Language::Russian => format!("{number} сум"),
        Language::English => format!("UZS {number}"),
    }
}

/// The amount without its currency. Every space is a no-break space.
fn number(amount: Tiyin, language: Language) -> String {
    let (group, decimal) = match language {
        Language::Uzbek | Language::Russian => (NO_BREAK_SPACE, ','),
        Language::English => (',', '.'),
    };
    let whole = grouped(amount.get() / 100, group);
    match amount.get() % 100 {
        0 => whole,
        tiyin => format!("{whole}{decimal}{tiyin:02}"),
    }
}

/// The width of the amount's number in a wide font, in tenths of the font size: a digit is 7, a
/// separator is 4.
pub fn width(amount: Tiyin, language: Language) -> usize {
    number(amount, language).chars().map(|c| if c.is_ascii_digit() { 7 } else { 4 }).sum()
}

fn grouped(whole: i64, separator: char) -> String {
    let digits = whole.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// A time in Tashkent, to the minute: `2026-yil 24-noyabr, 15:04`, `24 ноября 2026 г., 15:04`, `24
/// November 2026, 15:04`.
pub fn moment(time: UnixMillis, language: Language) -> String {
    let time = time.in_tashkent();
    let month = texts::of(language).months.get(time.month0() as usize).copied().unwrap_or_default();
    let (day, year, hour, minute) = (time.day(), time.year(), time.hour(), time.minute());
    match language {
        Language::Uzbek => format!("{year}-yil {day}-{month}, {hour:02}:{minute:02}"),
        Language::Russian => format!("{day} {month} {year} г., {hour:02}:{minute:02}"),
        Language::English => format!("{day} {month} {year}, {hour:02}:{minute:02}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(tiyin: i64, language: Language) -> String {
        super::amount(Tiyin::new(tiyin).unwrap(), language)
    }

    fn moment(unix_ms: i64, language: Language) -> String {
        super::moment(UnixMillis::new(unix_ms).unwrap(), language)
    }

    #[test]
    fn amounts_are_written_as_people_write_them() {
        assert_eq!(amount(5_000_000, Language::Uzbek), "50\u{a0}000 so\u{2bb}m");
        assert_eq!(amount(5_000_000, Language::Russian), "50\u{a0}000 сум");
        assert_eq!(amount(5_000_000, Language::English), "UZS 50,000");
        assert_eq!(amount(100_050, Language::English), "UZS 1,000.50");
        assert_eq!(amount(99_999_999_999, Language::Russian), "999\u{a0}999\u{a0}999,99 сум");
        assert_eq!(amount(7, Language::Uzbek), "0,07 so\u{2bb}m");
        assert_eq!(width(Tiyin::new(99_999_999_999).unwrap(), Language::Uzbek), 89);
    }

    #[test]
    fn moments_are_written_in_tashkent_time() {
        let before_midnight_utc = 1_701_234_567_000 - 10 * 3_600_000;
        assert_eq!(moment(1_701_234_567_000, Language::Uzbek), "2023-yil 29-noyabr, 10:09");
        assert_eq!(moment(1_701_234_567_000, Language::Russian), "29 ноября 2023 г., 10:09");
        assert_eq!(moment(before_midnight_utc, Language::English), "29 November 2023, 00:09");
    }

    proptest! {
        /// Without its separators the amount is the plain number, and each group between separators
        /// has exactly three digits.
        #[test]
        fn an_amount_is_its_digits_in_groups_of_three(tiyin in 0..=i64::MAX) {
            for (language, group, decimal) in [(Language::Uzbek, '\u{a0}', ','), (Language::Russian, '\u{a0}', ','), (Language::English, ',', '.')] {
                let text = amount(tiyin, language);
                let number = text.trim_matches(|c: char| c.is_alphabetic() || c == '\u{2bb}' || c == ' ');
                let (whole, fraction) = if tiyin % 100 == 0 { (number, "00") } else { number.rsplit_once(decimal).unwrap() };
                let groups: Vec<&str> = whole.split(group).collect();
                prop_assert!((1..=3).contains(&groups[0].len()));
                prop_assert!(groups[1..].iter().all(|group| group.len() == 3));
                prop_assert_eq!(format!("{}.{fraction}", groups.concat()), format!("{}.{:02}", tiyin / 100, tiyin % 100));
            }
        }

        #[test]
        fn a_moment_is_the_minute_that_chrono_knows(unix_ms in 0..=9_999_999_999_999_i64) {
            let tashkent = chrono::DateTime::from_timestamp_millis(unix_ms).unwrap().with_timezone(&chrono::FixedOffset::east_opt(5 * 3600).unwrap());
            prop_assert_eq!(moment(unix_ms, Language::English), tashkent.format("%-d %B %Y, %H:%M").to_string());
        }
    }
}
