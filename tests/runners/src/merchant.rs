//! A merchant that creates payments for the scenarios.

use std::time::Duration;

use crate::{
    Error,
    client::{self, Reply},
};

/// How often a payment waits for its shop's limit.
const WAITS_MAX: u32 = 3;

/// A shop of the deployment.
#[derive(Clone)]
pub struct Merchant {
    url: String,
    shop_id: String,
    shop_key: String,
}

impl Merchant {
    /// `url` is the address of the deployment, without a slash at the end.
    pub fn new(url: &str, shop_id: &str, shop_key: &str) -> Self {
        Self { url: url.to_owned(), shop_id: shop_id.to_owned(), shop_key: shop_key.to_owned() }
    }

    /// Creates a payment of `amount` (so'm, such as `1000.00`). Returns its order id. Waits as the
    /// deployment asks if the shop creates too many.
    pub async fn create(&self, amount: &str) -> Result<String, Error> {
        let call = format!("create_payment?amount={amount}");
        let mut reply = self.get(&call).await?;
        for _ in 0..WAITS_MAX {
            let Some(wait) = retry_after(&reply) else { break };
            tokio::time::sleep(wait).await;
            reply = self.get(&call).await?;
        }
        let order_id = reply.json()["order_id"].as_str().map(str::to_owned);
        order_id.ok_or(Error::NotCreated(reply.body))
    }

    /// Returns the status of a payment.
    pub async fn status(&self, order_id: &str) -> Result<String, Error> {
        let reply = self.get(&format!("check_payment?order_id={order_id}")).await?;
        Ok(reply.text("status"))
    }

    /// Returns the shop's `balance_formatted`.
    pub async fn balance(&self) -> Result<String, Error> {
        let reply = self.get("get_balance?").await?;
        Ok(reply.text("balance_formatted"))
    }

    async fn get(&self, endpoint: &str) -> Result<Reply, Error> {
        let headers = [("x-shop-id", self.shop_id.as_str()), ("x-shop-key", self.shop_key.as_str())];
        client::get(&format!("{}/api/{endpoint}", self.url), &headers).await
    }
}

/// The time after which the same request may succeed, at most a minute.
fn retry_after(reply: &Reply) -> Option<Duration> {
    let seconds: u64 = reply.headers.get("retry-after")?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds.min(60)))
}
