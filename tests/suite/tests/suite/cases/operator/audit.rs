//! The audit finds nothing after any sequence of steps, and finds and names one item that was
//! edited by hand.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{invariants, store_proxy::on, world::World};

use crate::support::{
    operator::{ask_within, complete, done, new_shop, order, paid, refused},
    providers::{HOUR_MS, held_by_click, held_by_payme, payme},
    sequence::{Sequence, step},
};

async fn audit(world: &World, shop_id: &str) -> Value {
    done(world, json!({"command": "audit", "shop_id": shop_id})).await
}

type Item = HashMap<String, AttributeValue>;

/// Everything that is stored for shop 201: each item with its table and the key that the audit
/// shows.
async fn items(world: &World) -> Vec<(&'static str, String, Item)> {
    let mut all = Vec::new();
    for table in ["payments", "transactions", "shops", "events"] {
        let output = world.tables.scan().table_name(table).send().await.unwrap();
        for item in output.items.unwrap() {
            let text =
                |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
            let key = match table {
                "payments" => text("order_key"),
                "transactions" => text("transaction_key"),
                "events" => format!("{}/{}", text("shop_id"), text("event_key")),
                _ => format!("{}/{}", text("shop_id"), text("record")),
            };
            if text("shop_id") == "201" {
                all.push((table, key, item));
            }
        }
    }
    all
}

/// The values that a manual edit may give to an attribute.
fn tampered(value: &AttributeValue, name: &str) -> Vec<AttributeValue> {
    let texts = |texts: &[&str]| texts.iter().map(|text| AttributeValue::S((*text).to_owned())).collect();
    let numbers =
        |numbers: &[i64]| numbers.iter().map(|number| AttributeValue::N(number.to_string())).collect();
    let number = || value.as_n().unwrap().parse::<i64>().unwrap();
    let changed: Vec<AttributeValue> = match name {
        "status" => texts(&["pending", "paid", "cancelled", "refunded", "nonsense"]),
        "fingerprint" => texts(&["nonsense"]),
        "state" => numbers(&[1, 2, -1, -2, 7]),
        "amount" => numbers(&[number() + 1, number() - 1, 0]),
        "type" => texts(&["payment.paid", "payout.reversed", "nonsense"]),
        _ => numbers(&[number() + 1]),
    };
    changed.into_iter().filter(|changed| changed != value).collect()
}

/// A manual edit: the item before and after it.
#[derive(Clone, Debug)]
struct ByHand {
    table: &'static str,
    key: String,
    name: &'static str,
    before: Item,
    after: Item,
}

/// Every manual edit that is possible now.
async fn changes_by_hand(world: &World) -> Vec<ByHand> {
    let mut changes = Vec::new();
    for (table, key, before) in items(world).await {
        let names: &[&str] = match table {
            "payments" => &["amount", "status", "fingerprint", "fee", "net", "paid_at", "refunded_at"],
            // Only an attempt that paid has its fee in other items, too.
            "transactions" if before.contains_key("performed_at") => {
                &["state", "amount", "fee", "performed_at"]
            }
            "transactions" => &["state", "amount"],
            "events" => &["gross", "fee", "net", "type", "occurred_at"],
            _ if key.ends_with("/balance") => &[
                "balance",
                "paid_total",
                "fee_total",
                "refunded_total",
                "paid_out_total",
                "adjusted_total",
                "paid_count",
            ],
            _ => &[],
        };
        for name in names.iter().filter(|name| before.contains_key(**name)) {
            for value in tampered(&before[*name], name) {
                let mut after = before.clone();
                after.insert((*name).to_owned(), value);
                changes.push(ByHand { table, key: key.clone(), name, before: before.clone(), after });
            }
        }
    }
    changes
}

/// Makes the edit, checks that the audit finds it, and undoes it.
async fn find(world: &World, change: &ByHand) -> Result<(), TestCaseError> {
    put(world, change.table, change.after.clone()).await;
    let answer = audit(world, "201").await;
    put(world, change.table, change.before.clone()).await;
    let text = |difference: &Value, name: &str| difference[name].as_str().unwrap().to_owned();
    let differences = answer["differences"].as_array().unwrap();
    let named: Vec<_> =
        differences.iter().map(|difference| (text(difference, "table"), text(difference, "key"))).collect();
    let changed = (change.table.to_owned(), change.key.clone());
    // A wrong event breaks the sums of its shop, too.
    let sums = ("shops".to_owned(), "201/balance".to_owned());
    let others = named.iter().filter(|one| **one != changed && (change.table != "events" || **one != sums));
    prop_assert!(named.first() == Some(&changed) && others.count() == 0, "{:?}: {}", change, answer);
    Ok(())
}

async fn put(world: &World, table: &str, item: Item) {
    world.tables.put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
}

proptest! {
    #![proptest_config(Config { cases: 24, max_shrink_iters: 60, failure_persistence: None, ..Config::default() })]

    #[test]
    fn after_any_sequence_the_audit_finds_only_a_manual_edit(
        steps in proptest::collection::vec((step(), 0..8_usize), 20..60),
        by_hand in any::<proptest::sample::Index>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut mixture = Sequence::new().await;
            for (step, which) in &steps {
                mixture.take(step, *which).await;
                invariants::check(&mixture.world.tables).await;
            }
            mixture.world.proxy.heal();
            let answer = audit(&mixture.world, "201").await;
            prop_assert_eq!(&answer["differences"], &json!([]));
            prop_assert_eq!(&answer["in_motion"], &json!([]));
            prop_assert_eq!(answer["payments_checked"].as_u64().unwrap(), mixture.orders.len() as u64);
            let of_test_shop = audit(&mixture.world, "101").await;
            prop_assert_eq!(&of_test_shop["differences"], &json!([]));
            let changes = changes_by_hand(&mixture.world).await;
            find(&mixture.world, by_hand.get(&changes)).await
        })?;
    }
}

/// A payment in each state and a payout, so that every kind of edit occurs at least once.
#[tokio::test(flavor = "multi_thread")]
async fn the_audit_finds_each_kind_of_manual_edit() {
    let world = World::with_live_shop().await;
    held_by_click(&world, &order(&world, "1000").await).await;
    world.clock.advance_ms(HOUR_MS);
    held_by_click(&world, &order(&world, "1000").await).await;
    let by_provider = order(&world, "1000").await;
    complete(&world, &held_by_click(&world, &by_provider).await).await;
    let (refunded, _) = (paid(&world, "3000").await, paid(&world, "4000").await);
    done(&world, json!({"command": "refund_payment", "order_id": refunded, "reference": "r"})).await;
    let cancelled = order(&world, "1000").await;
    done(&world, json!({"command": "cancel_payment", "order_id": cancelled, "reference": "c"})).await;
    done(&world, json!({"command": "record_payout", "shop_id": "201", "amount": "500", "reference": "p"}))
        .await;
    done(&world, json!({"command": "rename_shop", "shop_id": "201", "name": "Another"})).await;
    let mut kinds = BTreeSet::new();
    for change in changes_by_hand(&world).await {
        // A difference is read three times, half a second apart, so one edit of each kind must do.
        if kinds.insert((change.table, change.name)) {
            find(&world, &change).await.unwrap();
        }
    }
    assert_eq!(kinds.len(), 23, "{kinds:?}");
    let answer = audit(&world, "201").await;
    assert_eq!(answer["differences"], json!([]), "everything was put back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_says_what_was_expected_and_what_was_found() {
    let world = World::with_live_shop().await;
    let order_id = paid(&world, "1000").await;
    let key = order_id.rsplit('_').next().unwrap();
    let change =
        world.tables.update_item().table_name("payments").key("order_key", AttributeValue::S(key.to_owned()));
    let change = change.update_expression("SET amount = :amount");
    change
        .expression_attribute_values(":amount", AttributeValue::N("9900000".to_owned()))
        .send()
        .await
        .unwrap();
    let expected = json!([{"table": "payments", "key": key, "what": "amount", "expected": "1000.00", "found": "99000.00"}]);
    assert_eq!(audit(&world, "201").await["differences"], expected);
    // The other shop has no difference; an audit of all shops has this one.
    assert_eq!(audit(&world, "102").await["differences"], json!([]));
    let all = done(&world, json!({"command": "audit"})).await;
    assert_eq!(
        (&all["shops_checked"], &all["payments_checked"], &all["differences"]),
        (&json!(3), &json!(5), &expected)
    );
    assert_eq!(refused(&world, json!({"command": "audit", "shop_id": "999"})).await, "shop_not_found");
}

/// The shop is in business while it is audited: a payment is settled between the two readings of its
/// balance.
#[tokio::test(flavor = "multi_thread")]
async fn a_balance_that_moves_during_the_audit_is_read_again() {
    let world = World::with_live_shop().await;
    paid(&world, "2000").await;
    let order_id = order(&world, "1000").await;
    // The first page of the journal is the settled part, the second one the rest.
    let gate = world.proxy.gate(on("Query").table("events").nth(2));
    let meanwhile = async {
        gate.reached().await;
        complete(&world, &held_by_click(&world, &order_id).await).await;
        gate.open();
    };
    let ((), answer) = tokio::join!(meanwhile, audit(&world, "201"));
    assert_eq!((&answer["differences"], &answer["in_motion"]), (&json!([]), &json!([])), "{answer}");
}

/// A balance that never stands still cannot be compared.
#[tokio::test(flavor = "multi_thread")]
async fn a_balance_that_never_stands_still_is_in_motion() {
    let world = World::with_live_shop().await;
    paid(&world, "2000").await;
    let mut gates: Vec<_> =
        (2..22).map(|nth| world.proxy.gate(on("Query").table("events").nth(nth))).collect();
    let meanwhile = async {
        for gate in gates.drain(..) {
            gate.reached().await;
            paid(&world, "1000").await;
            gate.open();
        }
    };
    let ((), answer) = tokio::join!(meanwhile, audit(&world, "201"));
    assert_eq!((&answer["differences"], &answer["in_motion"]), (&json!([]), &json!(["201"])), "{answer}");
    assert_eq!(audit(&world, "201").await["in_motion"], json!([]));
}

/// A payment that changes between the read of it and the read of its transactions is read again in
/// one transaction.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_changes_during_the_audit_is_no_difference() {
    let world = World::with_live_shop().await;
    let order_id = order(&world, "1000").await;
    for _ in 0..4 {
        order(&world, "1000").await;
    }
    // One query for each payment, after all payments were read.
    let gate = world.proxy.gate(on("Query").table("transactions").times(5));
    let meanwhile = async {
        gate.reached_by(5).await;
        held_by_click(&world, &order_id).await;
        gate.open();
    };
    world.proxy.take_calls();
    let ((), answer) = tokio::join!(meanwhile, audit(&world, "201"));
    assert_eq!((&answer["differences"], &answer["in_motion"]), (&json!([]), &json!([])), "{answer}");
    let calls = world.proxy.take_calls();
    assert_eq!(calls.iter().filter(|call| call.action == "TransactGetItems").count(), 1);
}

/// Makes a new payment of shop 101 with `attempts` cancelled attempts. Returns its order id.
async fn tried_often(world: &World, attempts: usize) -> String {
    let (order_id, payme) = (world.create("amount=1000").await, payme(world, Mode::Test));
    for _ in 0..attempts {
        let id = held_by_payme(world, Mode::Test, &order_id).await;
        payme.cancel(&id, 3).await.unwrap();
        world.clock.advance_ms(1);
    }
    order_id
}

async fn shown(world: &World, order_id: &str) -> Vec<Value> {
    let answer = done(world, json!({"command": "show_payment", "order_id": order_id})).await;
    answer["transactions"].as_array().unwrap().clone()
}

/// More attempts than one transaction can read.
#[tokio::test(flavor = "multi_thread")]
async fn every_attempt_of_a_payment_is_shown_and_checked() {
    let world = World::start().await;
    let order_id = tried_often(&world, 150).await;
    let last = held_by_payme(&world, Mode::Test, &order_id).await;
    payme(&world, Mode::Test).perform(&last).await.unwrap();
    let shown = shown(&world, &order_id).await;
    let (cancelled, paid) = shown.split_at(150);
    assert!(cancelled.iter().all(|attempt| attempt["state"] == -1), "{shown:?}");
    assert_eq!(
        (paid.len(), &paid[0]["state"], &paid[0]["transaction_key"]),
        (1, &json!(2), &json!(format!("payme-test#{last}")))
    );
    assert_eq!(audit(&world, "101").await["differences"], json!([]));

    let key = cancelled[149]["transaction_key"].as_str().unwrap();
    let change = world
        .tables
        .update_item()
        .table_name("transactions")
        .key("transaction_key", AttributeValue::S(key.to_owned()));
    let change = change.update_expression("SET amount = :amount");
    change.expression_attribute_values(":amount", AttributeValue::N("1".to_owned())).send().await.unwrap();
    let differences = audit(&world, "101").await["differences"].clone();
    assert_eq!(
        (differences.as_array().unwrap().len(), &differences[0]["key"]),
        (1, &json!(key)),
        "{differences}"
    );
}

/// All parts of a long read show one moment: the read begins again if the payment changed between
/// them.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_changes_during_a_long_read_is_read_again() {
    let world = World::start().await;
    let order_id = tried_often(&world, 120).await;
    let gate = world.proxy.gate(on("TransactGetItems").nth(2));
    let meanwhile = async {
        gate.reached().await;
        let id = held_by_payme(&world, Mode::Test, &order_id).await;
        gate.open();
        id
    };
    let (id, shown) = tokio::join!(meanwhile, shown(&world, &order_id));
    let holding: Vec<_> = shown
        .iter()
        .filter(|attempt| attempt["state"] == 1)
        .map(|attempt| attempt["transaction_key"].clone())
        .collect();
    assert_eq!((shown.len(), holding), (121, vec![json!(format!("payme-test#{id}"))]));
}

/// Runs an audit with so little time that each invocation gets one page further.
async fn audit_in_a_hurry(world: &World, mut command: Value) -> (u64, Vec<Value>) {
    let (mut invocations, mut answers) = (0, Vec::new());
    loop {
        let answer = ask_within(world, &command, Duration::from_secs(5)).await;
        assert_eq!(answer["success"], true, "{answer}");
        invocations += 1;
        let cursor = answer["next_cursor"].clone();
        answers.push(answer);
        if cursor.is_null() {
            return (invocations, answers);
        }
        command["cursor"] = cursor;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_that_runs_out_of_time_goes_on_from_its_cursor() {
    let world = World::start().await;
    let (shop, key) = new_shop(&world, "live").await;
    for number in 0..230 {
        let path = format!("/api/create_payment?shop_id={shop}&shop_key={key}&amount={}", 1000 + number);
        let order_id = world.get(&path).await.text("order_id");
        if number % 10 == 0 {
            done(
                &world,
                json!({"command": "settle_payment", "order_id": order_id, "reference": format!("s{number}")}),
            )
            .await;
            let payout = json!({"command": "record_payout", "shop_id": shop, "amount": "1.5", "reference": format!("p{number}")});
            done(&world, payout).await;
        }
    }
    let total = |answers: &[Value], name: &str| {
        answers.iter().map(|answer| answer[name].as_u64().unwrap()).sum::<u64>()
    };
    let differences = |answers: &[Value]| {
        answers.iter().map(|answer| answer["differences"].as_array().unwrap().len()).sum::<usize>()
    };

    // Three pages of payments, one of actions, one of the journal, then the balance.
    let (invocations, answers) = audit_in_a_hurry(&world, json!({"command": "audit", "shop_id": shop})).await;
    assert_eq!(
        (invocations, total(&answers, "payments_checked"), total(&answers, "shops_checked")),
        (6, 230, 1)
    );
    assert_eq!(differences(&answers), 0, "{answers:?}");
    let (_, answers) = audit_in_a_hurry(&world, json!({"command": "audit"})).await;
    assert_eq!(
        (total(&answers, "payments_checked"), total(&answers, "shops_checked"), differences(&answers)),
        (234, 3, 0)
    );

    let cursor = answers[0]["next_cursor"].clone();
    assert_eq!(
        refused(&world, json!({"command": "audit", "shop_id": shop, "cursor": cursor})).await,
        "invalid_cursor"
    );

    // The sums that the cursor carries also find a wrong balance.
    let key = HashMap::from([
        ("shop_id".to_owned(), AttributeValue::S(shop.clone())),
        ("record".to_owned(), AttributeValue::S("balance".to_owned())),
    ]);
    let change = world
        .tables
        .update_item()
        .table_name("shops")
        .set_key(Some(key))
        .update_expression("ADD paid_total :one");
    change.expression_attribute_values(":one", AttributeValue::N("1".to_owned())).send().await.unwrap();
    let (_, answers) = audit_in_a_hurry(&world, json!({"command": "audit", "shop_id": shop})).await;
    assert_eq!(differences(&answers), 1);
    assert_eq!(answers.last().unwrap()["differences"][0]["what"], "paid_total");
}

/// A commit goes item by item, so a difference of sums counts only if three readings show it.
#[tokio::test(flavor = "multi_thread")]
async fn sums_that_differ_for_a_moment_are_no_difference() {
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    let key = HashMap::from([
        ("shop_id".to_owned(), AttributeValue::S("201".to_owned())),
        ("record".to_owned(), AttributeValue::S("balance".to_owned())),
    ]);
    let add = async |number: i64| {
        let change = world
            .tables
            .update_item()
            .table_name("shops")
            .set_key(Some(key.clone()))
            .update_expression("ADD paid_count :n");
        change.expression_attribute_values(":n", AttributeValue::N(number.to_string())).send().await.unwrap();
    };
    add(1).await;
    // The second reading of the rest, before the third.
    let gate = world.proxy.gate(on("Query").table("events").nth(4));
    let meanwhile = async {
        gate.reached().await;
        add(-1).await;
        gate.open();
    };
    let ((), answer) = tokio::join!(meanwhile, audit(&world, "201"));
    assert_eq!((&answer["differences"], &answer["in_motion"]), (&json!([]), &json!([])), "{answer}");
}
