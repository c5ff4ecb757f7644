//! What each function costs: `cargo bench -p suite`, or `cargo bench -p suite -- check_shop
//! get_balance` for some.
//!
//! Each release binary runs as a process of its own against a Runtime API, on an embedded DynamoDB
//! in memory. Beside its warm time stands that of the same calls to DynamoDB, done in a loop with
//! the same SDK, taken in the same round. It prints what it finds beside what is to be reached, and
//! judges nothing. The first row is a function that does nothing (`echo`): what Lambda's runtime
//! itself takes, which is in every other row too. Times are of this machine, not of Lambda.
#![allow(
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)]

mod bare;
mod measure;
mod scenario;

use std::collections::HashMap;
use std::path::PathBuf;

use suite::binaries::{self, Profile};

use measure::{INVOCATIONS, Measured, STARTS, measure};
use scenario::{CREATE_PAYMENT, RUNTIME_ALONE, SCENARIOS, Scenario};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` starts benchmarks too, without this.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return println!("this is for cargo bench");
    }
    let wanted: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let scenarios = SCENARIOS
        .iter()
        .filter(|scenario| wanted.is_empty() || wanted.iter().any(|name| *name == scenario.function));

    let there = binaries::workspace_packages();
    let (scenarios, missing): (Vec<_>, Vec<_>) =
        scenarios.partition(|scenario| there.iter().any(|name| name == scenario.function));
    for scenario in missing {
        println!("{}: no such package, left out", scenario.function);
    }
    let mut functions: Vec<_> = scenarios.iter().map(|scenario| scenario.function).collect();
    if !functions.contains(&CREATE_PAYMENT) && there.iter().any(|name| name == CREATE_PAYMENT) {
        // It makes the payments that the others look at.
        functions.push(CREATE_PAYMENT);
    }
    let mut binaries = binaries::packages(Profile::Release, &functions);
    binaries.extend(binaries::example_alone(Profile::Release, RUNTIME_ALONE.function));

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(run(&scenarios, &binaries));
}

async fn run(scenarios: &[&Scenario], binaries: &HashMap<String, PathBuf>) {
    println!(
        "\n{STARTS} starts of each function, {INVOCATIONS} warm invocations in all. Medians, but for the 99th percentile.\n"
    );
    println!(
        "function          first poll   + first answer   warm    99 %    bare calls      ratio   peak memory       file"
    );
    println!(
        "                          ms               ms     ms      ms            ms                      MiB         MB"
    );
    for scenario in std::iter::once(&&RUNTIME_ALONE).chain(scenarios) {
        match measure(scenario, binaries).await {
            Ok(measured) => print_row(scenario.function, &measured),
            Err(problem) => println!("{}: {problem}", scenario.function),
        }
    }
    println!(
        "to reach                12.0              5.0                                 1.20           12.0        7.0"
    );
}

fn print_row(function: &str, m: &Measured) {
    let Measured { first_poll, first_answer, warm, warm_99, calls, bare, ratio, peak_mib, size_mb } = m;
    let ratio = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
    println!(
        "{function:<16}{first_poll:>12.1}{first_answer:>17.1}{warm:>7.2}{warm_99:>8.2}{bare:>10.2} ({calls}){ratio:>11}{peak_mib:>14.1}{size_mb:>11.2}"
    );
}
