//! The harness of the tests that cross packages. It knows DynamoDB, Lambda and API Gateway, and nothing of payments.
//!
//! - [`store`]: an embedded DynamoDB on a port of its own, with the project's tables, and a client for it.
//! - [`store_proxy`]: stands before a DynamoDB endpoint, meters every call, and loses, refuses or holds those it is told to.
//! - [`event`]: the events that API Gateway sends.
//! - [`runtime_api`]: runs a function's real binary as Lambda does.
//! - [`binaries`]: builds and finds those binaries.
//!
//! A harness may panic: that is how a test hears that its own ground gave way. Its floats are units of the store's
//! capacity and milliseconds; no money passes here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::float_arithmetic)]

pub mod binaries;
pub mod event;
pub mod runtime_api;
pub mod store;
pub mod store_proxy;
