//! What the proxy records, and that its metering is invisible.

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};

use super::*;

#[tokio::test]
async fn calls_are_metered_in_order_and_the_answer_does_not_show_it() {
    let bench = bench(1).await;
    let answer = bench.put("a").await.unwrap();
    assert_eq!(answer.consumed_capacity, None);
    let row = bench
        .client
        .query()
        .table_name(PAYMENTS)
        .index_name("shop_payments")
        .key_condition_expression("shop_id = :shop")
        .expression_attribute_values(":shop", s("101"))
        .send()
        .await
        .unwrap();
    assert_eq!(row.count, 1);
    bench
        .client
        .get_item()
        .table_name(PAYMENTS)
        .key("order_key", s("a"))
        .consistent_read(true)
        .send()
        .await
        .unwrap();

    let calls = bench.proxy.take_calls();
    let actions: Vec<_> = calls.iter().map(|call| call.action.as_str()).collect();
    assert_eq!(actions, ["PutItem", "Query", "GetItem"]);
    // The table and its index.
    assert_eq!((calls[0].read_units, calls[0].write_units), (0.0, 2.0));
    assert_eq!((calls[1].read_units, calls[1].write_units), (0.5, 0.0));
    assert_eq!((calls[2].read_units, calls[2].write_units), (1.0, 0.0));
    assert_eq!(units(&calls), Units { read: 1.5, write: 2.0 });
    assert!(calls.iter().all(|call| call.status == Some(200) && call.tables == [PAYMENTS]));
    assert_eq!(calls[1].indexes, ["shop_payments"]);
    assert_eq!(calls[1].permissions(), [("dynamodb:Query".into(), "payments/index/shop_payments".into())]);
    assert_eq!(calls[2].permissions(), [("dynamodb:GetItem".into(), "payments".into())]);
    assert_eq!(calls[2].request["ConsistentRead"], true);
    assert!(bench.proxy.take_calls().is_empty());
}

#[tokio::test]
async fn a_client_that_asks_for_its_capacity_gets_it() {
    let bench = bench(1).await;
    let get = bench.client.get_item().table_name(PAYMENTS).key("order_key", s("a"));
    let answer = get.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
    assert_eq!(answer.consumed_capacity.and_then(|consumed| consumed.capacity_units), Some(0.5));
    assert_eq!(units(&bench.proxy.take_calls()), Units { read: 0.5, write: 0.0 });
}

#[tokio::test]
async fn a_transaction_tells_its_parts_and_its_units() {
    let bench = bench(1).await;
    transact(&bench.client).await.unwrap();
    let calls = bench.proxy.take_calls();
    let part = |kind: &str, table: &str| (kind.to_owned(), table.to_owned());
    assert_eq!(
        calls[0].parts,
        [part("ConditionCheck", SHOPS), part("Put", PAYMENTS), part("Update", PAYMENTS)]
    );
    assert_eq!(calls[0].tables, [SHOPS, PAYMENTS]);
    assert_eq!(
        calls[0].permissions(),
        [
            part("dynamodb:ConditionCheckItem", SHOPS),
            part("dynamodb:PutItem", PAYMENTS),
            part("dynamodb:UpdateItem", PAYMENTS)
        ]
    );
    // Two for each of three items, and one for the index entry of the item that has its keys.
    assert_eq!(units(&calls), Units { read: 0.0, write: 7.0 });
}

#[tokio::test]
async fn a_batch_tells_its_parts() {
    let bench = bench(1).await;
    let keys = KeysAndAttributes::builder()
        .keys([("order_key".to_owned(), s("a"))].into())
        .keys([("order_key".to_owned(), s("b"))].into())
        .build()
        .unwrap();
    bench.client.batch_get_item().request_items(PAYMENTS, keys).send().await.unwrap();
    let calls = bench.proxy.take_calls();
    let part = ("Get".to_owned(), PAYMENTS.to_owned());
    assert_eq!(calls[0].parts, [part.clone(), part]);
    assert_eq!(calls[0].permissions(), [("dynamodb:BatchGetItem".into(), PAYMENTS.into())]);
    assert_eq!(units(&calls).read, 1.0);
}

#[tokio::test]
async fn an_error_of_the_store_comes_through() {
    let bench = bench(1).await;
    bench.put("a").await.unwrap();
    let error = bench.put("a").await.unwrap_err().into_service_error();
    assert!(error.is_conditional_check_failed_exception(), "{error:?}");
    let calls = bench.proxy.take_calls();
    assert_eq!((calls[1].status, calls[1].write_units), (Some(400), 0.0));
}
