//! How the SDK reports each fault, and what is in the store afterwards.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::operation::RequestId;

use super::*;

/// `client` with a bound on a whole call.
fn hasty(client: &Client, bound: Duration) -> Client {
    let timeouts = TimeoutConfig::builder().operation_timeout(bound).build();
    Client::from_conf(client.config().to_builder().timeout_config(timeouts).build())
}

#[tokio::test]
async fn a_lost_answer_is_applied_and_a_lost_request_is_not() {
    let bench = bench(1).await;
    bench.proxy.inject(Fault::LoseAnswer, nth(1));
    bench.proxy.inject(Fault::LoseRequest, nth(2));
    for key in ["answer", "request"] {
        let error = bench.put(key).await.unwrap_err();
        assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
    }
    assert!(bench.holds("answer").await);
    assert!(!bench.holds("request").await);
    let calls = bench.proxy.take_calls();
    assert_eq!((calls[0].status, calls[0].write_units), (None, 2.0));
    assert_eq!((calls[1].status, calls[1].write_units), (None, 0.0));
}

#[tokio::test]
async fn the_sdk_retries_a_lost_answer_and_meets_its_own_write() {
    let bench = bench(2).await;
    bench.proxy.inject(Fault::LoseAnswer, on("PutItem").times(1));
    let error = bench.put("a").await.unwrap_err().into_service_error();
    assert!(error.is_conditional_check_failed_exception(), "{error:?}");
    assert_eq!(bench.proxy.take_calls().len(), 2);
}

#[tokio::test]
async fn the_sdk_knows_each_error() {
    let bench = bench(1).await;
    let refused = async |fault| {
        bench.proxy.inject(fault, nth(1));
        let error = bench.put("a").await.unwrap_err();
        let status = error.raw_response().unwrap().status().as_u16();
        assert_eq!(error.request_id().map(str::len), Some(52));
        assert_eq!(bench.proxy.take_calls()[0].status, Some(status));
        (status, error.into_service_error())
    };
    let (status, error) = refused(Fault::InternalError).await;
    assert!(status == 500 && error.is_internal_server_error(), "{error:?}");
    let (status, error) = refused(Fault::Throttle).await;
    assert!(status == 400 && error.is_provisioned_throughput_exceeded_exception(), "{error:?}");
    let (status, error) = refused(Fault::TransactionConflict).await;
    assert!(status == 400 && error.is_transaction_conflict_exception(), "{error:?}");
    assert_eq!(error.meta().message(), Some("Transaction is ongoing for the item"));
    assert!(!bench.holds("a").await);
}

#[tokio::test]
async fn the_sdk_knows_each_error_of_a_transaction() {
    let bench = bench(1).await;
    bench.proxy.inject(Fault::TransactionConflict, on("TransactWriteItems").nth(1));
    bench.proxy.inject(Fault::TransactionInProgress, on("TransactWriteItems").nth(2));
    let error = transact(&bench.client).await.unwrap_err().into_service_error();
    let reasons = match error {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            cancelled.cancellation_reasons.unwrap()
        }
        other => panic!("{other:?}"),
    };
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(codes, ["TransactionConflict", "None", "None"]);
    let error = transact(&bench.client).await.unwrap_err().into_service_error();
    assert!(error.is_transaction_in_progress_exception(), "{error:?}");
    assert!(error.meta().message().is_some());
    transact(&bench.client).await.unwrap();
}

/// Returns the reasons of a transaction that must have been cancelled: each code, and whether the
/// item came with it.
async fn reasons(client: &Client) -> Vec<(String, bool)> {
    let error = transact(client).await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { panic!("{error:?}") };
    let reasons = cancelled.cancellation_reasons.unwrap();
    reasons.into_iter().map(|reason| (reason.code.unwrap(), reason.item.is_some())).collect()
}

#[tokio::test]
async fn one_reason_of_a_cancellation_is_another() {
    let bench = bench(1).await;
    let none = || ("None".to_owned(), false);
    let failed = || ("ConditionalCheckFailed".to_owned(), true);
    for cause in Cause::PASSING.into_iter().chain(Cause::PERMANENT) {
        let altered = || (format!("{cause:?}"), false);
        // Without the fault, the store would have applied it.
        bench.proxy.inject(Fault::CancelAt(1, cause), on("TransactWriteItems").times(1));
        assert_eq!(reasons(&bench.client).await, [none(), altered(), none()]);
        assert!(!bench.holds("t1").await);
    }
    let (transaction, shop) = (on("TransactWriteItems"), [("shop_id", s("101")), ("record", s("profile"))]);
    let direct = client(&bench.store.endpoint(), 1);
    direct
        .put_item()
        .table_name(SHOPS)
        .set_item(Some(shop.map(|(name, value)| (name.to_owned(), value)).into()))
        .send()
        .await
        .unwrap();
    for item in 0..3 {
        bench.proxy.inject(Fault::CancelAt(item, Cause::TransactionConflict), transaction.clone().times(1));
        let mut expected = [failed(), none(), none()];
        expected[item] = ("TransactionConflict".to_owned(), false);
        assert_eq!(reasons(&bench.client).await, expected);
    }
    // The fault is used up.
    assert_eq!(reasons(&bench.client).await, [failed(), none(), none()]);
}

#[tokio::test]
async fn the_sdk_retries_what_dynamodb_says_is_transient() {
    let bench = bench(4).await;
    bench.proxy.inject(Fault::Throttle, always().times(1));
    bench.proxy.inject(Fault::InternalError, always().times(1));
    bench.proxy.inject(Fault::TransactionInProgress, always().times(1));
    bench.put("a").await.unwrap();
    let statuses: Vec<_> = bench.proxy.take_calls().iter().map(|call| call.status.unwrap()).collect();
    assert_eq!(statuses, [400, 500, 400, 200]);
}

#[tokio::test]
async fn a_hung_call_ends_by_its_own_timeout_or_by_healing() {
    let bench = bench(1).await;
    bench.proxy.inject(Fault::Hang, always());
    let hasty = hasty(&bench.client, Duration::from_millis(50));
    let error = put(&hasty, "a").await.unwrap_err();
    assert!(matches!(error, SdkError::TimeoutError(_)), "{error:?}");

    bench.proxy.heal();
    bench.proxy.inject(Fault::Hang, always().times(1));
    let mut puts = JoinSet::new();
    for key in ["a", "b"] {
        let client = bench.client.clone();
        puts.spawn(async move { put(&client, key).await });
    }
    // One of the two hangs, so the first to end is the other.
    puts.join_next().await.unwrap().unwrap().unwrap();
    bench.proxy.heal();
    let error = puts.join_next().await.unwrap().unwrap().unwrap_err();
    assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
}

#[tokio::test]
async fn a_slow_answer_comes_late_and_a_caller_who_left_takes_nothing_back() {
    let bench = bench(1).await;
    bench.proxy.inject(Fault::Slow(Duration::from_millis(60)), on("PutItem").times(1));
    let start = Instant::now();
    bench.put("a").await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(60));

    bench.proxy.inject(Fault::Slow(Duration::from_secs(60)), on("PutItem").times(1));
    let hasty = hasty(&bench.client, Duration::from_millis(100));
    assert!(matches!(put(&hasty, "b").await.unwrap_err(), SdkError::TimeoutError(_)));
    assert!(bench.holds("b").await);
}

#[tokio::test]
async fn a_store_that_is_down_answers_nothing_and_comes_back() {
    let bench = bench(1).await;
    bench.put("before").await.unwrap();
    bench.proxy.down();
    for key in ["on the open connection", "on a new one"] {
        let error = bench.put(key).await.unwrap_err();
        assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
    }
    bench.proxy.up();
    bench.put("after").await.unwrap();
    assert!(!bench.holds("on a new one").await);
}

#[tokio::test]
async fn faults_count_and_match() {
    let bench = bench(1).await;
    bench.proxy.inject(Fault::Throttle, on("PutItem").table(SHOPS));
    bench.proxy.inject(Fault::Throttle, on("GetItem"));
    bench.proxy.inject(Fault::InternalError, on("PutItem").after(1).times(2));
    let mut outcomes = Vec::new();
    for key in ["1", "2", "3", "4"] {
        outcomes.push(bench.put(key).await.is_ok());
    }
    assert_eq!(outcomes, [true, false, false, true]);

    bench.proxy.inject(Fault::Throttle, always());
    bench.put("5").await.unwrap_err();
    bench.put("5").await.unwrap_err();
    bench.proxy.heal();
    bench.put("5").await.unwrap();
}

#[tokio::test]
async fn a_gate_decides_a_race() {
    let bench = bench(1).await;
    // The gate holds the first put of "a", so the second one wins, and the first fails its
    // condition.
    let gate = bench.proxy.gate(on("PutItem").nth(1));
    let loser = tokio::spawn({
        let client = bench.client.clone();
        async move { put(&client, "a").await }
    });
    gate.reached().await;
    bench.put("a").await.unwrap();
    gate.open();
    let error = loser.await.unwrap().unwrap_err().into_service_error();
    assert!(error.is_conditional_check_failed_exception(), "{error:?}");
}

#[tokio::test]
async fn a_gate_shows_calls_that_are_under_way_together() {
    let bench = bench(1).await;
    let gate = bench.proxy.gate(always());
    let reads = async {
        let _ = tokio::join!(bench.put("1"), bench.put("2"), bench.put("3"));
    };
    tokio::join!(reads, async {
        gate.reached_by(3).await;
        assert!(!bench.holds("1").await);
        drop(gate);
    });
    assert!(bench.holds("3").await);
}

#[tokio::test]
async fn a_gate_holds_an_answer_that_was_right_when_the_store_gave_it() {
    let bench = bench(1).await;
    let gate = bench.proxy.gate_answers(on("GetItem").times(1));
    let read = tokio::spawn({
        let client = bench.client.clone();
        async move { client.get_item().table_name(PAYMENTS).key("order_key", s("a")).send().await.unwrap().item }
    });
    gate.reached().await;
    bench.put("a").await.unwrap();
    gate.open();
    assert_eq!(read.await.unwrap(), None);
    assert!(bench.holds("a").await);
}

#[tokio::test]
async fn a_caller_who_left_a_gate_has_asked_all_the_same() {
    let bench = bench(1).await;
    let gate = bench.proxy.gate(on("PutItem").times(1));
    let answered = bench.proxy.gate_answers(on("PutItem").times(1));
    let hasty = hasty(&bench.client, Duration::from_millis(50));
    assert!(matches!(put(&hasty, "a").await.unwrap_err(), SdkError::TimeoutError(_)));
    assert!(!bench.holds("a").await);
    gate.open();
    answered.reached().await;
    assert!(bench.holds("a").await);
}

#[tokio::test]
async fn the_proxy_turns_to_another_store() {
    let bench = bench(1).await;
    bench.put("a").await.unwrap();
    let other = with_tables().await;
    bench.proxy.forward_to(&other.endpoint());
    // The item is not there yet.
    bench.put("a").await.unwrap();
}
