//! Refuses whoever tries wrong keys, without I/O. Each instance of a function counts by itself.
//!
//! Several shops may share an address, such as that of a hosting company. So only the shops are
//! refused that the address tried with a wrong key, and a key that was right lately always goes on
//! to the store.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv6Addr},
};

use super::{
    bounded_map::BoundedMap, credential::KeyHash, id::ShopId, shop::Profile, time::UnixMillis,
    tokens::RetryAfter, window::Window,
};

/// Wrong keys from one address in one minute before it is refused.
const WRONG_MAX: u32 = 20;
/// Shops that are kept of one address. An address that tried more is refused for every shop.
const SHOPS_MAX: usize = 100;
/// How long a key is remembered as right.
const RIGHT_MS: i64 = 10 * 60_000;
/// The most addresses, and the most shops with their right keys, that are kept.
const KEPT_MAX: usize = 1_000;

/// What an instance remembers of keys. It holds no key, only hashes.
#[derive(Debug, Default)]
pub struct WrongKeys {
    addresses: BoundedMap<Source, Tries, KEPT_MAX>,
    right: BoundedMap<ShopId, Vec<RightKey>, KEPT_MAX>,
}

/// Where a request comes from: an IPv4 address, or the first 64 bits of an IPv6 address. A caller
/// with IPv6 has all addresses of these 64 bits (RFC 4291, 2.5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// The wrong keys of one address.
#[derive(Debug, Default)]
struct Tries {
    minute: Window<60_000>,
    wrong: u32,
    shops: BTreeSet<ShopId>,
}

impl Tries {
    fn refuses(&self, shop_id: &ShopId, now: UnixMillis) -> bool {
        let tried = self.shops.contains(shop_id) || self.shops.len() >= SHOPS_MAX;
        self.is_over(now) && tried
    }

    fn is_over(&self, now: UnixMillis) -> bool {
        self.minute.goes_on(now) && self.wrong >= WRONG_MAX
    }

    /// How much there is to lose if this address is forgotten: the wrong keys of this minute.
    /// Returns `None` if it must stay, because a flood of addresses must not let it in again.
    fn worth(&self, now: UnixMillis) -> Option<u32> {
        let wrong = if self.minute.goes_on(now) { self.wrong } else { 0 };
        (wrong < WRONG_MAX).then_some(wrong)
    }

    fn add(&mut self, shop_id: &ShopId, now: UnixMillis) {
        if self.minute.follow(now) {
            self.wrong = 0;
            self.shops.clear();
        }
        self.wrong = self.wrong.saturating_add(1);
        if self.shops.len() < SHOPS_MAX {
            self.shops.insert(shop_id.clone());
        }
    }
}

/// A key that the store accepted.
#[derive(Debug)]
struct RightKey {
    hash: KeyHash,
    seen_at: UnixMillis,
}

impl RightKey {
    fn is_fresh(&self, now: UnixMillis) -> bool {
        now < self.seen_at.plus_ms(RIGHT_MS)
    }
}

impl WrongKeys {
    /// Returns how long `source` must wait before it may try `key` for this shop, or `None` if it
    /// may try now.
    pub fn refusal(
        &self,
        source: Source,
        shop_id: &ShopId,
        key: &KeyHash,
        now: UnixMillis,
    ) -> Option<RetryAfter> {
        let tries = self.addresses.get(&source).filter(|tries| tries.refuses(shop_id, now))?;
        let known = self.right.get(shop_id).map(Vec::as_slice).unwrap_or_default();
        // Compares with every key, so that the time taken reveals nothing.
        let right =
            known.iter().fold(false, |right, known| right | ((known.hash == *key) & known.is_fresh(now)));
        (!right).then(|| RetryAfter(tries.minute.seconds_left(now)))
    }

    /// Remembers that the store refused `key`.
    pub fn saw_wrong(&mut self, source: Source, shop_id: &ShopId, key: &KeyHash, now: UnixMillis) {
        // The key may have ended since it was right.
        if let Some(known) = self.right.get_mut(shop_id) {
            known.retain(|known| known.hash != *key);
        }
        if let Some(tries) = self.addresses.entry(&source, |tries| tries.worth(now)) {
            tries.add(shop_id, now);
        }
    }

    /// Remembers that the store accepted `key`.
    pub fn saw_right(&mut self, shop_id: &ShopId, key: KeyHash, now: UnixMillis) {
        let last_seen = |known: &Vec<RightKey>| known.iter().map(|known| known.seen_at).max();
        let known = self.right.entry(shop_id, |known| Some(last_seen(known)));
        let Some(known) = known else { return };
        known.retain(|known| known.hash != key && known.is_fresh(now));
        if known.len() < Profile::KEYS_MAX {
            known.push(RightKey { hash: key, seen_at: now });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::credential::ShopKey;

    const START: i64 = 1_700_000_040_000;

    fn time(millis: i64) -> UnixMillis {
        UnixMillis::new(millis).unwrap()
    }

    fn key(text: &str) -> KeyHash {
        ShopKey::parse(text).unwrap().hash()
    }

    fn shop(number: usize) -> ShopId {
        ShopId::parse(&number.to_string()).unwrap()
    }

    fn source(number: u32) -> Source {
        IpAddr::from(number.to_be_bytes()).into()
    }

    /// Tries a wrong key this many times, as far as it is let.
    fn wrong(keys: &mut WrongKeys, from: Source, shop_id: &ShopId, times: u32, now: i64) -> u32 {
        let tries = (0..times).filter(|_| {
            let goes_on = keys.refusal(from, shop_id, &key("wrong"), time(now)).is_none();
            if goes_on {
                keys.saw_wrong(from, shop_id, &key("wrong"), time(now));
            }
            goes_on
        });
        u32::try_from(tries.count()).unwrap()
    }

    #[test]
    fn twenty_wrong_keys_close_the_tried_shops_for_the_rest_of_the_minute() {
        let mut keys = WrongKeys::default();
        assert_eq!(wrong(&mut keys, source(1), &shop(101), 30, START + 500), 20);
        let refusal = |shop_id: &ShopId, from: u32, now: i64| {
            keys.refusal(source(from), shop_id, &key("right"), time(now))
        };
        assert_eq!(refusal(&shop(101), 1, START + 30_000), Some(RetryAfter(30)));
        assert_eq!(refusal(&shop(102), 1, START + 30_000), None);
        assert_eq!(refusal(&shop(101), 2, START + 30_000), None);
        assert_eq!(refusal(&shop(101), 1, START + 60_000), None);
    }

    #[test]
    fn a_key_that_was_right_goes_on_for_ten_minutes_and_until_it_is_wrong() {
        let mut keys = WrongKeys::default();
        keys.saw_right(&shop(101), key("old"), time(START));
        keys.saw_right(&shop(101), key("new"), time(START));
        let refused = |keys: &mut WrongKeys, text: &str, now: i64| {
            wrong(keys, source(1), &shop(101), 20, now);
            keys.refusal(source(1), &shop(101), &key(text), time(now)).is_some()
        };
        assert!(!refused(&mut keys, "old", START + 599_999));
        assert!(!refused(&mut keys, "new", START + 599_999));
        assert!(refused(&mut keys, "other", START + 599_999));
        keys.saw_wrong(source(2), &shop(101), &key("old"), time(START));
        assert!(refused(&mut keys, "old", START + 599_999));
        assert!(refused(&mut keys, "new", START + 600_000));
    }

    #[test]
    fn a_flood_of_addresses_unlocks_none() {
        let mut keys = WrongKeys::default();
        wrong(&mut keys, source(0), &shop(101), 20, START);
        wrong(&mut keys, source(1), &shop(101), 19, START);
        for number in 2..5_000 {
            wrong(&mut keys, source(number), &shop(101), 1, START + 1);
        }
        assert_eq!(wrong(&mut keys, source(0), &shop(101), 5, START + 2), 0);
        assert_eq!(wrong(&mut keys, source(1), &shop(101), 5, START + 2), 1);
        // A new minute makes room.
        assert_eq!(wrong(&mut keys, source(9_000), &shop(101), 30, START + 60_000), 20);
    }

    #[test]
    fn an_address_that_tries_every_shop_is_refused_for_all() {
        let mut keys = WrongKeys::default();
        let passed = (1..1_000).filter(|number| wrong(&mut keys, source(1), &shop(*number), 1, START) == 1);
        assert_eq!(passed.count(), SHOPS_MAX);
        keys.saw_right(&shop(9_999), key("right"), time(START));
        assert!(keys.refusal(source(1), &shop(9_999), &key("right"), time(START)).is_none());
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_are_one_source() {
        let source = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(source("2001:db8:1:2::1"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
    }

    proptest! {
        /// Any mixture of callers: the memory has its bound, and no address gets more than 20 wrong
        /// keys a minute to one shop.
        #[test]
        fn no_address_gets_more_than_its_wrong_keys(calls in prop::collection::vec((0..4u32, 101..104usize, 0..2_000i64), 1..400)) {
            let (mut keys, mut now) = (WrongKeys::default(), START);
            let mut passed = std::collections::HashMap::new();
            for (from, number, by) in calls {
                now += by;
                let count = passed.entry((from, number, now / 60_000)).or_insert(0);
                *count += wrong(&mut keys, source(from), &shop(number), 1, now);
                prop_assert!(*count <= WRONG_MAX);
            }
        }
    }
}
