//! Values and rules, without I/O. A value that exists is valid: it was parsed at the edge or made
//! here.

pub mod action_record;
pub mod attempt;
pub mod balance_action;
pub mod bounded_map;
pub mod channel;
pub mod click;
pub mod credential;
pub mod day;
mod digest;
pub mod event;
pub mod event_page;
pub mod event_type;
pub mod fee;
pub mod hold;
pub mod id;
pub mod key;
pub mod lifetime;
pub mod mode;
pub mod money;
mod newtype;
pub mod operator_action;
pub mod page;
pub mod payability;
pub mod payme;
pub mod payment;
pub mod payment_action;
pub mod payout;
pub mod rate_limit;
pub mod report;
pub mod shop;
pub mod test_shops;
pub mod text;
pub mod time;
pub mod tokens;
mod window;
pub mod wrong_keys;
