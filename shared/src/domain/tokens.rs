//! Lets the calls of one shop through, as often as its limit allows. Every instance of the function
//! has tokens of its own, which it leases from one counter per shop and minute.
//!
//! An instance lets the first calls of a minute through by itself: most shops never make more, so
//! they cost nothing. It reports them when it first asks the counter. Then it leases about as many
//! tokens as it used lately, so a busy shop asks once for ten calls, and a slow one does not take
//! tokens that another instance could use.

use std::{collections::VecDeque, fmt};

use super::{rate_limit::RateLimit, time::UnixMillis, window::Window};

/// Calls of a minute that an instance lets through before it asks the counter.
const FIRST_CALLS: u32 = 5;
/// Tokens of one lease, beside the calls that it reports.
const LEASE_MAX: usize = 10;
/// A lease has as many tokens as were used in this time.
const LEASE_BASIS_MS: i64 = 10_000;

/// One shop's calls, as one instance counts them.
#[derive(Debug, Default)]
pub struct Tokens {
    second: Window<1000>,
    passed_in_second: u32,
    minute: Window<60_000>,
    /// Calls that may pass before the counter knows of them.
    on_trust: u32,
    /// Calls that passed, and that the counter does not know yet.
    unreported: u32,
    /// Calls that may pass, and that the counter knows already.
    leased: u32,
    /// Whether a lease is under way. Calls beside it lease one token each, so that a burst of them
    /// does not take tokens that it never uses.
    leasing: bool,
    /// Whether the counter has no more tokens in this minute.
    exhausted: bool,
    /// The times of the last calls that passed, at most `LEASE_MAX`.
    recent: VecDeque<UnixMillis>,
}

/// The seconds after which a refused caller may try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter(pub u64);

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0 == 1 { "second" } else { "seconds" })
    }
}

/// What happens to a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Admission {
    Passed,
    Refused(RetryAfter),
    /// The counter decides: add the lease to it, then tell [`Tokens::leased`] what it said.
    Asks(Lease),
}

/// A question to the counter of a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The minute, counted from 1970.
    pub minute: i64,
    /// Calls that have passed already.
    reported: u32,
    /// Tokens for new calls, at least one.
    wanted: u32,
}

impl Lease {
    /// How much the counter goes up.
    pub const fn size(self) -> u32 {
        self.reported.saturating_add(self.wanted)
    }

    /// Returns the tokens that a counter that stood at `before` gives. Each lease has its own part
    /// of the counter's numbers, and gets the tokens below the limit. So all leases together get
    /// exactly as many as the limit allows, without a condition that would need a second try.
    fn granted(self, before: u64, limit: RateLimit) -> u32 {
        let known = before.saturating_add(self.reported.into());
        let left = u64::from(limit.per_minute.get()).saturating_sub(known);
        u32::try_from(left).unwrap_or(u32::MAX).min(self.wanted)
    }
}

impl Tokens {
    /// The time of the last call that passed.
    pub fn last_used(&self) -> Option<UnixMillis> {
        self.recent.back().copied()
    }

    /// Decides about a call at `now`.
    pub fn admit(&mut self, limit: RateLimit, now: UnixMillis) -> Admission {
        self.follow(limit, now);
        if self.exhausted && self.on_trust == 0 && self.leased == 0 {
            return Admission::Refused(RetryAfter(self.minute.seconds_left(now)));
        }
        if self.passed_in_second >= limit.per_second.get() {
            return Admission::Refused(RetryAfter(self.second.seconds_left(now)));
        }
        self.passed_in_second += 1;
        self.remember(now);
        if self.leased > 0 {
            self.leased -= 1;
            Admission::Passed
        } else if self.on_trust > 0 {
            self.on_trust -= 1;
            self.unreported = self.unreported.saturating_add(1);
            Admission::Passed
        } else {
            Admission::Asks(self.lease(now))
        }
    }

    /// Takes the answer to a lease: where the counter stood `before`, or `None` if it did not
    /// answer. Then the call passes, and so do as many more as the lease would have given, because
    /// a payment is worth more than an exact count. The next lease reports them.
    ///
    /// # Errors
    /// The minute has no token left for this call.
    pub fn leased(
        &mut self,
        lease: Lease,
        before: Option<u64>,
        limit: RateLimit,
        now: UnixMillis,
    ) -> Result<(), RetryAfter> {
        let granted = before.map_or(lease.wanted, |before| lease.granted(before, limit));
        // What is left belongs to the lease's own minute.
        if self.minute.number() == lease.minute {
            let more = granted.saturating_sub(1);
            self.leasing = false;
            self.exhausted |= granted < lease.wanted;
            if before.is_some() {
                self.leased = self.leased.saturating_add(more);
            } else {
                self.on_trust = self.on_trust.saturating_add(more);
                self.unreported = self.unreported.saturating_add(lease.reported).saturating_add(1);
            }
        }
        if granted > 0 { Ok(()) } else { Err(RetryAfter(self.minute.seconds_left(now))) }
    }

    /// Begins a new second and a new minute when it is time.
    fn follow(&mut self, limit: RateLimit, now: UnixMillis) {
        if self.second.follow(now) {
            self.passed_in_second = 0;
        }
        if self.minute.follow(now) {
            self.on_trust = FIRST_CALLS.min(limit.per_minute.get());
            (self.unreported, self.leased) = (0, 0);
            (self.leasing, self.exhausted) = (false, false);
        }
    }

    fn remember(&mut self, now: UnixMillis) {
        if self.recent.len() >= LEASE_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
    }

    fn lease(&mut self, now: UnixMillis) -> Lease {
        let wanted = if self.leasing {
            1
        } else {
            let since = now.plus_ms(-LEASE_BASIS_MS);
            self.recent.iter().filter(|time| **time > since).count().clamp(1, LEASE_MAX)
        };
        self.leasing = true;
        Lease {
            minute: self.minute.number(),
            reported: std::mem::take(&mut self.unreported),
            wanted: u32::try_from(wanted).unwrap_or(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::rate_limit::{PerMinute, PerSecond};

    const START: i64 = 1_700_000_040_000;
    const SECOND_LIMIT: u32 = 20;
    const INSTANCES: usize = 3;

    fn limit(per_second: u32, per_minute: u32) -> RateLimit {
        RateLimit {
            per_second: PerSecond::new(per_second).unwrap(),
            per_minute: PerMinute::new(per_minute).unwrap(),
        }
    }

    fn time(millis: i64) -> UnixMillis {
        UnixMillis::new(millis).unwrap()
    }

    /// Counters as the table has them, and what the model allows.
    #[derive(Default)]
    struct Model {
        counters: HashMap<i64, u64>,
        per_minute: HashMap<i64, u64>,
        per_second: HashMap<(usize, i64), u32>,
    }

    impl Model {
        fn add(&mut self, lease: Lease) -> u64 {
            let counter = self.counters.entry(lease.minute).or_default();
            *counter += u64::from(lease.size());
            *counter - u64::from(lease.size())
        }

        fn pass(&mut self, minute: i64) {
            *self.per_minute.entry(minute).or_default() += 1;
        }
    }

    /// A step of an instance: the clock moves, a call comes, and whether its lease waits for the
    /// answers of later calls.
    fn steps() -> impl Strategy<Value = Vec<(usize, i64, bool)>> {
        let moves = prop_oneof![8 => 0..40i64, 2 => -900..900i64, 1 => 5_000..20_000i64];
        prop::collection::vec((0..INSTANCES, moves, any::<bool>()), 1..800)
    }

    proptest! {
        #[test]
        fn no_minute_and_no_second_has_more_than_its_limit(steps in steps(), per_second in 1..=SECOND_LIMIT, per_minute in 1..150u32) {
            let (limit, mut now, mut latest) = (limit(per_second, per_minute), START, START);
            let mut instances: [Tokens; INSTANCES] = Default::default();
            let mut model = Model::default();
            let mut waiting: Vec<(usize, Lease, u64)> = Vec::new();
            for (number, by, waits) in steps {
                // The clock goes back by less than a second.
                now = (now + by).max(latest - 999);
                latest = latest.max(now);
                let tokens = &mut instances[number];
                match tokens.admit(limit, time(now)) {
                    Admission::Passed => model.pass(tokens.minute.number()),
                    Admission::Refused(RetryAfter(seconds)) => {
                        // The wait is never longer than until the end of the minute, or of the
                        // next one after the clock went back.
                        prop_assert!((1..=61).contains(&seconds));
                        continue;
                    }
                    Admission::Asks(lease) => waiting.push((number, lease, model.add(lease))),
                }
                let passed = model.per_second.entry((number, tokens.second.number())).or_default();
                *passed += 1;
                prop_assert!(*passed <= per_second);
                while !waits && let Some((number, lease, before)) = waiting.pop() {
                    if instances[number].leased(lease, Some(before), limit, time(now)).is_ok() {
                        model.pass(lease.minute);
                    }
                }
            }
            let first = u64::from(FIRST_CALLS) * INSTANCES as u64;
            for passed in model.per_minute.values() {
                prop_assert!(*passed <= u64::from(per_minute) + first);
            }
        }

        #[test]
        fn all_instances_together_get_the_whole_minute(order in prop::collection::vec(0..INSTANCES, 1..300), per_minute in 1..150u32) {
            let (limit, now) = (limit(PerSecond::MAX, per_minute), time(START));
            let mut instances: [Tokens; INSTANCES] = Default::default();
            let mut model = Model::default();
            let mut passed = 0;
            let rest = (0..INSTANCES).flat_map(|number| std::iter::repeat_n(number, 200));
            for number in order.into_iter().chain(rest) {
                let tokens = &mut instances[number];
                passed += u32::from(match tokens.admit(limit, now) {
                    Admission::Passed => true,
                    Admission::Refused(_) => false,
                    Admission::Asks(lease) => tokens.leased(lease, Some(model.add(lease)), limit, now).is_ok(),
                });
            }
            prop_assert!(passed >= per_minute);
            prop_assert!(passed <= per_minute + FIRST_CALLS * u32::try_from(INSTANCES).unwrap());
        }

        #[test]
        fn without_a_counter_every_call_passes_and_one_in_ten_asks(calls in 20..400u32) {
            let (limit, now) = (limit(PerSecond::MAX, 1), time(START));
            let mut tokens = Tokens::default();
            let mut asked = 0;
            for _ in 0..calls {
                match tokens.admit(limit, now) {
                    Admission::Passed => {}
                    Admission::Refused(_) => prop_assert!(false, "refused without a counter"),
                    Admission::Asks(lease) => {
                        asked += 1;
                        prop_assert_eq!(tokens.leased(lease, None, limit, now), Ok(()));
                    }
                }
            }
            prop_assert!(asked <= calls / 10 + 4, "{} of {}", asked, calls);
        }
    }

    fn asks(tokens: &mut Tokens, limit: RateLimit, now: i64) -> Lease {
        for _ in 0..100 {
            if let Admission::Asks(lease) = tokens.admit(limit, time(now)) {
                return lease;
            }
        }
        panic!("100 calls passed without a question")
    }

    #[test]
    fn the_first_lease_reports_and_a_slow_shop_leases_one_token() {
        let (limit, mut tokens) = (limit(20, 600), Tokens::default());
        let lease = asks(&mut tokens, limit, START);
        assert_eq!((lease.reported, lease.wanted), (5, 6));
        assert_eq!(tokens.leased(lease, Some(0), limit, time(START)), Ok(()));
        // The other five pass; then there are ten recent calls.
        assert_eq!(asks(&mut tokens, limit, START + 1_000).wanted, 10);
        let mut slow = Tokens::default();
        for call in 0..5 {
            assert_eq!(slow.admit(limit, time(START + call * 11_000)), Admission::Passed);
        }
        let lease = asks(&mut slow, limit, START + 55_000);
        assert_eq!((lease.reported, lease.wanted), (5, 1));
    }

    #[test]
    fn a_call_beside_a_lease_asks_for_itself_alone() {
        let (limit, mut tokens) = (limit(20, 600), Tokens::default());
        let first = asks(&mut tokens, limit, START);
        let second = asks(&mut tokens, limit, START);
        assert_eq!((first.size(), second.size()), (11, 1));
        // The later part of the counter is above the limit, the earlier one below it.
        assert!(tokens.leased(second, Some(600), limit, time(START)).is_err());
        assert_eq!(tokens.leased(first, Some(589), limit, time(START)), Ok(()));
        assert_eq!(tokens.admit(limit, time(START)), Admission::Passed);
    }

    #[test]
    fn a_new_minute_begins_anew_and_a_late_answer_does_not_count_in_it() {
        let (limit, mut tokens) = (limit(20, 600), Tokens::default());
        let lease = asks(&mut tokens, limit, START);
        assert_eq!(tokens.leased(lease, Some(600), limit, time(START)), Err(RetryAfter(60)));
        assert_eq!(tokens.admit(limit, time(START + 59_001)), Admission::Refused(RetryAfter(1)));
        for _ in 0..5 {
            assert_eq!(tokens.admit(limit, time(START + 60_000)), Admission::Passed);
        }
        let late = asks(&mut tokens, limit, START + 60_000);
        assert_eq!(tokens.admit(limit, time(START + 120_000)), Admission::Passed);
        assert_eq!(tokens.leased(late, Some(0), limit, time(START + 120_000)), Ok(()));
        assert_eq!(tokens.leased, 0);
    }

    #[test]
    fn a_clock_that_was_wrong_does_not_lock_the_shop() {
        let (limit, mut tokens) = (limit(1, 1), Tokens::default());
        let year_ms = 365 * 24 * 3_600_000;
        assert_eq!(tokens.admit(limit, time(START + year_ms)), Admission::Passed);
        assert_eq!(tokens.admit(limit, time(START)), Admission::Passed);
        // A small step back counts in the present second.
        assert_eq!(tokens.admit(limit, time(START - 500)), Admission::Refused(RetryAfter(2)));
    }
}
