//! A list of IPv4 addresses from which a provider may call.

use std::{net::Ipv4Addr, ops::RangeInclusive};

/// Addresses and ranges of them, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressList(Vec<RangeInclusive<Ipv4Addr>>);

impl AddressList {
    /// Parses addresses and ranges with commas between them, such as
    /// `185.234.113.1-185.234.113.15,192.0.2.7`.
    pub fn parse(text: &str) -> Option<Self> {
        text.split(',').map(range).collect::<Option<_>>().map(Self)
    }

    pub fn contains(&self, address: Ipv4Addr) -> bool {
        self.0.iter().any(|range| range.contains(&address))
    }
}

fn range(text: &str) -> Option<RangeInclusive<Ipv4Addr>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_what_is_within_its_ranges() {
        let list = AddressList::parse("185.234.113.1-185.234.113.15,192.0.2.7").unwrap();
        for (address, within) in [
            ("185.234.113.0", false),
            ("185.234.113.1", true),
            ("185.234.113.9", true),
            ("185.234.113.15", true),
            ("185.234.113.16", false),
            ("185.234.114.1", false),
            ("192.0.2.6", false),
            ("192.0.2.7", true),
        ] {
            assert_eq!(list.contains(address.parse().unwrap()), within, "{address}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            ",",
            "192.0.2.7,",
            "192.0.2.7, 192.0.2.8",
            "192.0.2.7-192.0.2.6",
            "192.0.2",
            "192.0.2.256",
            "192.0.2.0/24",
            "192.0.2.1-15",
            "a.uz",
            "::1",
        ] {
            assert_eq!(AddressList::parse(text), None, "{text:?}");
        }
    }
}
