//! The harness of the tests that cross packages. It knows DynamoDB, Lambda and API Gateway, and nothing of payments.
//!
//! - [`store`]: an embedded DynamoDB on a port of its own, with the project's tables, and a client for it.
//! - [`store_proxy`]: stands before a DynamoDB endpoint, meters every call, and loses, refuses or holds those it is told to.
//! - [`event`]: the events that API Gateway sends.
//!
//! A harness may panic: that is how a test hears that its own ground gave way.

pub mod event;
pub mod store;
pub mod store_proxy;
