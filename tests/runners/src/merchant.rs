//! A merchant that creates payments for the scenarios.

use crate::{
    Error,
    client::{self, Reply},
};

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

    /// Creates a payment of `amount` (so'm, such as `1000.00`). Returns its order id.
    pub async fn create(&self, amount: &str) -> Result<String, Error> {
        let reply = self.get(&format!("create_payment?amount={amount}")).await?;
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
