//! The harness of the tests that cross packages.
//!
//! - [`store`]: an embedded DynamoDB on a port of its own, with the project's tables, and a client for it.
//! - [`store_proxy`]: stands before a DynamoDB endpoint, meters every call, and loses, refuses, alters or holds chosen calls.
//! - [`tls_front`]: a TLS endpoint before a server that speaks plainly.
//! - [`receiver`]: a merchant's server for webhooks, which behaves and misbehaves as a test says.
//! - [`gate`]: holds calls until a test lets them pass.
//! - [`invariants`]: what must hold for the whole store after everything that moves money.
//! - [`event`]: the events that API Gateway sends.
//! - [`runtime_api`]: runs a function's real binary as Lambda does.
//! - [`binaries`]: builds and finds those binaries.
//! - [`world`]: the product of one test: the local stack over a metered store, with a clock that the test sets.
//!
//! A harness may panic: a test fails by panicking. Its floats are units of the store's capacity and
//! milliseconds; no money passes here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::float_arithmetic
)]

pub mod binaries;
pub mod event;
pub mod gate;
pub mod invariants;
pub mod local_process;
pub mod receiver;
pub mod redact;
pub mod runtime_api;
pub mod store;
pub mod store_proxy;
pub mod tls_front;
pub mod world;
