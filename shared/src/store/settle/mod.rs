//! Settlement: one `TransactWriteItems` per transition, and nothing else changes a status or a
//! balance.
//!
//! A transition names the items that it writes, each with its condition. If one fails, the act
//! decides again from the items as they are. If nothing is known of the write, the act reads before
//! it concludes anything.

mod cancel;
mod end_hold;
mod hold;
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
