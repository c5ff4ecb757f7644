//! The restore procedure of functions/operator/README.md: audit, repair, audit, compare_statement,
//! then settle or adjust what the providers know and we lost.

use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    invariants,
    world::{LIVE, World},
};

use crate::support::{
    operator::{adjust, complete, done, perform, settle},
    providers::{MINUTE_MS, balance, held_by_click, held_by_payme, live_order, payme, result, status},
    snapshot::Snapshot,
};

/// The audit's differences.
async fn differences(world: &World) -> Vec<Value> {
    let audit = done(world, json!({"command": "audit"})).await;
    audit["differences"].as_array().unwrap().clone()
}

/// Compares the live attempts of `day` with a provider's statement of performed payments of 1000.00.
async fn compare(world: &World, provider: &str, day: &str, ids: &[&str]) -> Value {
    let entry = |id: &&str| json!({"id": id, "amount": "1000.00", "state": 2});
    let entries: Vec<Value> = ids.iter().map(entry).collect();
    let command = json!({"command": "compare_statement", "provider": provider, "day": day});
    let mut command = command;
    command["entries"] = json!(entries);
    done(world, command).await
}

fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_platform_is_whole_again() {
    let world = World::with_live_shop().await;
    let half = live_order(&world).await;
    let half_id = held_by_payme(&world, Mode::Live, &half).await;
    let waiting = live_order(&world).await;
    let before = Snapshot::take(&world).await;
    world.clock.advance_ms(1000);
    perform(&world, Mode::Live, &half_id).await;
    let moment = Snapshot::take(&world).await;

    // After the moment of the restore: a payment that we know is paid, and one that we lost.
    let click_fields = held_by_click(&world, &waiting).await;
    complete(&world, &click_fields).await;
    let lost = live_order(&world).await;
    let lost_id = held_by_payme(&world, Mode::Live, &lost).await;
    perform(&world, Mode::Live, &lost_id).await;
    assert_eq!(balance(&world, LIVE).await, "3000.00 UZS");

    // The restored tables have the paid payment and its event, and lack the rest of the transaction.
    let changed = before.changed(&moment);
    let kept: Vec<_> =
        changed.iter().filter(|(table, _)| matches!(*table, "payments" | "events")).cloned().collect();
    assert!((1..changed.len()).contains(&kept.len()), "{changed:?}");
    before.with(&moment, &kept).restore(&world).await;
    world.clock.advance_ms(5 * MINUTE_MS);

    let found = differences(&world).await;
    assert!(!found.is_empty());
    let repaired =
        done(&world, json!({"command": "repair", "shop_id": "201", "reference": "restore-1"})).await;
    assert_eq!((&repaired["after"], &repaired["next_cursor"]), (&json!([]), &json!(null)), "{repaired}");
    assert_eq!(differences(&world).await, Vec::<Value>::new());
    assert_eq!(balance(&world, LIVE).await, "1000.00 UZS");

    let day = &world.stack.service.clock.now().tashkent()[..10];
    let of_payme = compare(&world, "payme", day, &[&half_id, &lost_id]).await;
    assert_eq!(ids(&of_payme["missing_here"]), [lost_id.as_str()], "{of_payme}");
    let of_click = compare(&world, "click", day, &[&click_fields.click_trans_id]).await;
    assert_eq!(ids(&of_click["missing_here"]), [click_fields.click_trans_id.as_str()], "{of_click}");

    // Click's register names the order, which exists. Payme's names one that we do not have.
    assert_eq!((status(&world, &waiting).await, status(&world, &lost).await), ("pending".into(), "".into()));
    done(&world, settle(&waiting, "restore-2")).await;
    done(&world, adjust("1000.00", "restore-3")).await;
    assert_eq!(balance(&world, LIVE).await, "3000.00 UZS");
    world.clock.advance_ms(MINUTE_MS);
    assert_eq!(differences(&world).await, Vec::<Value>::new());
    let problems = invariants::problems(&world.tables).await;
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let repeat = payme(&world, Mode::Live).perform(&half_id).await.unwrap();
    assert_eq!(result(&repeat, "state"), 2);
}
