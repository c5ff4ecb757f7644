//! The audit: proves every balance from the journal, every event from its change, and every change
//! from its event. It repairs nothing.
//!
//! It reads shop by shop and page by page, so its memory does not grow with them. When its time is
//! nearly over it stops, and goes on from its position later. A schedule invokes this function, which
//! makes one pass over all shops a day. The operator's command `audit` shares the code.

mod actions;
mod attempt;
mod auditor;
mod daily;
mod difference;
mod events;
mod journal;
mod judge;
mod pass;
mod position;
mod readings;
mod sums;

use std::time::Duration;

use shared::edge::{InvokedFunction, Warmup};

pub use auditor::{AuditError, Auditor, Report};
pub use difference::Difference;
pub use position::Position;
pub use readings::{COMMIT_TIME, READINGS};
pub use sums::Sums;

/// The time of one invocation: the most that Lambda gives.
const TIME_MAX: Duration = Duration::from_secs(900);

pub fn function() -> InvokedFunction {
    InvokedFunction::new("audit", Warmup::Profile, daily::handle).with_time_max(TIME_MAX)
}
