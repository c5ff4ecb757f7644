//! The function `audit`, which a schedule invokes every five minutes.

use std::time::Duration;

use serde_json::{Value, json};
use suite::{
    store_proxy::{Fault, on},
    world::World,
};

use crate::support::{
    operator::{invoke_within, order, paid},
    providers::DAY_MS,
};

/// The event that the schedule sends.
const EVENT: &str = include_str!("../../../../../../events/audit/schedule.json");

async fn audit(world: &World) -> Value {
    world.invoke("audit", &serde_json::from_str(EVENT).unwrap()).await
}

/// Runs it with so little time that it gets one page further.
async fn audit_in_a_hurry(world: &World) -> Value {
    invoke_within(world, &audit::function(), &json!({}), Duration::from_secs(5)).await
}

async fn add_to_paid_total(world: &World, tiyin: i64) {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let change = world
        .tables
        .update_item()
        .table_name("shops")
        .key("shop_id", S("201".to_owned()))
        .key("record", S("balance".to_owned()))
        .update_expression("ADD paid_total :n");
    change.expression_attribute_values(":n", N(tiyin.to_string())).send().await.unwrap();
}

fn lines(world: &World, outcome: &str) -> Vec<Value> {
    world.log.take_lines().into_iter().filter(|line| line["outcome"] == outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_is_made_once_a_day() {
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    let first = audit(&world).await;
    assert_eq!(
        (&first["did"], &first["pass"]["shops"], &first["pass"]["payments"]),
        (&json!("finished"), &json!(3), &json!(5))
    );
    let finished = lines(&world, "audit_finished");
    assert_eq!(finished.len(), 1);
    assert_eq!(
        (&finished[0]["level"], &finished[0]["differences"], &finished[0]["in_motion"]),
        (&json!("info"), &json!(0), &json!([]))
    );
    assert_eq!(audit(&world).await["did"], "nothing_left");
    assert!(lines(&world, "audit_finished").is_empty());
    world.clock.advance_ms(DAY_MS);
    assert_eq!(audit(&world).await["did"], "finished");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_is_an_error_line() {
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    add_to_paid_total(&world, 1).await;
    assert_eq!(audit(&world).await["pass"]["differences"], 1);
    let lines = world.log.take_lines();
    let of = |outcome: &str| lines.iter().find(|line| line["outcome"] == outcome).unwrap().clone();
    let difference = of("audit_difference");
    assert_eq!(
        (&difference["level"], &difference["table"], &difference["key"], &difference["what"]),
        (&json!("error"), &json!("shops"), &json!("201/balance"), &json!("paid_total"))
    );
    assert_eq!(
        (&of("audit_finished")["level"], &of("audit_finished")["differences"]),
        (&json!("error"), &json!(1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_goes_on_where_the_last_invocation_stopped() {
    let world = World::with_live_shop().await;
    for _ in 0..150 {
        order(&world, "1000").await;
    }
    paid(&world, "1000").await;
    let (mut invocations, mut last) = (0, Value::Null);
    while last["did"] != "finished" {
        last = audit_in_a_hurry(&world).await;
        assert!(last["did"] == "stopped" || last["did"] == "finished", "{last}");
        invocations += 1;
        assert!(invocations < 100);
    }
    assert!(invocations > 5, "{invocations}");
    assert_eq!((&last["pass"]["payments"], &last["pass"]["differences"]), (&json!(155), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_invocations_never_work_at_the_same_time() {
    let world = World::with_live_shop().await;
    let gate = world.proxy.gate(on("Query").table("payments").times(1));
    let second = async {
        gate.reached().await;
        let second = audit(&world).await;
        gate.open();
        second
    };
    let (first, second) = tokio::join!(audit(&world), second);
    assert_eq!((&first["did"], &second["did"]), (&json!("finished"), &json!("nothing")));
}

/// A store that fails costs the work of one invocation, not the pass.
#[tokio::test(flavor = "multi_thread")]
async fn a_failing_store_is_an_error_and_the_next_invocation_goes_on() {
    let world = World::with_live_shop().await;
    world.proxy.inject(Fault::InternalError, on("Query"));
    let failed = audit(&world).await;
    assert_eq!(failed["error_code"], "store_unavailable", "{failed}");
    world.proxy.heal();
    assert_eq!(audit(&world).await["did"], "finished");
}

/// After a restore a shop may have lost its profile. It is still proven.
#[tokio::test(flavor = "multi_thread")]
async fn a_shop_without_its_profile_is_audited() {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let world = World::with_live_shop().await;
    paid(&world, "1000").await;
    add_to_paid_total(&world, 1).await;
    let delete = world.tables.delete_item().table_name("shops").key("shop_id", S("201".to_owned()));
    delete.key("record", S("profile".to_owned())).send().await.unwrap();
    let audited = audit(&world).await;
    assert_eq!((&audited["did"], &audited["pass"]["shops"]), (&json!("finished"), &json!(3)));
    let found = lines(&world, "audit_difference");
    let found: Vec<_> =
        found.iter().map(|line| (line["key"].as_str().unwrap(), line["what"].as_str().unwrap())).collect();
    assert_eq!(found, [("201/profile", "item"), ("201/balance", "paid_total")]);
}
