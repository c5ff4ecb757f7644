//! What every TopHamyon function shares.
//!
//! # Layout
//!
//! Three layers, each knowing only the ones before it:
//!
//! - [`domain`]: values and rules, without I/O. Money, ids, keys, times, records, and what may follow what.
//! - [`store`]: DynamoDB. One file per table or transition; nothing else talks to it.
//! - [`edge`]: HTTP and Lambda. Parameters in, answers and errors out, one log line per request.

pub mod domain;
pub mod edge;
pub mod store;
