//! `cargo local`: the whole product on this machine. `cargo local --help` lists the options.

mod arguments;

use std::{io::Write, process::ExitCode};

use lexopt::Parser;
use local::{
    Options, Stack, Webhooks,
    seed::{self, LIVE_SHOP},
    settings::{self, PROVIDERS},
    store::{Data, move_old_data},
};
use shared::{
    domain::test_shops::TEST_SHOPS,
    edge::{Settings, setting::Configured},
};

#[tokio::main]
async fn main() -> ExitCode {
    let unchanged = match Options::in_memory() {
        Ok(options) => options,
        Err(problem) => return fail(&problem.to_string()),
    };
    let options = match arguments::parse(Parser::from_env(), unchanged) {
        Ok(Some(options)) => options,
        Ok(None) => return say(arguments::HELP),
        Err(problem) => return fail(&format!("{problem}\n\n{}", arguments::HELP)),
    };
    let options = Options { webhooks: Webhooks::Running, ..options };
    let stack = match start(options).await {
        Ok(stack) => stack,
        Err(problem) => return fail(&problem.to_string()),
    };
    let Settings { payme, click, .. } = &stack.service.settings;
    for (provider, problem) in [("Payme", payme.problem()), ("Click", click.problem())] {
        if let Some(problem) = problem {
            complain(&format!("warning: {provider} is off: {problem}"));
        }
    }
    // Before the text that says so: whoever reads it may stop the stack at once.
    let stopped = stopped();
    say(&welcome(&stack));
    stopped.await;
    stack.stop().await;
    ExitCode::SUCCESS
}

async fn start(options: Options) -> Result<Stack, local::Error> {
    let now = options.clock.now();
    if let (Data::Folder(folder), Some(old)) = (&options.data, move_old_data(&options.data, now)?) {
        complain(&format!(
            "warning: {} is of a version without the table events, so its payments have no events. It is now {}, \
             and this start begins with nothing",
            folder.display(),
            old.display()
        ));
    }
    let stack = Stack::start(options).await?;
    seed::put_live_shop(&stack.service.store, now).await?;
    Ok(stack)
}

fn welcome(stack: &Stack) -> String {
    let url = stack.url();
    let providers = PROVIDERS.map(|(name, local)| format!("  {name}={}\n", provider(name, local))).concat();
    let shops = TEST_SHOPS
        .map(|shop| format!("  shop_id {}  shop_key {}  {}\n", shop.shop_id, shop.shop_key, shop.name))
        .concat();
    let [first, _] = TEST_SHOPS;
    let credentials = format!("shop_id={}&shop_key={}", first.shop_id, first.shop_key);
    format!(
        "listening on {url}
tables on {store}

Test shops:
{shops}
A live shop, whose payments the programs below pay without money:
  shop_id {live_id}  shop_key {live_key}  {live_name}

Providers:
  Payme is {payme}, Click is {click}
{providers}
Try it:
  curl '{url}/api/check_shop?{credentials}'
  curl '{url}/api/create_payment?{credentials}&amount=1000.00'
  curl '{url}/api/get_payments?{credentials}'
  curl '{url}/api/get_balance?{credentials}'

The merchant's cabinet (sign in as a test shop):
  {url}/cabinet

Replay an event:
  cargo lambda invoke check_shop --data-file events/check_shop/v2_success.json --invoke-address 127.0.0.1 --invoke-port {port}

Run the scenarios of the providers:
  cargo run -p runners --bin payme_sandbox -- --url {url}
  cargo run -p runners --bin click_scenarios -- --url {url} --shop-id {live_id} --shop-key {live_key}

Run the shops:
  cargo lambda invoke operator --data-ascii '{{\"command\":\"help\"}}' --invoke-address 127.0.0.1 --invoke-port {port}

Ctrl-C stops it.
",
        store = stack.store.endpoint(),
        port = stack.port,
        live_id = LIVE_SHOP.shop_id,
        live_key = LIVE_SHOP.shop_key,
        live_name = LIVE_SHOP.name,
        payme = on_or_off(&stack.service.settings.payme),
        click = on_or_off(&stack.service.settings.click),
    )
}

fn on_or_off<T>(provider: &Configured<T>) -> &'static str {
    if provider.on().is_some() { "on" } else { "off" }
}

/// Returns a provider's setting for printing. Hides values from the environment, because they may
/// be real secrets.
fn provider(name: &str, local: &str) -> String {
    match settings::variable(name) {
        Some(value) if value == local => value,
        Some(value) if value.is_empty() => "(empty)".to_owned(),
        _ => "(from the environment)".to_owned(),
    }
}

/// Registers Ctrl-C and SIGTERM, and returns what ends at the first of them.
#[cfg(unix)]
fn stopped() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async {
        // A signal that cannot be registered ends the process by itself.
        let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// As on Unix, without SIGTERM and registered when it is first waited for.
#[cfg(not(unix))]
async fn stopped() {
    let _ = tokio::signal::ctrl_c().await;
}

fn say(text: &str) -> ExitCode {
    // An error means that the reader has closed our output. There is nobody left to tell.
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn fail(problem: &str) -> ExitCode {
    complain(problem);
    ExitCode::FAILURE
}

fn complain(problem: &str) {
    let _ = writeln!(std::io::stderr(), "{problem}");
}
