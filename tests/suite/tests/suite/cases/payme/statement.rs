//! GetStatement: by Payme's time, with both ends included, ascending, complete over days and pages,
//! and bounded.

use std::ops::Range;

use runners::{client::Reply, payme::new_id};
use serde_json::{Value, json};
use shared::domain::{key::StatementSource, mode::Mode, time::UnixMillis};
use suite::{invariants, world::World};

use crate::support::providers::{
    DAY_MS, HOUR_MS, MINUTE_MS, TIYIN, code, held_by_payme, live_order, now, payme, test_order,
};

/// The ids of a statement, in its order.
fn ids(reply: &Reply) -> Vec<String> {
    let transactions = reply.json()["result"]["transactions"].clone();
    transactions
        .as_array()
        .unwrap_or_else(|| panic!("{reply:?}"))
        .iter()
        .map(|entry| entry["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_statement_lists_what_was_created_by_payme_s_time() {
    let world = World::with_live_shop().await;
    let (payme, live) = (payme(&world, Mode::Test), payme(&world, Mode::Live));
    let start = now(&world);
    let mut expected = Vec::new();
    // Six transactions over three days, in every state. The later ones of a day have earlier times.
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
    assert_eq!(
        code(&live.create(&new_id(), now(&world), &live_order(&world).await, TIYIN).await.unwrap()),
        0
    );
    expected.sort();
    let all: Vec<_> = expected.iter().map(|(_, id, _)| id.clone()).collect();
    let (first, last) = (expected[0].0, expected[5].0);

    assert_eq!(ids(&payme.statement(0, i64::MAX).await.unwrap()), all);
    assert_eq!(ids(&payme.statement(i64::MIN, now(&world)).await.unwrap()), all);
    // Both ends are included.
    assert_eq!(ids(&payme.statement(first, last).await.unwrap()), all);
    assert_eq!(ids(&payme.statement(first + 1, last - 1).await.unwrap()), all[1..5]);
    assert_eq!(ids(&payme.statement(first, first).await.unwrap()), all[..1]);
    for (from, to) in [
        (first + 1, first + 1),
        (last, first),
        (i64::MAX, i64::MIN),
        (0, start - 30 * DAY_MS),
        (now(&world) + DAY_MS, i64::MAX),
    ] {
        assert!(ids(&payme.statement(from, to).await.unwrap()).is_empty(), "{from} {to}");
    }
    assert_eq!(ids(&live.statement(0, i64::MAX).await.unwrap()).len(), 1);

    // An entry has what CheckTransaction answers and what Payme sent.
    let entries = payme.statement(0, i64::MAX).await.unwrap().json()["result"]["transactions"].clone();
    for ((time, id, order), entry) in expected.iter().zip(entries.as_array().unwrap()) {
        let mut checked = payme.check(id).await.unwrap().json()["result"].clone();
        let sent = json!({"id": id, "time": time, "amount": TIYIN, "account": {"order_id": order}});
        checked.as_object_mut().unwrap().extend(sent.as_object().unwrap().clone());
        assert_eq!(*entry, checked);
    }
    invariants::check(&world.tables).await;
}

/// Puts paid transactions of test shops on `day` into the table: copies of an existing one,
/// numbered by `numbers`, with ids that begin with `name`. Their entries in a statement have equal
/// lengths.
async fn put_copies(world: &World, name: &str, day: i64, numbers: Range<i64>) {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let id = held_by_payme(world, Mode::Test, &test_order(world).await).await;
    payme(world, Mode::Test).perform(&id).await.unwrap();
    let key = format!("payme-test#{id}");
    let item = world
        .tables
        .get_item()
        .table_name("transactions")
        .key("transaction_key", S(key))
        .send()
        .await
        .unwrap()
        .item
        .unwrap();
    let item: Value = serde_dynamo::from_item(item).unwrap();
    for number in numbers {
        let time = UnixMillis::new(day + number / 10).unwrap();
        let mut copy = item.clone();
        copy["transaction_key"] = json!(format!("payme-test#{name}{number:06}"));
        copy["provider_time"] = json!(time);
        copy["provider_day"] = json!(StatementSource::Payme(Mode::Test).day(time));
        let copy: serde_dynamo::Item = serde_dynamo::to_item(copy).unwrap();
        let put = json!({"TableName": "transactions", "Item": copy});
        world.stack.store.database.put_item(serde_json::from_value(put).unwrap()).unwrap();
    }
}

/// The start of a day that is over.
fn past_day(world: &World) -> i64 {
    UnixMillis::new(now(world) - 3 * DAY_MS).unwrap().start_of_utc_day().get()
}

#[tokio::test]
async fn a_long_statement_is_complete() {
    let world = World::with_live_shop().await;
    let payme = payme(&world, Mode::Test);
    let day = past_day(&world);
    // More keys than a page of the index holds (1 MB), and more items than many batches.
    put_copies(&world, &"x".repeat(58), day, 0..8000).await;
    world.proxy.take_calls();
    let found = ids(&payme.statement(day, day + DAY_MS - 1).await.unwrap());
    assert_eq!(found.len(), 8000);
    assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
    let pages = world.proxy.take_calls().iter().filter(|call| call.action == "Query").count();
    assert!(pages > 1, "{pages}");
}

/// The limit is 5 MB. A statement below it is complete; with one entry more it is refused.
#[tokio::test]
async fn a_statement_is_whole_or_refused_at_its_limit() {
    const LIMIT: usize = 5_000_000;
    let world = World::with_live_shop().await;
    let payme = payme(&world, Mode::Test);
    let day = past_day(&world);
    let statement = async || payme.statement(day, day + DAY_MS - 1).await.unwrap();
    // Payme's ids have 24 characters.
    let name = "5f0a5f0a5f0a5f0a5f";
    let length = |reply: &Reply| reply.json()["result"].to_string().len();
    put_copies(&world, name, day, 0..1).await;
    let one = length(&statement().await);
    put_copies(&world, name, day, 1..2).await;
    let entry = length(&statement().await) - one;
    let most = i64::try_from(1 + (LIMIT - one) / entry).unwrap();
    assert!((17_000..18_000).contains(&most), "README says about 17,500: {most}");

    put_copies(&world, name, day, 2..most).await;
    let reply = statement().await;
    assert_eq!(ids(&reply).len(), usize::try_from(most).unwrap());
    assert!((LIMIT - entry..=LIMIT).contains(&length(&reply)));
    put_copies(&world, name, day, most..most + 1).await;
    let reply = statement().await;
    assert_eq!(
        (code(&reply), &reply.json()["error"]["data"], reply.body.len() < 1000),
        (-32400, &json!("to"), true)
    );
    // Shorter periods give the same entries in parts.
    let middle = day + most / 20;
    let (first, second) = (
        payme.statement(day, middle - 1).await.unwrap(),
        payme.statement(middle, day + DAY_MS - 1).await.unwrap(),
    );
    assert_eq!(i64::try_from(ids(&first).len() + ids(&second).len()).unwrap(), most + 1);
}

#[tokio::test]
async fn the_days_are_read_a_few_at_a_time() {
    let world = World::with_live_shop().await;
    let gate = world.proxy.gate(suite::store_proxy::on("Query"));
    let payme = payme(&world, Mode::Test);
    let asked = tokio::spawn(async move { payme.statement(0, i64::MAX).await.unwrap() });
    gate.reached_by(8).await;
    // No more calls than these are under way at once.
    tokio::task::yield_now().await;
    assert_eq!(world.proxy.take_calls().len(), 8);
    gate.open();
    assert!(ids(&asked.await.unwrap()).is_empty());
    // One query for each day, from the beginning of the service to a few minutes ahead, whatever
    // the period.
    let days = world.proxy.take_calls().len() + 8;
    let since_it_began = (now(&world) + 5 * MINUTE_MS - 1_793_491_200_000) / DAY_MS + 1;
    assert_eq!(i64::try_from(days).unwrap(), since_it_began);
}
