//! GetStatement: by Payme's time, both ends inclusive, ascending, complete over days and pages, and bounded.

use runners::{client::Reply, payme::new_id};
use serde_json::{Value, json};
use shared::domain::{key::payme_day, mode::Mode, time::UnixMillis};
use suite::{invariants, world::World};

use crate::shops::{HOUR_MS, MINUTE_MS, TIYIN, code, live_order, now, payme, test_order, world};

const DAY_MS: i64 = 24 * HOUR_MS;

/// The ids of a statement, in its order.
fn ids(reply: &Reply) -> Vec<String> {
    let transactions = reply.json()["result"]["transactions"].clone();
    transactions.as_array().unwrap_or_else(|| panic!("{reply:?}")).iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_statement_lists_what_was_created_by_payme_s_time() {
    let world = world().await;
    let (payme, live) = (payme(&world, Mode::Test), payme(&world, Mode::Live));
    let start = now(&world);
    let mut expected = Vec::new();
    // Six transactions over three days, in every state; the later ones of a day have the earlier times.
    for number in 0..6 {
        let (id, order) = (new_id(), test_order(&world).await);
        let time = now(&world) - number * HOUR_MS;
        assert_eq!(code(&payme.create(&id, time, &order, TIYIN).await.unwrap()), 0);
        match number % 3 {
            1 => drop(payme.perform(&id).await.unwrap()),
            2 => drop(payme.cancel(&id, 3).await.unwrap()),
            _ => {}
        }
        expected.push((time, id, order));
        world.clock.advance_ms(DAY_MS / 2);
    }
    assert_eq!(code(&live.create(&new_id(), now(&world), &live_order(&world).await, TIYIN).await.unwrap()), 0);
    expected.sort();
    let all: Vec<_> = expected.iter().map(|(_, id, _)| id.clone()).collect();
    let (first, last) = (expected[0].0, expected[5].0);

    assert_eq!(ids(&payme.statement(0, i64::MAX).await.unwrap()), all);
    assert_eq!(ids(&payme.statement(i64::MIN, now(&world)).await.unwrap()), all);
    // Both ends are in.
    assert_eq!(ids(&payme.statement(first, last).await.unwrap()), all);
    assert_eq!(ids(&payme.statement(first + 1, last - 1).await.unwrap()), all[1..5]);
    assert_eq!(ids(&payme.statement(first, first).await.unwrap()), all[..1]);
    for (from, to) in
        [(first + 1, first + 1), (last, first), (i64::MAX, i64::MIN), (0, start - 30 * DAY_MS), (now(&world) + DAY_MS, i64::MAX)]
    {
        assert!(ids(&payme.statement(from, to).await.unwrap()).is_empty(), "{from} {to}");
    }
    assert_eq!(ids(&live.statement(0, i64::MAX).await.unwrap()).len(), 1);

    // An entry says what CheckTransaction says, and what Payme sent.
    let entries = payme.statement(0, i64::MAX).await.unwrap().json()["result"]["transactions"].clone();
    for ((time, id, order), entry) in expected.iter().zip(entries.as_array().unwrap()) {
        let mut checked = payme.check(id).await.unwrap().json()["result"].clone();
        let sent = json!({"id": id, "time": time, "amount": TIYIN, "account": {"order_id": order}});
        checked.as_object_mut().unwrap().extend(sent.as_object().unwrap().clone());
        assert_eq!(*entry, checked);
    }
    invariants::check(&world.tables).await;
}

/// Puts `count` transactions of test shops with the longest ids, from `time` on, past the front door: copies of one that is
/// there.
async fn put_copies(world: &World, name: &str, time: i64, count: i64) {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let order = test_order(world).await;
    let id = new_id();
    payme(world, Mode::Test).create(&id, now(world), &order, TIYIN).await.unwrap();
    let key = format!("payme-test#{id}");
    let item = world.tables.get_item().table_name("transactions").key("transaction_key", S(key)).send().await.unwrap().item.unwrap();
    let item: Value = serde_dynamo::from_item(item).unwrap();
    for number in 0..count {
        let time = UnixMillis::new(time + number / 10).unwrap();
        let mut copy = item.clone();
        copy["transaction_key"] = json!(format!("payme-test#{name:x<58}{number:06}"));
        copy["provider_time"] = json!(time);
        copy["provider_day"] = json!(payme_day(Mode::Test, time));
        let copy: serde_dynamo::Item = serde_dynamo::to_item(copy).unwrap();
        let put = json!({"TableName": "transactions", "Item": copy});
        world.stack.store.database.put_item(serde_json::from_value(put).unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_long_statement_is_complete_and_a_longer_one_is_refused() {
    let world = world().await;
    let payme = payme(&world, Mode::Test);
    let day = UnixMillis::new(now(&world) - 3 * DAY_MS).unwrap().start_of_utc_day().get();
    // More keys than a page of the index holds (1 MB), and more items than many batches.
    put_copies(&world, "a", day, 8000).await;
    put_copies(&world, "b", day + DAY_MS, 8000).await;
    world.proxy.take_calls();
    let reply = payme.statement(day, day + DAY_MS - 1).await.unwrap();
    let found = ids(&reply);
    assert_eq!(found.len(), 8000);
    assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(reply.body.len() < 5_000_000);
    let pages = world.proxy.take_calls().iter().filter(|call| call.action == "Query").count();
    assert!(pages > 1, "{pages}");

    let too_long = payme.statement(day, day + 2 * DAY_MS).await.unwrap();
    assert_eq!((code(&too_long), too_long.body.len() < 1000), (-32400, true));
}

#[tokio::test]
async fn the_days_are_read_a_few_at_a_time() {
    let world = world().await;
    let gate = world.proxy.gate(suite::store_proxy::on("Query"));
    let payme = payme(&world, Mode::Test);
    let asked = tokio::spawn(async move { payme.statement(0, i64::MAX).await.unwrap() });
    gate.reached_by(8).await;
    // With the gate closed, no more than these come.
    tokio::task::yield_now().await;
    assert_eq!(world.proxy.take_calls().len(), 8);
    gate.open();
    assert!(ids(&asked.await.unwrap()).is_empty());
    // From the beginning of the service to a few minutes ahead, a day each, whatever was asked.
    let days = world.proxy.take_calls().len() + 8;
    let since_it_began = (now(&world) + 5 * MINUTE_MS - 1_793_491_200_000) / DAY_MS + 1;
    assert_eq!(i64::try_from(days).unwrap(), since_it_began);
}
