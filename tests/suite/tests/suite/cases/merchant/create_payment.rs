//! `create_payment`: the whole answer, amounts, idempotency keys, and many calls at once.

use std::collections::HashSet;

use runners::client::Reply;
use shared::domain::{id::OrderId, lifetime::Lifetime};
use suite::{
    redact::by_field,
    world::{SHOP_101, SHOP_102, World},
};

use crate::support::merchant::{assert_refused, at_once, encoded, field};

#[tokio::test]
async fn create_payment() {
    let world = World::start().await;
    let reply = world.shop("create_payment", "amount=1000.00").await;
    insta::assert_snapshot!(by_field(&reply.body), @r#"
    {"success":true,
    "payment_id":"<payment id>",
    "order_id":"<order id>",
    "shop_id":"101",
    "amount":1000.00,
    "amount_formatted":"1000.00 UZS",
    "created_at":"<time>",
    "status":"pending",
    "mode":"test",
    "created_at_iso":"<iso time>",
    "expires_at":"<time>",
    "expires_at_iso":"<iso time>",
    "pay_url":"<url>/pay/<order id>"}
    "#);
    assert_eq!(reply.text("pay_url"), format!("{}/pay/{}", world.stack.url(), reply.text("order_id")));

    let extras = "amount=1234.5&merchant_order_id=A-1&description=Choy%20%26%20non&return_url=https%3A%2F%2Fshop.uz%2Fok%3Fa%3D1";
    let reply = world.shop("create_payment", extras).await;
    let json = reply.json();
    assert!(reply.body.contains(r#""amount":1234.50,"amount_formatted":"1234.50 UZS""#), "{}", reply.body);
    assert_eq!(json["merchant_order_id"], "A-1");
    assert_eq!(json["description"], "Choy & non");
    assert_eq!(json["return_url"], "https://shop.uz/ok?a=1");
}

#[tokio::test]
async fn amounts_are_read_strictly() {
    let world = World::start().await;
    let before = world.count_payments().await;
    let digits = "9".repeat(400);
    for (amount, code) in [
        ("999.99", "amount_too_small"),
        ("0", "amount_too_small"),
        ("0.001", "invalid_amount"),
        ("1000000000", "amount_too_large"),
        ("1000000000.00", "amount_too_large"),
        (digits.as_str(), "amount_too_large"),
        ("1e3", "invalid_amount"),
        ("+1000", "invalid_amount"),
        ("-1000", "invalid_amount"),
        ("1,000", "invalid_amount"),
        ("1_000", "invalid_amount"),
        ("1000.001", "invalid_amount"),
        ("1000.", "invalid_amount"),
        (".5", "invalid_amount"),
        ("NaN", "invalid_amount"),
        ("inf", "invalid_amount"),
        (" 1000", "invalid_amount"),
        ("1000 ", "invalid_amount"),
        ("1 000", "invalid_amount"),
        ("0x3e8", "invalid_amount"),
        ("١٠٠٠", "invalid_amount"),
        ("１０００", "invalid_amount"),
    ] {
        let reply = world.shop("create_payment", &format!("amount={}", encoded(amount))).await;
        assert_refused(&reply, code, amount);
    }
    // A raw plus is a space in a query.
    assert_refused(&world.shop("create_payment", "amount=+1000").await, "invalid_amount", "raw plus");
    assert_eq!(
        world.shop("create_payment", "amount=1").await.text("error"),
        "amount must be at least 1000.00 UZS"
    );
    assert_eq!(world.count_payments().await, before);
}

#[tokio::test]
async fn an_idempotency_key_stands_for_one_order_for_ever() {
    let world = World::start().await;
    let ask = async |parameters: &str| {
        world.shop("create_payment", &format!("idempotency_key=k1&{parameters}")).await
    };
    let first = ask("amount=1000&description=a").await;
    world.clock.advance_ms(7 * 24 * 3_600_000);
    assert_eq!(ask("amount=1000.00&description=a").await.body, first.body);
    for other in [
        "amount=1000.01&description=a",
        "amount=1000&description=b",
        "amount=1000",
        "amount=1000&description=a&merchant_order_id=1",
    ] {
        assert_refused(&ask(other).await, "idempotency_conflict", other);
    }
    // A repeat answers the payment as created, even after its status changed.
    let fresh = world.shop("create_payment", "idempotency_key=k2&amount=1000").await;
    world.shop("cancel_payment", &format!("order_id={}", fresh.text("order_id"))).await;
    assert_eq!(world.shop("create_payment", "idempotency_key=k2&amount=1000").await.body, fresh.body);
    // In another shop the same key is another payment; in a header it is the same key.
    let elsewhere =
        world.get(&format!("/api/create_payment?{SHOP_102}&amount=1000&idempotency_key=k2")).await;
    assert_ne!(elsewhere.text("order_id"), fresh.text("order_id"));
    let header = world
        .get_with(&format!("/api/create_payment?{SHOP_101}&amount=1000"), &[("Idempotency-Key", "k2")])
        .await;
    assert_eq!(header.body, fresh.body);
    let two = world
        .get_with(
            &format!("/api/create_payment?{SHOP_101}&amount=1000&idempotency_key=k1"),
            &[("Idempotency-Key", "k2")],
        )
        .await;
    assert_refused(&two, "ambiguous_parameter", "two keys");
}

/// The minutes that the payer has, as the answer and the stored payment say.
async fn minutes(world: &World, reply: &Reply) -> i64 {
    let order_id = OrderId::parse(&reply.text("order_id")).unwrap();
    let payment = world.store_past_the_proxy().payment(&order_id).await.unwrap().unwrap();
    assert_eq!(reply.text("expires_at_iso"), payment.expires_at.iso());
    (payment.expires_at.get() - payment.created_at.get()) / 60_000
}

#[tokio::test]
async fn a_merchant_chooses_how_long_a_payer_has() {
    let world = World::start().await;
    let create = async |query: &str| world.shop("create_payment", &format!("amount=1000&{query}")).await;
    assert_eq!(minutes(&world, &create("").await).await, 1440);
    for (expires_in, expected) in [("5", 5), ("0030", 30), ("1440", 1440)] {
        let created = create(&format!("expires_in={expires_in}")).await;
        assert_eq!(minutes(&world, &created).await, expected);
    }
    for (bad, sentence) in [
        ("4", "expires_in must be a whole number of minutes, 5 or more"),
        ("-5", "expires_in must be a whole number of minutes, 5 or more"),
        ("30.0", "expires_in must be a whole number of minutes, 5 or more"),
        ("99999999999999999999", "expires_in must be a whole number of minutes, 5 or more"),
        ("1441", "expires_in must be at most 1440 minutes"),
        ("525600", "expires_in must be at most 1440 minutes"),
    ] {
        let reply = create(&format!("expires_in={bad}")).await;
        assert_refused(&reply, "invalid_parameter", bad);
        assert_eq!(reply.text("error"), sentence);
    }

    let short = create("expires_in=5").await.text("order_id");
    let status = async || world.get(&format!("/api/check_payment?order_id={short}")).await.text("status");
    world.clock.advance_ms(5 * 60_000 - 1);
    assert_eq!(status().await, "pending");
    world.clock.advance_ms(1);
    assert_eq!(status().await, "expired");
}

#[tokio::test]
async fn an_idempotency_key_stands_for_one_lifetime() {
    let world = World::start().await;
    let create = async |query: &str| {
        world.shop("create_payment", &format!("amount=1000&idempotency_key={query}")).await
    };
    let short = create("a&expires_in=30").await;
    assert_eq!(create("a&expires_in=030").await.body, short.body);
    for other in ["a", "a&expires_in=31", "a&expires_in=1440"] {
        assert_refused(&create(other).await, "idempotency_conflict", other);
    }
    // The default is the same payment, spelled out or not.
    let day = create("b").await;
    assert_eq!(create("b&expires_in=1440").await.body, day.body);
    assert_eq!(create("b&expires_in=").await.body, day.body);
    assert_refused(&create("b&expires_in=30").await, "idempotency_conflict", "30");
    let spelled_out = create("c&expires_in=1440").await;
    assert_eq!(create("c").await.body, spelled_out.body);
    // A repeat names the end that the payment has, also after it has come.
    world.clock.advance_ms(24 * 3_600_000);
    assert_eq!(create("a&expires_in=30").await.body, short.body);
    assert_eq!(create("b").await.body, day.body);
}

/// Whoever never chose a lifetime is not told of a conflict when the deployment's one changes.
#[tokio::test]
async fn a_changed_default_breaks_no_repeated_call() {
    let world = World::start().await;
    let path = format!("/api/create_payment?{SHOP_101}&amount=1000&idempotency_key=k");
    let first = world.get(&path).await;
    let later = World::redeployed(&world, |options| {
        options.settings.payment_lifetime = Lifetime::parse("2880").unwrap();
    })
    .await;
    let again = later.get(&path).await;
    assert_eq!(again.text("expires_at"), first.text("expires_at"), "{again:?}");
    assert_eq!(minutes(&later, &later.shop("create_payment", "amount=1000").await).await, 2880);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_creates_make_two_hundred_payments() {
    let world = World::start().await;
    let before = world.count_payments().await;
    let bodies = at_once(&world, 200, |_| format!("/api/create_payment?{SHOP_102}&amount=1000")).await;
    let orders: HashSet<String> = bodies.iter().map(|body| field(body, "order_id")).collect();
    let payments: HashSet<String> = bodies.iter().map(|body| field(body, "payment_id")).collect();
    assert_eq!((orders.len(), payments.len()), (200, 200));
    assert_eq!(world.count_payments().await - before, 200);

    let mut listed = Vec::new();
    for offset in [0, 100] {
        let page = world.get(&format!("/api/get_payments?{SHOP_102}&limit=100&offset={offset}")).await.json();
        listed.extend(
            page["payments"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["order_id"].as_str().unwrap().to_owned()),
        );
    }
    assert_eq!(listed.len(), 200);
    assert_eq!(listed.into_iter().collect::<HashSet<_>>(), orders);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_creates_with_one_key_make_one_payment() {
    let world = World::start().await;
    let before = world.count_payments().await;
    let bodies = at_once(&world, 100, |_| {
        format!("/api/create_payment?{SHOP_101}&amount=5000&idempotency_key=click-click")
    })
    .await;
    assert_eq!(bodies.iter().collect::<HashSet<_>>().len(), 1, "{bodies:?}");
    assert_eq!(world.count_payments().await - before, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_in_two_shops_makes_two_payments() {
    let world = World::start().await;
    let bodies = at_once(&world, 40, |number| {
        let shop = if number % 2 == 0 { SHOP_101 } else { SHOP_102 };
        format!("/api/create_payment?{shop}&amount=5000&idempotency_key=same")
    });
    let orders: HashSet<String> = bodies.await.iter().map(|body| field(body, "order_id")).collect();
    assert_eq!(orders.len(), 2);
}
