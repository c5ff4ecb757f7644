//! Chooses calls for faults and gates.

use super::call::Call;

/// Selects calls, counted from now: by action and table, after a number of calls, and a number of
/// times.
#[derive(Debug, Clone, Default)]
pub struct When {
    action: Option<&'static str>,
    table: Option<&'static str>,
    skip: usize,
    times: Option<usize>,
}

/// Every call.
pub fn always() -> When {
    When::default()
}

/// The `n`th call from now and no other. The next call is number 1.
pub fn nth(n: usize) -> When {
    always().nth(n)
}

/// Every call of this action, such as `TransactWriteItems`.
pub fn on(action: &'static str) -> When {
    When { action: Some(action), ..always() }
}

impl When {
    /// Keeps only calls that name this table.
    pub fn table(self, table: &'static str) -> Self {
        Self { table: Some(table), ..self }
    }

    /// Skips the first `calls` of these.
    pub fn after(self, calls: usize) -> Self {
        Self { skip: calls, ..self }
    }

    /// Keeps only this many of these.
    pub fn times(self, calls: usize) -> Self {
        Self { times: Some(calls), ..self }
    }

    /// Keeps the `n`th of these and no other. The next one is number 1.
    pub fn nth(self, n: usize) -> Self {
        assert!(n > 0, "calls are counted from 1");
        self.after(n - 1).times(1)
    }

    fn matches(&self, call: &Call) -> bool {
        self.action.is_none_or(|action| action == call.action)
            && self.table.is_none_or(|table| call.tables.iter().any(|name| name == table))
    }

    /// Counts `call` if it matches. Returns whether it is chosen.
    fn is_due(&mut self, call: &Call) -> bool {
        if !self.matches(call) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times != Some(0)
    }
}

/// What happens to which calls, in the order of planning.
pub(super) struct Plan<T>(Vec<(When, T)>);

impl<T> Default for Plan<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Plan<T> {
    pub(super) fn add(&mut self, when: When, what: T) {
        self.0.push((when, what));
    }

    /// Returns what happens to this call. Every entry counts it. The first entry that is due is
    /// used, and one of its times is spent.
    pub(super) fn due(&mut self, call: &Call) -> Option<T> {
        let mut due = None;
        for (when, what) in &mut self.0 {
            if when.is_due(call) && due.is_none() {
                when.times = when.times.map(|times| times - 1);
                due = Some(what.clone());
            }
        }
        due
    }

    /// Empties the plan and returns its entries.
    pub(super) fn clear(&mut self) -> Vec<T> {
        self.0.drain(..).map(|(_, what)| what).collect()
    }
}
