//! A client of the Merchant API, as Payme is one, and the scenarios of Payme's sandbox.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Error,
    client::{Reply, send},
    merchant::Merchant,
    report::Report,
};

const METHODS: [&str; 7] = [
    "CheckPerformTransaction",
    "CreateTransaction",
    "PerformTransaction",
    "CancelTransaction",
    "CheckTransaction",
    "GetStatement",
    "SetFiscalData",
];

/// Calls a merchant like Payme does.
#[derive(Clone)]
pub struct Payme {
    url: String,
    key: String,
}

impl Payme {
    /// `url` is the address of the deployment, without a slash at the end.
    pub fn new(url: &str, key: &str) -> Self {
        Self { url: format!("{url}/payme"), key: key.to_owned() }
    }

    /// Sends one call. Its id is always 1, so that equal answers are equal texts.
    pub async fn call(&self, method: &str, params: Value) -> Result<Reply, Error> {
        self.post(&json!({"id": 1, "method": method, "params": params}).to_string()).await
    }

    /// Posts `body` unchanged, with the credentials.
    pub async fn post(&self, body: &str) -> Result<Reply, Error> {
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("Paycom:{}", self.key)));
        send(
            Method::POST,
            &self.url,
            &[("authorization", &authorization), ("content-type", "application/json")],
            body.to_owned(),
        )
        .await
    }

    pub async fn check_perform(&self, order_id: &str, amount: i64) -> Result<Reply, Error> {
        self.call("CheckPerformTransaction", json!({"amount": amount, "account": {"order_id": order_id}}))
            .await
    }

    /// `time` is in unix milliseconds, `amount` in tiyin.
    pub async fn create(&self, id: &str, time: i64, order_id: &str, amount: i64) -> Result<Reply, Error> {
        self.call(
            "CreateTransaction",
            json!({"id": id, "time": time, "amount": amount, "account": {"order_id": order_id}}),
        )
        .await
    }

    pub async fn perform(&self, id: &str) -> Result<Reply, Error> {
        self.call("PerformTransaction", json!({"id": id})).await
    }

    pub async fn cancel(&self, id: &str, reason: i32) -> Result<Reply, Error> {
        self.call("CancelTransaction", json!({"id": id, "reason": reason})).await
    }

    pub async fn check(&self, id: &str) -> Result<Reply, Error> {
        self.call("CheckTransaction", json!({"id": id})).await
    }

    pub async fn statement(&self, from: i64, to: i64) -> Result<Reply, Error> {
        self.call("GetStatement", json!({"from": from, "to": to})).await
    }
}

/// Returns the error code of an answer, 0 for a result, or `None` if the answer has neither.
pub fn code(reply: &Reply) -> Option<i64> {
    let body = reply.json();
    let result = body.get("result").map(|_| 0);
    result.or_else(|| body["error"]["code"].as_i64())
}

/// Makes a random transaction id of 24 characters, like Payme's.
pub fn new_id() -> String {
    Uuid::new_v4().simple().to_string().chars().take(24).collect()
}

/// Returns the current time in unix milliseconds.
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}

/// Runs the scenarios of the sandbox: calls that must be refused, a transaction that is cancelled
/// before it is paid, and one that is paid and refunded. `merchant` must have the mode of the key
/// of `payme`. Its balance does not change in the end.
pub async fn sandbox(payme: &Payme, merchant: &Merchant) -> Result<Report, Error> {
    let mut report = Report::default();
    refusals(&mut report, payme, merchant).await?;
    let first = begin(&mut report, payme, merchant, "1").await?;
    end(&mut report, payme, "1 cancel", &first, -1).await?;
    let second = begin(&mut report, payme, merchant, "2").await?;
    let performed = payme.perform(&second).await?;
    report.compare("2 PerformTransaction, state", 2, &performed.json()["result"]["state"]);
    report.compare("2 PerformTransaction again", &performed.body, payme.perform(&second).await?.body);
    report.compare("2 CheckTransaction, state", 2, &payme.check(&second).await?.json()["result"]["state"]);
    end(&mut report, payme, "2 refund", &second, -2).await?;
    Ok(report)
}

const AMOUNT: &str = "1000.00";
const AMOUNT_TIYIN: i64 = 100_000;

async fn refusals(report: &mut Report, payme: &Payme, merchant: &Merchant) -> Result<(), Error> {
    let stranger = Payme { key: format!("not-{}", payme.key), ..payme.clone() };
    for method in METHODS {
        let reply = stranger.call(method, json!({"id": new_id()})).await?;
        report.compare(format!("{method}, wrong key"), -32504, shown(&reply));
    }
    let order_id = merchant.create(AMOUNT).await?;
    let wrong = AMOUNT_TIYIN + 1;
    report.compare(
        "CheckPerformTransaction, wrong amount",
        -31001,
        shown(&payme.check_perform(&order_id, wrong).await?),
    );
    report.compare(
        "CreateTransaction, wrong amount",
        -31001,
        shown(&payme.create(&new_id(), now(), &order_id, wrong).await?),
    );
    let nobody = "no-such-order";
    let is_account = |reply: &Reply| code(reply).is_some_and(|code| (-31099..=-31050).contains(&code));
    let check = payme.check_perform(nobody, AMOUNT_TIYIN).await?;
    report.compare("CheckPerformTransaction, no such account", true, is_account(&check));
    let create = payme.create(&new_id(), now(), nobody, AMOUNT_TIYIN).await?;
    report.compare("CreateTransaction, no such account", true, is_account(&create));
    Ok(())
}

/// Begins a transaction on a new order. Returns its id.
async fn begin(
    report: &mut Report,
    payme: &Payme,
    merchant: &Merchant,
    scenario: &str,
) -> Result<String, Error> {
    let (id, time, order_id) = (new_id(), now(), merchant.create(AMOUNT).await?);
    let allowed = payme.check_perform(&order_id, AMOUNT_TIYIN).await?;
    report.compare(
        format!("{scenario} CheckPerformTransaction, allow"),
        true,
        &allowed.json()["result"]["allow"],
    );
    let created = payme.create(&id, time, &order_id, AMOUNT_TIYIN).await?;
    report.compare(format!("{scenario} CreateTransaction, state"), 1, &created.json()["result"]["state"]);
    let again = payme.create(&id, time, &order_id, AMOUNT_TIYIN).await?;
    report.compare(format!("{scenario} CreateTransaction again"), &created.body, again.body);
    report.compare(
        format!("{scenario} CheckTransaction, state"),
        1,
        &payme.check(&id).await?.json()["result"]["state"],
    );
    let other = payme.create(&new_id(), now(), &order_id, AMOUNT_TIYIN).await?;
    report.compare(format!("{scenario} CreateTransaction, new id"), -31008, shown(&other));
    Ok(id)
}

/// Cancels a transaction twice.
async fn end(report: &mut Report, payme: &Payme, scenario: &str, id: &str, state: i64) -> Result<(), Error> {
    let cancelled = payme.cancel(id, 5).await?;
    report.compare(
        format!("{scenario} CancelTransaction, state"),
        state,
        &cancelled.json()["result"]["state"],
    );
    report.compare(
        format!("{scenario} CancelTransaction again"),
        &cancelled.body,
        payme.cancel(id, 5).await?.body,
    );
    report.compare(
        format!("{scenario} CheckTransaction, state"),
        state,
        &payme.check(id).await?.json()["result"]["state"],
    );
    Ok(())
}

/// Returns the code as text, or the whole answer if it has no code.
fn shown(reply: &Reply) -> String {
    code(reply).map_or_else(|| format!("{} {}", reply.status, reply.body), |code| code.to_string())
}
