//! What one invocation knows of the queue: the deliveries of each shop that it still has to try.

use std::collections::{HashMap, HashSet, VecDeque};

use shared::domain::{event::EventKey, id::ShopId};

/// The most tries of one shop at the same time.
const PER_SHOP_MAX: usize = 2;
/// The most tries of all shops at the same time.
const AT_ONCE_MAX: usize = 200;
/// The most deliveries of one shop that wait here. Others wait in the shop's own line, so that the
/// queue of all shops stays short.
const WAITING_MAX: usize = 100;

/// Why a delivery is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Turn {
    /// Its time has come.
    Due,
    /// It is the first in the line of a failing endpoint.
    Probe,
}

/// A delivery that is to be tried.
#[derive(Clone, Debug)]
pub struct Job {
    pub shop_id: ShopId,
    pub event_key: EventKey,
    pub turn: Turn,
}

#[derive(Debug, Default)]
struct ShopQueue {
    waiting: VecDeque<Job>,
    under_way: usize,
}

/// The queues of all shops.
#[derive(Debug, Default)]
pub struct Queues {
    shops: HashMap<ShopId, ShopQueue>,
    /// What was taken in. The steps between two tries are longer than an invocation, so no delivery
    /// comes twice; but the index shows it for a moment after its try. A delivery that was due, and
    /// went into the line of a failing endpoint instead, may be the first there and have its turn.
    known: HashSet<(ShopId, EventKey, Turn)>,
    /// Shops with something to do, in the order of their turns.
    turns: VecDeque<ShopId>,
    under_way: usize,
    /// Shops that are left alone until the next invocation.
    set_aside: HashSet<ShopId>,
}

impl Queues {
    /// Takes a delivery in. Returns it if its shop has enough of them here.
    pub fn take_in(&mut self, job: Job) -> Option<Job> {
        let name = (job.shop_id.clone(), job.event_key.clone(), job.turn);
        if self.known.contains(&name) || self.set_aside.contains(&job.shop_id) {
            return None;
        }
        let queue = self.shops.entry(job.shop_id.clone()).or_default();
        if queue.waiting.len() >= WAITING_MAX {
            return Some(job);
        }
        if queue.waiting.is_empty() {
            self.turns.push_back(job.shop_id.clone());
        }
        queue.waiting.push_back(job);
        self.known.insert(name);
        None
    }

    /// Returns the next delivery to try, if one more may be under way.
    pub fn next(&mut self) -> Option<Job> {
        if self.under_way >= AT_ONCE_MAX {
            return None;
        }
        for _ in 0..self.turns.len() {
            let shop_id = self.turns.pop_front()?;
            let Some(queue) = self.shops.get_mut(&shop_id) else { continue };
            if queue.under_way >= PER_SHOP_MAX {
                self.turns.push_back(shop_id);
                continue;
            }
            let Some(job) = queue.waiting.pop_front() else { continue };
            queue.under_way += 1;
            self.under_way += 1;
            if !queue.waiting.is_empty() {
                self.turns.push_back(shop_id);
            }
            return Some(job);
        }
        None
    }

    /// A try of this shop ended.
    pub fn ended(&mut self, shop_id: &ShopId) {
        self.under_way = self.under_way.saturating_sub(1);
        if let Some(queue) = self.shops.get_mut(shop_id) {
            queue.under_way = queue.under_way.saturating_sub(1);
        }
    }

    /// Leaves a shop alone, whose items cannot be read or written now, so that all others go on.
    pub fn set_aside(&mut self, shop_id: &ShopId) {
        self.set_aside.insert(shop_id.clone());
        if let Some(queue) = self.shops.get_mut(shop_id) {
            queue.waiting.clear();
        }
    }

    pub const fn under_way(&self) -> usize {
        self.under_way
    }

    /// How many deliveries of a shop are here, tried or not yet.
    pub fn of(&self, shop_id: &ShopId) -> usize {
        self.shops.get(shop_id).map_or(0, |queue| queue.waiting.len() + queue.under_way)
    }
}
