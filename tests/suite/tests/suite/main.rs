//! Every test that crosses packages, in one binary. Each speaks through the front door, an event or an HTTP request, to a
//! product of its own over the real store engine.
//!
//! A test fails by panicking, so what must not panic in shipped code may do so here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod answers;
mod audit;
mod binaries;
mod concurrency;
mod contract;
mod cost;
mod deployment;
mod desk;
mod docs;
mod faults;
mod fuzz;
mod lists;
mod local_stack;
mod operator;
mod operator_money;
mod refusals;
mod replay;
mod secrets;
