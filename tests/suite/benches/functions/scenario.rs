//! What each function is asked, and what must be in the store before.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
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
    path: &'static str,
    /// With `{order}` for an order id.
    query: &'static str,
    pub orders: Orders,
}

/// Which payment an invocation is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Orders {
    None,
    /// Always the same, among a few others.
    One,
    /// Each time another, because the function changes it.
    Fresh,
}

const fn scenario(function: &'static str, path: &'static str, query: &'static str, orders: Orders) -> Scenario {
    Scenario { function, path, query, orders }
}

const CREDENTIALS: &str = "shop_id=101&shop_key=test_key_123";
const CREATE: &str = "shop_id=101&shop_key=test_key_123&amount=50000.00&merchant_order_id=4711";
const CANCEL: &str = "shop_id=101&shop_key=test_key_123&order_id={order}";

pub const SCENARIOS: [Scenario; 6] = [
    scenario("check_shop", "/api/check_shop", CREDENTIALS, Orders::None),
    scenario("get_balance", "/api/get_balance", CREDENTIALS, Orders::None),
    scenario(CREATE_PAYMENT, "/api/create_payment", CREATE, Orders::None),
    scenario("check_payment", "/api/check_payment", "order_id={order}", Orders::One),
    scenario("get_payments", "/api/get_payments", CREDENTIALS, Orders::One),
    scenario("cancel_payment", "/api/cancel_payment", CANCEL, Orders::Fresh),
];

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
        event::v2("GET", self.path, &self.query.replace("{order}", order)).to_string().into()
    }
}

pub fn environment(store: &str) -> [(&'static str, String); 5] {
    [
        ("AWS_ENDPOINT_URL_DYNAMODB", store.to_owned()),
        ("SHOPS_TABLE", SHOPS.to_owned()),
        ("PAYMENTS_TABLE", PAYMENTS.to_owned()),
        ("TRANSACTIONS_TABLE", TRANSACTIONS.to_owned()),
        ("PUBLIC_URL", "https://pay.example.uz".to_owned()),
    ]
}

/// A store in memory with the test shops.
pub async fn store() -> Result<Stack, String> {
    let options = Options::in_memory().map_err(|error| error.to_string())?;
    Stack::start(options).await.map_err(|error| error.to_string())
}

/// Creates `count` payments in the store at that address, with the function that is there for it.
pub async fn create_payments(count: usize, store: &str, binaries: &HashMap<String, PathBuf>) -> Result<Pool, String> {
    if count == 0 {
        return Ok(Pool::new());
    }
    let create = SCENARIOS.iter().find(|scenario| scenario.function == CREATE_PAYMENT).expect("it is in the list");
    let binary = binaries.get(CREATE_PAYMENT).ok_or("needs create_payment, which is not there")?;
    let function = LambdaProcess::start(binary, environment(store)).await.map_err(|failure| failure.to_string())?;
    let event = create.event("");
    let mut pool = Pool::new();
    for _ in 0..count {
        let (body, _) = invoke(&function, event.clone()).await?;
        pool.push_back(body["order_id"].as_str().unwrap_or_default().to_owned());
    }
    Ok(pool)
}

/// Invokes the function and hands out the body of its answer, if that is a success, and how long it took.
pub async fn invoke(function: &LambdaProcess, event: Bytes) -> Result<(Value, Duration), String> {
    let (outcome, took) = function.invoke_raw(event, DEADLINE_MS).await.map_err(|failure| failure.to_string())?;
    if let Outcome::Answer(answer) = &outcome
        && let Some(body) = answer["body"].as_str()
        && let Ok(body) = serde_json::from_str::<Value>(body)
        && body["success"] == true
    {
        return Ok((body, took));
    }
    Err(format!("no success: {outcome:?}"))
}
