//! What each function is asked, and what must be in the store before.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use local::settings::{LIMITS, PROVIDERS};
use local::{Options, Stack};
use serde_json::Value;
use suite::event;
use suite::runtime_api::{LambdaProcess, Outcome};
use suite::store::{PAYMENTS, SHOPS, TRANSACTIONS};

pub const CREATE_PAYMENT: &str = "create_payment";

/// Milliseconds that a function has for an invocation.
const DEADLINE_MS: u64 = 10_000;

pub struct Scenario {
    pub function: &'static str,
    event: Event,
    pub orders: Orders,
}

enum Event {
    /// A `GET` of this path with this query, which has `{order}` for an order id.
    Get(&'static str, &'static str),
    /// A file of `events/`; [`FILE_ORDER`] in it stands for an order id, if there is a choice.
    File(&'static str),
    Text(&'static str),
}

use Event::{File, Get, Text};

const FILE_ORDER: &str = "ORD_1701234567_000000000000000000sample3";

/// Which payment an invocation is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Orders {
    None,
    /// Always the same, among a few others.
    One,
    /// Each time another, because the function changes it.
    Fresh,
}

const CREDENTIALS: &str = "shop_id=101&shop_key=test_key_123";
const CREATE: &str = "shop_id=101&shop_key=test_key_123&amount=50000.00&merchant_order_id=4711";
const PAYMENT: &str = "shop_id=101&shop_key=test_key_123&order_id={order}";

const fn scenario(function: &'static str, event: Event, orders: Orders) -> Scenario {
    Scenario { function, event, orders }
}

/// Click is live only: for a test shop's order it says no, after the reads that come before a yes.
pub const SCENARIOS: [Scenario; 19] = [
    scenario("check_shop", Get("/api/check_shop", CREDENTIALS), Orders::None),
    scenario("get_balance", Get("/api/get_balance", CREDENTIALS), Orders::None),
    scenario(CREATE_PAYMENT, Get("/api/create_payment", CREATE), Orders::None),
    scenario("check_payment", Get("/api/check_payment", "order_id={order}"), Orders::One),
    scenario("get_payment", Get("/api/get_payment", PAYMENT), Orders::One),
    scenario("get_payments", Get("/api/get_payments", CREDENTIALS), Orders::One),
    scenario("cancel_payment", Get("/api/cancel_payment", PAYMENT), Orders::Fresh),
    scenario("get_events", Get("/api/get_events", CREDENTIALS), Orders::None),
    scenario("get_report", Get("/api/get_report", CREDENTIALS), Orders::None),
    scenario("export_events", Get("/api/export_events", CREDENTIALS), Orders::None),
    scenario("payme", File("payme/v2_success"), Orders::None),
    scenario("click_prepare", File("click_prepare/v2_test_shop"), Orders::None),
    scenario("click_complete", File("click_complete/v2_test_shop"), Orders::None),
    scenario("pay_page", File("pay_page/v2_success"), Orders::None),
    scenario("pay_status", File("pay_status/v2_success"), Orders::None),
    scenario("pay_test", File("pay_test/v2_success"), Orders::Fresh),
    scenario("docs", File("docs/v2_success"), Orders::None),
    scenario("cabinet", File("cabinet/v2_success"), Orders::None),
    scenario("operator", File("operator/show_payment"), Orders::None),
];

/// The example that can do nothing: what Lambda's runtime takes when a function does nothing.
pub const RUNTIME_ALONE: Scenario = scenario("echo", Text(r#"{"do":"nothing"}"#), Orders::None);

/// The payments that an invocation may be about.
pub type Pool = VecDeque<String>;

impl Scenario {
    /// The order that the next invocation is about.
    pub fn next_order(&self, pool: &mut Pool) -> String {
        let order = match self.orders {
            Orders::None => None,
            Orders::One => pool.front().cloned(),
            Orders::Fresh => pool.pop_front(),
        };
        order.unwrap_or_default()
    }

    pub fn event(&self, order: &str) -> Bytes {
        match self.event {
            Get(path, query) => event::v2("GET", path, &query.replace("{order}", order)).to_string().into(),
            Text(event) => event.into(),
            File(name) => {
                let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/");
                let event =
                    std::fs::read_to_string(format!("{file}{name}.json")).expect("an event of this name");
                if order.is_empty() { event.into() } else { event.replace(FILE_ORDER, order).into() }
            }
        }
    }
}

/// The tables, and the limits and the providers' settings of the local stack.
pub fn environment(store: &str) -> HashMap<&'static str, String> {
    let own = [
        ("AWS_ENDPOINT_URL_DYNAMODB", store),
        ("SHOPS_TABLE", SHOPS),
        ("PAYMENTS_TABLE", PAYMENTS),
        ("TRANSACTIONS_TABLE", TRANSACTIONS),
        ("PUBLIC_URL", "https://pay.example.uz"),
    ];
    own.into_iter().chain(PROVIDERS).chain(LIMITS).map(|(name, value)| (name, value.to_owned())).collect()
}

/// A store in memory with the test shops.
pub async fn store() -> Result<Stack, String> {
    let options = Options::in_memory().map_err(|error| error.to_string())?;
    Stack::start(options).await.map_err(|error| error.to_string())
}

/// Creates `count` payments in the store at that address, with the function that is there for it.
pub async fn create_payments(
    count: usize,
    store: &str,
    binaries: &HashMap<String, PathBuf>,
) -> Result<Pool, String> {
    if count == 0 {
        return Ok(Pool::new());
    }
    let create =
        SCENARIOS.iter().find(|scenario| scenario.function == CREATE_PAYMENT).expect("it is in the list");
    let binary = binaries.get(CREATE_PAYMENT).ok_or("needs create_payment, which is not there")?;
    let function =
        LambdaProcess::start(binary, environment(store)).await.map_err(|failure| failure.to_string())?;
    let event = create.event("");
    let mut pool = Pool::new();
    for _ in 0..count {
        let (body, _) = invoke(&function, event.clone()).await?;
        pool.push_back(body["order_id"].as_str().unwrap_or_default().to_owned());
    }
    Ok(pool)
}

/// Invokes the function and hands out its answer's body, if the function did its work, and how long
/// it took.
pub async fn invoke(function: &LambdaProcess, event: Bytes) -> Result<(Value, Duration), String> {
    let (outcome, took) =
        function.invoke_raw(event, DEADLINE_MS).await.map_err(|failure| failure.to_string())?;
    let Outcome::Answer(answer) = outcome else {
        return Err(format!("{outcome:?}"));
    };
    // The operator answers with the body itself; a page is no JSON.
    let body = answer["body"]
        .as_str()
        .map_or_else(|| answer.clone(), |body| serde_json::from_str(body).unwrap_or_default());
    let refused =
        answer["statusCode"].as_u64().is_some_and(|status| status >= 400) || body["success"] == false;
    if refused { Err(format!("refused: {answer}")) } else { Ok((body, took)) }
}
