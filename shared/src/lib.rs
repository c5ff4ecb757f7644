//! Code that all TopHamyon functions share, in three layers. Each layer uses only the layers before
//! it in this list:
//! - [`domain`]: values and rules, without I/O. Money, ids, keys, times, payments, attempts.
//! - [`store`]: DynamoDB. One file per table or transition. No other layer talks to DynamoDB.
//! - [`edge`]: HTTP and Lambda. Parameters in, answers and errors out, one log line per request.

pub mod domain;
pub mod edge;
pub mod store;
