//! Every test that crosses packages, in one binary. Each speaks through the front door, an event or
//! an HTTP request, to a product of its own over the real store engine.
//!
//! A test fails by panicking, so what must not panic in shipped code may do so here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod acts;
mod answers;
mod audit;
mod binaries;
mod click;
mod click_late;
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
mod log;
mod mixed_reasons;
mod mixture;
mod operator;
mod operator_and_providers;
mod operator_money;
mod operator_refunds;
mod overlaps;
mod pay_test;
mod payability;
mod payme;
mod payme_refusals;
mod payme_statement;
mod provider_permissions;
mod provider_settings;
mod refusals;
mod replay;
mod review;
mod secrets;
mod settlement;
mod settlement_faults;
mod settlement_model;
mod shops;
mod unknown_outcome;
