//! A shop's fee and contact, and changes of a shop that meet.

use serde_json::{Value, json};
use suite::{
    store_proxy::on,
    world::{LIVE, World},
};

use crate::support::{
    operator::{done, refused, settle},
    providers::{balance, live_order},
};

#[tokio::test]
async fn a_fee_and_a_contact_are_set_and_shown() {
    let world = World::with_live_shop().await;
    let show = json!({"command": "show_shop", "shop_id": "201"});
    let shown = done(&world, show.clone()).await;
    assert_eq!((&shown["fee_bps"], &shown["contact"]), (&json!(0), &json!(null)));
    let set_contact =
        |contact: Value| json!({"command": "set_contact", "shop_id": "201", "contact": contact});
    done(&world, json!({"command": "set_fee", "shop_id": "201", "fee_bps": 150})).await;
    done(&world, set_contact(json!("+998 90 123 45 67"))).await;
    let shown = done(&world, show.clone()).await;
    assert_eq!((&shown["fee_bps"], &shown["contact"]), (&json!(150), &json!("+998 90 123 45 67")));

    // A payer sees the contact, whatever the language and whether the payment is still open.
    let (open, paid) = (live_order(&world).await, live_order(&world).await);
    done(&world, settle(&paid, "s")).await;
    for order_id in [&open, &paid] {
        for (language, label) in
            [("uz", "Doʻkon bilan aloqa"), ("ru", "Связь с магазином"), ("en", "Contact the shop")]
        {
            let page = world.get(&format!("/pay/{order_id}?lang={language}")).await.body;
            assert!(page.contains("+998 90 123 45 67") && page.contains(label), "{language}: {page}");
        }
    }
    assert_eq!(balance(&world, LIVE).await, "985.00 UZS");
    done(&world, set_contact(json!(null))).await;
    assert_eq!(done(&world, show).await["contact"], json!(null));
    assert!(!world.get(&format!("/pay/{open}?lang=en")).await.body.contains("Contact the shop"));

    for fee in [json!(2001), json!(-1), json!(1.5), json!("150"), json!(null)] {
        let command = json!({"command": "set_fee", "shop_id": "201", "fee_bps": fee});
        assert_eq!(refused(&world, command).await, "invalid_field", "{fee}");
    }
    for contact in [json!(""), json!("a".repeat(101)), json!("a\nb"), json!(7)] {
        assert_eq!(refused(&world, set_contact(contact)).await, "invalid_field");
    }
    let without = json!({"command": "set_contact", "shop_id": "201"});
    assert_eq!(refused(&world, without).await, "missing_field");
    let unknown = json!({"command": "set_fee", "shop_id": "999", "fee_bps": 1});
    assert_eq!(refused(&world, unknown).await, "shop_not_found");
}

/// Each change writes only what it changes, so none of them undoes another one.
#[tokio::test(flavor = "multi_thread")]
async fn all_changes_of_a_shop_at_once_succeed() {
    let world = World::start().await;
    let gate = world.proxy.gate(on("TransactWriteItems").times(4));
    let opened = async {
        gate.reached_by(4).await;
        gate.open();
    };
    let change = |more: Value| {
        let mut command = json!({"shop_id": "101"});
        command.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        done(&world, command)
    };
    tokio::join!(
        opened,
        change(json!({"command": "rename_shop", "name": "Yangi"})),
        change(json!({"command": "set_fee", "fee_bps": 7})),
        change(json!({"command": "set_contact", "contact": "@yangi"})),
        change(json!({"command": "disable_shop"})),
    );
    let shown = done(&world, json!({"command": "show_shop", "shop_id": "101"})).await;
    assert_eq!(
        [&shown["name"], &shown["fee_bps"], &shown["contact"], &shown["status"]],
        [&json!("Yangi"), &json!(7), &json!("@yangi"), &json!("disabled")]
    );
}

/// A store of an older version has a profile without the newer attributes, and perhaps one of a
/// later version.
#[tokio::test]
async fn a_change_leaves_what_it_does_not_know_as_it_is() {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let world = World::start().await;
    let key = |value: &str| S(value.to_owned());
    let update = world.tables.update_item().table_name("shops").key("shop_id", key("101"));
    let update = update.key("record", key("profile")).update_expression("SET later = :later REMOVE fee_bps");
    update.expression_attribute_values(":later", key("as it was")).send().await.unwrap();
    done(&world, json!({"command": "set_fee", "shop_id": "101", "fee_bps": 5})).await;
    done(&world, json!({"command": "rename_shop", "shop_id": "101", "name": "B"})).await;
    let item = world.tables.get_item().table_name("shops").key("shop_id", key("101"));
    let item = item.key("record", key("profile")).send().await.unwrap().item.unwrap();
    assert_eq!((&item["later"], item["fee_bps"].as_n().unwrap().as_str()), (&key("as it was"), "5"));
}
