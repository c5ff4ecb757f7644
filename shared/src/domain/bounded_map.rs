//! A map whose memory has a bound.

use std::{collections::HashMap, hash::Hash};

/// At most `MAX` entries by key.
#[derive(Debug)]
pub struct BoundedMap<K, V, const MAX: usize>(HashMap<K, V>);

impl<K, V, const MAX: usize> Default for BoundedMap<K, V, MAX> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Clone + Eq + Hash, V: Default, const MAX: usize> BoundedMap<K, V, MAX> {
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    /// Returns the entry of `key`, a new one if there is none. A full map drops the entry of least
    /// `worth` for it. Returns `None` if the map is full and every entry must stay: its worth is
    /// `None`.
    pub fn entry<W: Ord>(&mut self, key: &K, worth: impl Fn(&V) -> Option<W>) -> Option<&mut V> {
        if !self.0.contains_key(key) && self.0.len() >= MAX {
            let worths = self.0.iter().filter_map(|(key, value)| Some((worth(value)?, key)));
            let (_, least) = worths.min_by(|(a, _), (b, _)| a.cmp(b))?;
            let least = least.clone();
            self.0.remove(&least);
        }
        Some(self.0.entry(key.clone()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_map_drops_the_least_and_keeps_what_must_stay() {
        let mut map = BoundedMap::<u8, u8, 2>::default();
        let worth = |value: &u8| (*value < 9).then_some(*value);
        *map.entry(&1, worth).unwrap() = 5;
        *map.entry(&2, worth).unwrap() = 3;
        // A known key drops nothing.
        assert_eq!(map.entry(&2, worth), Some(&mut 3));
        *map.entry(&3, worth).unwrap() = 9;
        assert_eq!((map.get(&1), map.get(&2), map.get(&3)), (Some(&5), None, Some(&9)));
        *map.get_mut(&1).unwrap() = 9;
        assert_eq!(map.entry(&4, worth), None);
        assert_eq!(map.0.len(), 2);
    }
}
