//! The pay page through the gateway. Its HTML has tests in `functions/pay_page`, its behaviour in
//! `tests/browser`.

use shared::domain::mode::Mode;
use suite::{
    store_proxy::{Fault, on},
    world::{LIVE, World},
};

use crate::support::{
    operator::perform,
    providers::{HOUR_MS, held_by_click, held_by_payme, live_order, payme, test_order},
};

/// The page in English. Tests that the answer is the view `name`.
async fn page(world: &World, order_id: &str, name: &str) -> String {
    let reply = world.get(&format!("/pay/{order_id}?lang=en")).await;
    assert!(reply.body.contains(&format!("data-view=\"{name}\"")), "{}", reply.body);
    reply.body
}

fn is_told_as_failed(page: &str, provider: &str) -> bool {
    page.contains(&format!("The payment with {provider} did not go through"))
}

#[tokio::test]
async fn an_attempt_that_failed_is_told() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    assert!(!page(&world, &order, "pending").await.contains("class=\"failed\""));
    let id = held_by_payme(&world, Mode::Live, &order).await;
    let held = page(&world, &order, "held").await;
    assert!(held.contains("Continue with Payme") && held.contains("href=\"https://checkout.paycom.uz/"));
    payme(&world, Mode::Live).cancel(&id, 3).await.unwrap();
    assert!(is_told_as_failed(&page(&world, &order, "pending").await, "Payme"));

    // The last attempt counts, also while its stale hold still points at the payment.
    world.clock.advance_ms(1);
    held_by_click(&world, &order).await;
    assert!(page(&world, &order, "held").await.contains("Continue with Click"));
    world.clock.advance_ms(HOUR_MS);
    let again = page(&world, &order, "pending").await;
    assert!(is_told_as_failed(&again, "Click"));
    assert!(again.contains("class=\"way payme\"") && again.contains("class=\"way click\""));
}

#[tokio::test]
async fn an_attempt_that_begins_while_the_page_is_read_has_not_failed() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    let gate = world.proxy.gate(on("Query").times(1));
    let attempt = async {
        gate.reached().await;
        held_by_payme(&world, Mode::Live, &order).await;
        gate.open();
    };
    let (shown, ()) = tokio::join!(page(&world, &order, "pending"), attempt);
    assert!(!shown.contains("class=\"failed\""));
}

/// A page to pay on is worth more than a word about an earlier attempt.
#[tokio::test]
async fn the_page_does_not_wait_for_what_it_tells_of_attempts() {
    let world = World::with_live_shop().await;
    let order = live_order(&world).await;
    world.proxy.inject(Fault::Hang, on("Query"));
    assert!(page(&world, &order, "pending").await.contains("class=\"way payme\""));
}

#[tokio::test]
async fn a_receipt_links_to_the_fiscal_one() {
    let world = World::with_live_shop().await;
    let order = test_order(&world).await;
    let id = held_by_payme(&world, Mode::Test, &order).await;
    perform(&world, Mode::Test, &id).await;
    assert!(!page(&world, &order, "paid").await.contains("Fiscal receipt"));
    for kind in ["PERFORM", "CANCEL"] {
        let data = serde_json::json!({"receipt_id": 1, "status_code": 0, "qr_code_url": format!("https://ofd.soliq.uz/check?t={kind}")});
        let params = serde_json::json!({"id": id, "type": kind, "fiscal_data": data});
        payme(&world, Mode::Test).call("SetFiscalData", params).await.unwrap();
    }
    payme(&world, Mode::Test).cancel(&id, 5).await.unwrap();
    let refunded = page(&world, &order, "refunded").await;
    for link in ["https://ofd.soliq.uz/check?t=PERFORM", "https://ofd.soliq.uz/check?t=CANCEL"] {
        assert!(refunded.contains(&format!("href=\"{link}\"")), "{link}");
    }
}

#[tokio::test]
async fn every_path_below_pay_is_a_page() {
    let world = World::start().await;
    for path in ["/pay", "/pay/", "/pay/ORD_1", "/pay/ORD_1/", "/pay/ORD_1/where", "/pay/a/b/qr.svg"] {
        let reply = world.get(&format!("{path}?lang=ru")).await;
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.headers["content-type"], "text/html; charset=utf-8", "{path}");
        assert!(reply.body.contains("Платёж не найден"), "{path}");
    }
}

#[tokio::test]
async fn the_language_of_another_page_is_kept() {
    let world = World::start().await;
    for (query, cookie, accepts, language) in [
        ("?lang=uz", "lang=en", "ru", "uz"),
        ("", "a=b; lang=en", "ru", "en"),
        ("?lang=xx", "lang=xx", "ru", "ru"),
        ("", "", "", "uz"),
    ] {
        let headers = [("cookie", cookie), ("accept-language", accepts)];
        let reply = world.get_with(&format!("/pay/ORD_1{query}"), &headers).await;
        assert_eq!(reply.headers["content-language"], language, "{query} {cookie} {accepts}");
    }
}

#[tokio::test]
async fn a_held_payment_of_a_shop_leads_back_to_it() {
    let world = World::with_live_shop().await;
    let create = format!("/api/create_payment?{LIVE}&amount=1000&return_url=https%3A%2F%2Fshop.uz%2Fok");
    let order = world.get(&create).await.text("order_id");
    held_by_click(&world, &order).await;
    assert!(page(&world, &order, "held").await.contains("href=\"https://shop.uz/ok\""));
}
