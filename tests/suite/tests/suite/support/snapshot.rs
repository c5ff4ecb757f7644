//! All items of the store, to take it back to a moment, or to parts of two moments, as a restore may.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use suite::world::World;

type Item = HashMap<String, AttributeValue>;

/// The tables with money, each with the names of its key attributes.
const TABLES: [(&str, &[&str]); 4] = [
    ("shops", &["shop_id", "record"]),
    ("payments", &["order_key"]),
    ("transactions", &["transaction_key"]),
    ("events", &["shop_id", "event_key"]),
];

/// The place of an item: its table, and its key as text.
pub type Place = (&'static str, String);

/// The items of all tables at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot(BTreeMap<Place, Item>);

impl Snapshot {
    pub async fn take(world: &World) -> Self {
        let mut items = BTreeMap::new();
        for (table, keys) in TABLES {
            let scan = world.tables.scan().table_name(table).consistent_read(true);
            let mut pages = scan.into_paginator().items().send();
            while let Some(item) = pages.next().await {
                let item = item.unwrap();
                let key: Vec<&str> = keys.iter().map(|key| item[*key].as_s().unwrap().as_str()).collect();
                items.insert((table, key.join("/")), item.clone());
            }
        }
        Self(items)
    }

    /// The places at which `other` differs.
    pub fn changed(&self, other: &Self) -> Vec<Place> {
        let places: BTreeSet<&Place> = self.0.keys().chain(other.0.keys()).collect();
        places.into_iter().filter(|place| self.0.get(*place) != other.0.get(*place)).cloned().collect()
    }

    /// This snapshot with the items of `other` at `places`.
    pub fn with(&self, other: &Self, places: &[Place]) -> Self {
        let mut items = self.0.clone();
        for place in places {
            match other.0.get(place) {
                Some(item) => items.insert(place.clone(), item.clone()),
                None => items.remove(place),
            };
        }
        Self(items)
    }

    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.0.keys().cloned()
    }

    /// This snapshot without the items at `places`.
    pub fn without(&self, places: &[Place]) -> Self {
        self.with(&Self(BTreeMap::new()), places)
    }

    pub fn has(&self, place: &Place) -> bool {
        self.0.contains_key(place)
    }

    /// A text attribute of the item at `place`.
    pub fn text(&self, place: &Place, name: &str) -> Option<String> {
        self.0.get(place)?.get(name)?.as_s().ok().cloned()
    }

    /// A number of the item at `place`.
    pub fn number(&self, place: &Place, name: &str) -> Option<i64> {
        self.0.get(place)?.get(name)?.as_n().ok()?.parse().ok()
    }

    /// Makes the store equal to this snapshot.
    pub async fn restore(&self, world: &World) {
        let now = Self::take(world).await;
        for place in now.changed(self) {
            let (table, _) = place;
            match self.0.get(&place) {
                Some(item) => {
                    let put = world.tables.put_item().table_name(table).set_item(Some(item.clone()));
                    put.send().await.unwrap();
                }
                None => {
                    let (_, keys) = TABLES.iter().find(|(name, _)| *name == table).unwrap();
                    let item = &now.0[&place];
                    let key: Item = keys.iter().map(|key| ((*key).to_owned(), item[*key].clone())).collect();
                    let delete = world.tables.delete_item().table_name(table).set_key(Some(key));
                    delete.send().await.unwrap();
                }
            }
        }
    }
}
