//! Values and rules, without I/O. A value that exists is valid: it was parsed at the edge or made here.

pub mod act;
pub mod click;
pub mod credential;
mod digest;
pub mod id;
pub mod money;
pub mod page;
pub mod payability;
pub mod payme;
pub mod payment_act;
pub mod payment;
pub mod payout;
pub mod shop;
pub mod test_shops;
pub mod text;
pub mod time;
pub mod transaction;
