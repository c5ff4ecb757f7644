//! Every test that crosses packages, in one binary. Each sends an event or an HTTP request to a
//! product of its own, which runs over the real store engine, and looks at the whole answer.
//!
//! Where a test is:
//! - `cases/merchant`: one file per merchant endpoint, and what is the same for all of them.
//! - `cases/payme`, `cases/click`: the providers' protocols. `cases/payer`: the test button.
//! - `cases/operator`: the operator's commands.
//! - `cases/settlement`: money that moves, whoever asks: races, repeats, a model, costs.
//! - `cases/store`: faults of the store, and the conditions of its writes.
//! - `cases/webhooks`: what merchants are told by webhooks.
//! - `cases/platform`: what all functions share: contract, template, events, log, binaries.
//!
//! `support` holds no tests. `cargo test -p suite --test suite -- payme::` runs one shelf,
//! `-- payme::statement::` one file.
//!
//! A test fails by panicking, so what must not panic in shipped code may do so here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support {
    pub mod acts;
    pub mod alarms;
    pub mod deployment;
    pub mod filter_pattern;
    pub mod journal;
    pub mod merchant;
    pub mod operator;
    pub mod providers;
    pub mod samples;
    pub mod sequence;
    pub mod snapshot;
    pub mod webhooks;
}

mod cases {
    mod merchant {
        mod cancel_payment;
        mod check_payment;
        mod check_shop;
        mod cost;
        mod create_payment;
        mod credentials;
        mod export_events;
        mod fuzz;
        mod get_balance;
        mod get_events;
        mod get_payment;
        mod get_payments;
        mod get_report;
        mod parameters;
        mod payment_filters;
        mod rate_limit;
        mod response_headers;
        mod wrong_keys;
    }

    mod payme {
        mod methods;
        mod requests;
        mod statement;
    }

    mod click {
        mod complete;
        mod late;
        mod prepare;
        mod requests;
    }

    mod payer {
        mod pay_page;
        mod pay_status;
        mod pay_test;
    }

    mod operator {
        mod audit;
        mod audit_by_hand;
        mod audit_daily;
        mod audit_journal;
        mod audit_time;
        mod balance;
        mod commands;
        mod creations;
        mod late_click;
        mod lists;
        mod money;
        mod rate_limit;
        mod refunds;
        mod repair;
        mod repair_in_business;
        mod report;
        mod restore;
        mod roles;
        mod shop_settings;
        mod shops;
        mod statement;
    }

    mod settlement {
        mod cost;
        mod equal_calls;
        mod journal;
        mod model;
        mod one_moment;
        mod operator_and_providers;
        mod races;
    }

    mod store {
        mod faults;
        mod mixed_reasons;
        mod payability;
        mod settlement_faults;
        mod trust;
        mod unknown_outcome;
    }

    mod webhooks {
        mod cost;
        mod crashes;
        mod delivery;
        mod endpoints;
        mod fairness;
        mod isolation;
        mod overlaps;
        mod receivers;
        mod resend;
        mod sender;
        mod wake_ups;
    }

    mod platform {
        mod alarms;
        mod binaries;
        mod cabinet;
        mod contract;
        mod deployment;
        mod docs;
        mod local_stack;
        mod log;
        mod permissions;
        mod provider_settings;
        mod releases;
        mod replay;
        mod secrets;
        mod smoke;
        mod versions;
    }
}
