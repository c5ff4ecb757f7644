//! The proxy seen through the real SDK: what it forwards, what it records, and that the SDK
//! recognises each of its errors.

mod faults;
mod metering;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::*;
use local::store::Served;

use crate::store::{PAYMENTS, SHOPS, client, with_tables};

struct Bench {
    store: Served,
    proxy: StoreProxy,
    client: Client,
}

/// A store behind a proxy, and a client that tries `attempts` times.
async fn bench(attempts: u32) -> Bench {
    let store = with_tables().await;
    let proxy = StoreProxy::start(&store.endpoint()).await;
    let client = client(&proxy.url(), attempts);
    Bench { store, proxy, client }
}

fn s(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

impl Bench {
    async fn put(&self, key: &str) -> Result<PutItemOutput, SdkError<PutItemError>> {
        put(&self.client, key).await
    }

    /// Whether the payment is in the store, read past the proxy.
    async fn holds(&self, key: &str) -> bool {
        let direct = client(&self.store.endpoint(), 1);
        let read = direct.get_item().table_name(PAYMENTS).key("order_key", s(key)).send().await.unwrap();
        read.item.is_some()
    }
}

async fn put(client: &Client, key: &str) -> Result<PutItemOutput, SdkError<PutItemError>> {
    client
        .put_item()
        .table_name(PAYMENTS)
        .item("order_key", s(key))
        .item("shop_id", s("101"))
        .item("sort_key", s(key))
        .condition_expression("attribute_not_exists(order_key)")
        .send()
        .await
}

/// A transaction that checks a shop, and puts and updates payments.
async fn transact(client: &Client) -> Result<TransactWriteItemsOutput, SdkError<TransactWriteItemsError>> {
    let check = ConditionCheck::builder()
        .table_name(SHOPS)
        .key("shop_id", s("101"))
        .key("record", s("profile"))
        .condition_expression("attribute_not_exists(shop_id)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .unwrap();
    let put = Put::builder().table_name(PAYMENTS).item("order_key", s("t1")).build().unwrap();
    let update = Update::builder()
        .table_name(PAYMENTS)
        .key("order_key", s("t2"))
        .update_expression("SET shop_id = :shop, sort_key = :sort")
        .expression_attribute_values(":shop", s("101"))
        .expression_attribute_values(":sort", s("t2"))
        .build()
        .unwrap();
    client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().condition_check(check).build())
        .transact_items(TransactWriteItem::builder().put(put).build())
        .transact_items(TransactWriteItem::builder().update(update).build())
        .send()
        .await
}
