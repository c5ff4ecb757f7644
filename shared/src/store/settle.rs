//! Settlement: one `TransactWriteItems` per transition. Nothing else changes a status or a balance.
//!
//! A transition names the items that it writes, each with its condition. If a condition fails, the
//! transition decides again from the current items. If the outcome is unknown, it reads before it
//! concludes anything.

mod cancel;
mod end_hold;
mod hold;
mod on_balance;
mod operator;
mod pay_at_once;
mod perform;
mod refund;
mod reread;
mod writes;

pub use cancel::CancelOutcome;
pub use hold::HoldOutcome;
pub use operator::ActionOutcome;
pub use perform::PerformOutcome;
pub use refund::ReverseOutcome;
