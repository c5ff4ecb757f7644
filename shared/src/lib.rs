//! Code that all TopHamyon functions share, in four layers. Each layer uses only the layers before
//! it in this list:
//! - [`domain`]: values and rules, without I/O. Money, ids, keys, times, payments, attempts.
//! - [`store`]: DynamoDB. One file per table or transition. No other layer talks to DynamoDB.
//! - [`sender`]: HTTP to the addresses that merchants set. It knows the domain only, as the store does.
//! - [`edge`]: HTTP and Lambda. Parameters in, answers and errors out, one log line per request.

pub mod domain;
pub mod edge;
pub mod sender;
pub mod store;
