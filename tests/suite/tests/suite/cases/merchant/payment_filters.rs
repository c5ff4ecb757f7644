//! The filters of `get_payments`: what they find, their bounds, and what they cost.

use std::collections::BTreeMap;

use dynoxide::ImportOptions;
use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value, json};
use shared::domain::{
    day::Day,
    id::{OrderKey, ShopId},
    lifetime::Lifetime,
    money::PaymentAmount,
    payment::{Order, Payment, Status, StoredStatus},
    text::MerchantOrderId,
    time::UnixMillis,
};
use suite::{
    store_proxy::units,
    world::{SHOP_102, World},
};

use crate::support::{
    merchant::{assert_refused, encoded},
    providers::{DAY_MS, HOUR_MS},
};

/// A payment that a test puts into the store.
#[derive(Clone, Debug)]
struct Row {
    /// When it was created, in milliseconds before now.
    age_ms: i64,
    number: Option<&'static str>,
    status: StoredStatus,
}

/// Puts `rows` into shop 102. Returns the payments, newest first.
async fn fill(world: &World, rows: impl IntoIterator<Item = Row>) -> Vec<Payment> {
    let shop = world.stack.service.store.profile(&ShopId::parse("102").unwrap()).await.unwrap().unwrap();
    let now = world.stack.service.clock.now();
    let payment = |row: Row| {
        let order = Order {
            amount: PaymentAmount::MIN,
            merchant_order_id: row.number.map(|number| MerchantOrderId::parse(number).unwrap()),
            description: None,
            return_url: None,
            expires_in: None,
        };
        let created_at = now.plus_ms(-row.age_ms);
        let payment = Payment::new(&shop, order, OrderKey::random(), created_at, Lifetime::DAY);
        Payment { status: row.status, ..payment }
    };
    let mut payments: Vec<_> = rows.into_iter().map(payment).collect();
    payments.sort_by(|a, b| b.sort_key.cmp(&a.sort_key));
    let items = payments.iter().map(|payment| in_wire_form(&serde_json::to_value(payment).unwrap()));
    let items = items.map(|item| serde_json::from_value(item).unwrap()).collect();
    world.stack.store.database.import_items("payments", items, ImportOptions::default()).unwrap();
    payments
}

/// A flat record in DynamoDB's JSON.
fn in_wire_form(record: &Value) -> Value {
    let attribute = |value: &Value| match value {
        Value::Number(number) => json!({ "N": number.to_string() }),
        value => json!({ "S": value }),
    };
    record.as_object().unwrap().iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

/// One page of shop 102.
async fn page(world: &World, query: &str) -> Value {
    world.get(&format!("/api/get_payments?{SHOP_102}&{query}")).await.json()
}

fn order_ids(page: &Value) -> Vec<String> {
    let rows = page["payments"].as_array().unwrap_or_else(|| panic!("{page}"));
    rows.iter().map(|row| row["order_id"].as_str().unwrap().to_owned()).collect()
}

/// All pages, by `next_cursor`, beginning after `cursor`. Returns the rows and the number of pages.
async fn followed(world: &World, query: &str, mut cursor: Option<String>) -> (Vec<String>, usize) {
    let (mut all, mut pages) = (Vec::new(), 0);
    loop {
        let position = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = page(world, &format!("{query}{position}")).await;
        assert_eq!(page["count"], order_ids(&page).len());
        assert_eq!(page["has_more"], page["next_cursor"].is_string());
        all.extend(order_ids(&page));
        pages += 1;
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return (all, pages);
        }
    }
}

#[derive(Clone, Debug)]
struct Filters {
    status: Option<Status>,
    /// Days before today.
    from: Option<i64>,
    to: Option<i64>,
    number: Option<&'static str>,
    limit: usize,
    /// A row of the unfiltered list to begin after.
    after: Option<prop::sample::Index>,
}

impl Filters {
    fn day(days_ago: i64, now: UnixMillis) -> Day {
        Day::of(now.plus_ms(-days_ago * DAY_MS))
    }

    fn query(&self, now: UnixMillis) -> String {
        let day = |days_ago: i64| Self::day(days_ago, now).to_string();
        let values = [
            ("limit", Some(self.limit.to_string())),
            ("status", self.status.map(|status| status.into_str().to_owned())),
            ("from", self.from.map(day)),
            ("to", self.to.map(day)),
            ("merchant_order_id", self.number.map(encoded)),
        ];
        let given = values.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
        given.collect::<Vec<_>>().join("&")
    }

    /// Says the same without the store.
    fn accepts(&self, payment: &Payment, now: UnixMillis) -> bool {
        let day = payment.created_at.tashkent()[..10].to_owned();
        self.status.is_none_or(|status| payment.status_at(now) == status)
            && self.from.is_none_or(|from| Self::day(from, now).to_string() <= day)
            && self.to.is_none_or(|to| day <= Self::day(to, now).to_string())
            && self.number.is_none_or(|number| {
                payment.merchant_order_id.as_ref().is_some_and(|stored| stored.as_str() == number)
            })
    }
}

const NUMBERS: [&str; 3] = ["7", "7#7", "Буюртма 7"];

fn row() -> impl Strategy<Value = Row> {
    // A few rows share one millisecond.
    let age = prop_oneof![0..5_i64, 0..5 * DAY_MS, (0..5_i64).prop_map(|days| days * DAY_MS)];
    let number = prop::option::of(prop::sample::select(&NUMBERS[..]));
    let status = prop::sample::select(vec![
        StoredStatus::Pending,
        StoredStatus::Paid,
        StoredStatus::Cancelled,
        StoredStatus::Refunded,
    ]);
    (age, number, status).prop_map(|(age_ms, number, status)| Row { age_ms, number, status })
}

fn filters() -> impl Strategy<Value = Filters> {
    let days = || prop::option::of(0..6_i64);
    (
        prop::option::of(prop::sample::select(Status::ALL.to_vec())),
        days(),
        days(),
        prop::option::of(prop::sample::select(&NUMBERS[..])),
        prop_oneof![1..4_usize, Just(10), Just(100)],
        prop::option::of(any::<prop::sample::Index>()),
    )
        .prop_map(|(status, from, to, number, limit, after)| {
            // A range of days is in order: the first is longer ago.
            let (from, to) = match (from, to) {
                (Some(from), Some(to)) => (Some(from.max(to)), Some(from.min(to))),
                ends => ends,
            };
            Filters { status, from, to, number, limit, after }
        })
}

proptest! {
    #![proptest_config(Config { cases: 12, max_shrink_iters: 40, failure_persistence: None, ..Config::default() })]

    #[test]
    fn pages_give_what_filtering_the_whole_list_gives(
        rows in prop::collection::vec(row(), 0..160),
        all_filters in prop::collection::vec(filters(), 8),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::start().await;
            let (payments, now) = (fill(&world, rows).await, world.stack.service.clock.now());
            let (whole, _) = followed(&world, "limit=100", None).await;
            let expected: Vec<_> = payments.iter().map(|payment| payment.order_id.to_string()).collect();
            prop_assert_eq!(&whole, &expected);
            for filters in all_filters {
                let begins = filters.after.filter(|_| !payments.is_empty()).map(|after| after.index(payments.len()));
                let cursor = begins.map(|at| shared::domain::page::Cursor(payments[at].sort_key.clone()).to_string());
                let rest = &payments[begins.map_or(0, |at| at + 1)..];
                let expected = rest.iter().filter(|payment| filters.accepts(payment, now));
                let expected: Vec<_> = expected.map(|payment| payment.order_id.to_string()).collect();
                let (found, pages) = followed(&world, &filters.query(now), cursor).await;
                prop_assert_eq!(&found, &expected, "{:?}", &filters);
                prop_assert!(pages <= rest.len() / filters.limit + 2, "{pages} pages: {filters:?}");
            }
            Ok::<_, TestCaseError>(())
        })?;
    }
}

/// `count` payments, each a second older than the one before. Every one in `paid_every` is paid.
fn rows(count: i64, paid_every: i64, number: Option<&'static str>) -> impl Iterator<Item = Row> {
    (1..=count).map(move |one| Row {
        age_ms: one * 1000,
        number,
        status: if one % paid_every == 0 { StoredStatus::Paid } else { StoredStatus::Pending },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_looks_at_a_thousand_payments_at_most() {
    let world = World::start().await;
    fill(&world, rows(2500, 2200, None)).await;
    let (mut cursor, mut pages, mut costs) = (String::new(), Vec::new(), Vec::new());
    loop {
        world.proxy.take_calls();
        let page = page(&world, &format!("limit=10&status=paid{cursor}")).await;
        let calls = world.proxy.take_calls();
        costs.push((calls.len(), units(&calls).read));
        pages.push(order_ids(&page).len());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(pages, [0, 0, 1]);
    assert!(costs.iter().all(|(trips, read)| *trips <= 9 && *read <= 80.0), "{costs:?}");

    // A page that is soon full stops soon.
    world.proxy.take_calls();
    assert_eq!(page(&world, "limit=10&status=pending").await["count"], 10);
    let calls = world.proxy.take_calls();
    assert_eq!(calls.len(), 2);
    assert!(units(&calls).read <= 2.0, "{:?}", units(&calls));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_order_id_is_found_among_many_without_reading_them() {
    let world = World::start().await;
    let oldest = Row { age_ms: 10 * DAY_MS, number: Some("7"), status: StoredStatus::Paid };
    let payments = fill(&world, rows(3000, 1, None).chain([oldest])).await;
    world.proxy.take_calls();
    let found = page(&world, "merchant_order_id=7").await;
    let calls = world.proxy.take_calls();
    assert_eq!(order_ids(&found), [payments.last().unwrap().order_id.to_string()]);
    assert_eq!((calls.len(), units(&calls).read), (3, 2.5), "{calls:?}");
    assert_eq!(found["has_more"], false);

    // One number for everything is read in pages that are bounded, too.
    fill(&world, rows(250, 240, Some("all"))).await;
    world.proxy.take_calls();
    let first = page(&world, "merchant_order_id=all&status=paid").await;
    let calls = world.proxy.take_calls();
    assert!(first["has_more"] == true && units(&calls).read <= 105.0, "{first} {:?}", units(&calls));
    let (found, pages) = followed(&world, "merchant_order_id=all&status=paid", None).await;
    assert_eq!((found.len(), pages), (1, 3));
}

#[tokio::test]
async fn days_are_tashkent_s_and_both_ends_count() {
    let world = World::start().await;
    let midnight = Day::of(world.stack.service.clock.now()).start();
    let age = |at: UnixMillis| world.stack.service.clock.now().get() - at.get();
    let at =
        |millis: i64| Row { age_ms: age(midnight.plus_ms(millis)), number: None, status: StoredStatus::Paid };
    let payments = fill(&world, [at(0), at(-1), at(-DAY_MS), at(-DAY_MS - 1)]).await;
    let ids: Vec<_> = payments.iter().map(|payment| payment.order_id.to_string()).collect();
    let day = |days_ago: i64| Day::of(midnight.plus_ms(HOUR_MS - days_ago * DAY_MS)).to_string();
    for (query, expected) in [
        (format!("from={}", day(0)), &ids[..1]),
        (format!("to={}", day(1)), &ids[1..]),
        (format!("from={0}&to={0}", day(1)), &ids[1..3]),
        (format!("from={0}&to={0}", day(2)), &ids[3..]),
        ("from=1970-01-01&to=9999-12-31".to_owned(), &ids[..]),
        ("from=9999-12-31".to_owned(), &[]),
    ] {
        assert_eq!(order_ids(&page(&world, &query).await), expected, "{query}");
    }
}

#[tokio::test]
async fn filters_are_read_strictly_and_not_together_with_an_offset() {
    let world = World::start().await;
    let sentences = BTreeMap::from([
        ("status=Paid", "status must be pending, paid, cancelled, expired or refunded"),
        ("from=2026-02-30", "from must be a day that exists, written YYYY-MM-DD"),
        ("to=24.11.2026", "to must be a day that exists, written YYYY-MM-DD"),
        ("from=2026-02-02&to=2026-02-01", "to must be from or a later day"),
    ]);
    for (query, sentence) in sentences {
        let reply = world.shop("get_payments", query).await;
        assert_refused(&reply, "invalid_parameter", query);
        assert_eq!(reply.text("error"), sentence);
    }
    let cursor = world.shop("get_payments", "limit=1").await.text("next_cursor");
    for filter in ["status=paid", "from=2026-01-01", "to=2026-01-01", "merchant_order_id=7"] {
        let reply = world.shop("get_payments", &format!("{filter}&offset=1")).await;
        assert_refused(&reply, "unsupported_combination", filter);
        assert_eq!(
            reply.text("error"),
            "offset and status, from, to or merchant_order_id cannot be used together"
        );
        for fine in ["offset=0".to_owned(), format!("cursor={cursor}")] {
            let reply = world.shop("get_payments", &format!("{filter}&{fine}")).await;
            assert_eq!(reply.json()["success"], true, "{filter} {fine} {reply:?}");
        }
    }
    let reply = world.shop("get_payments", &format!("status=paid&offset=0&cursor={cursor}")).await;
    assert_refused(&reply, "unsupported_combination", "offset and cursor");
    assert_eq!(reply.text("error"), "offset and cursor cannot be used together");
}
