//! The product and its contract, `/openapi.json`, agree on every answer, error, bound and route.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use aws_sdk_dynamodb::types::AttributeValue;
use http::Method;
use jsonschema::validator_for;
use local::template::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use regex::Regex;
use runners::client::Reply;
use serde_json::{Value, json};
use shared::domain::{
    credential::{IdempotencyKey, ShopKey},
    id::{OrderId, ShopId},
    money::PaymentAmount,
    text::{Description, MerchantOrderId, ReturnUrl},
};
use suite::{
    receiver::{Answer, Receiver},
    world::{LIVE, SHOP_101, World},
};

use crate::support::{
    journal::{event_id, pay},
    merchant::{ORDER, PARAMETERS, encoded, endpoints, endpoints_with_key},
    operator::{adjust, done, with},
};

/// The contract that the product serves, and which of its errors occurred.
struct Contract {
    document: Value,
    money: Regex,
    /// Endpoint and error code, of every error that occurred.
    codes: BTreeSet<(String, String)>,
    sentences: BTreeSet<String>,
}

impl Contract {
    async fn of(world: &World) -> Self {
        Self {
            document: world.get("/openapi.json").await.json(),
            money: Regex::new(
                r#""(amount|balance|fee|net|paid|refunded|paid_out|adjusted|opening_balance|closing_balance)":(-?\d+\.\d\d)?"#,
            )
            .unwrap(),
            codes: BTreeSet::new(),
            sentences: BTreeSet::new(),
        }
    }

    fn operation(&self, endpoint: &str) -> &Value {
        &self.document["paths"][format!("/api/{endpoint}")]["get"]
    }

    /// Returns what `value` refers to, or `value` itself.
    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }

    /// Returns why `value` does not fit `schema`, or `None` if it does.
    fn misfit(&self, schema: &Value, value: &Value) -> Option<String> {
        let mut schema = schema.clone();
        schema["components"] = self.document["components"].clone();
        validator_for(&schema).unwrap().validate(value).err().map(|error| error.to_string())
    }

    /// Checks that the contract allows this answer of a merchant endpoint.
    fn see(&mut self, endpoint: &str, reply: &Reply) {
        let documented = self.resolved(&self.operation(endpoint)["responses"][reply.status.as_str()]);
        assert!(documented.is_object(), "{endpoint}: {} is not in the contract", reply.status);
        let content_type = reply.headers["content-type"].to_str().unwrap().split(';').next().unwrap();
        let json = if content_type == "text/csv" { json!(reply.body) } else { reply.json() };
        let misfit = self.misfit(&documented["content"][content_type]["schema"], &json);
        assert_eq!(misfit, None, "{endpoint}: {}", reply.body);
        // The gateway's own 500 and 503 have none of our headers, so the contract promises headers
        // for 200 only.
        let headers = &self.operation(endpoint)["responses"]["200"]["headers"];
        for (name, header) in headers.as_object().unwrap() {
            let Some(value) = reply.headers.get(name) else {
                assert_ne!(self.resolved(header)["required"], true, "{endpoint}: no {name}");
                continue;
            };
            let value = value.to_str().unwrap();
            assert_eq!(
                self.misfit(&self.resolved(header)["schema"], &json!(value)),
                None,
                "{endpoint}: {name}"
            );
        }
        for found in self.money.captures_iter(&reply.body) {
            assert!(found.get(2).is_some(), "{endpoint}: money without two decimals in {}", reply.body);
        }
        if let Some(code) = json["error_code"].as_str() {
            assert_eq!(json["request_id"], reply.headers["x-request-id"].to_str().unwrap());
            self.codes.insert((endpoint.to_owned(), code.to_owned()));
            self.sentences.insert(reply.text("error"));
        }
    }

    /// Sends a request and checks its answer against the contract. `code` is the expected error
    /// code, or empty for a success.
    async fn expect(
        &mut self,
        world: &World,
        code: &str,
        endpoint: &str,
        query: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        let reply = world.get_with(&format!("/api/{endpoint}?{query}"), headers).await;
        assert_eq!(reply.error_code(), code, "{endpoint}?{query}: {}", reply.body);
        self.see(endpoint, &reply);
        reply
    }
}

/// Everything that any endpoint needs besides credentials.
fn right(order_id: &str) -> String {
    format!("{PARAMETERS}&order_id={order_id}")
}

async fn disable_shop_102(world: &World) {
    let update =
        world.tables.update_item().table_name("shops").key("shop_id", AttributeValue::S("102".to_owned()));
    let update = update
        .key("record", AttributeValue::S("profile".to_owned()))
        .update_expression("SET #status = :disabled");
    let update = update.expression_attribute_names("#status", "status");
    update
        .expression_attribute_values(":disabled", AttributeValue::S("disabled".to_owned()))
        .send()
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_and_every_error_is_as_the_contract_says() {
    let world = World::start().await;
    let contract = &mut Contract::of(&world).await;
    disable_shop_102(&world).await;
    let order_id = world.create("amount=1000").await;
    let all = format!("{SHOP_101}&{}", right(&order_id));

    for endpoint in &endpoints_with_key() {
        let right = right(&order_id);
        contract.expect(&world, "missing_parameter", endpoint, &format!("shop_id=101&{right}"), &[]).await;
        contract.expect(&world, "ambiguous_parameter", endpoint, &all, &[("x-shop-id", "102")]).await;
        contract
            .expect(&world, "invalid_shop_key", endpoint, &format!("shop_id=101&shop_key=wrong&{right}"), &[])
            .await;
        contract
            .expect(
                &world,
                "shop_inactive",
                endpoint,
                &format!("shop_id=102&shop_key=test_key_456&{right}"),
                &[],
            )
            .await;
        contract
            .expect(&world, "", endpoint, &right, &[("x-shop-id", "101"), ("x-shop-key", "test_key_123")])
            .await;
    }
    let writers = ["create_payment", "cancel_payment", "set_webhook", "rotate_webhook_secret"];
    for endpoint in writers.into_iter().chain(["test_webhook", "resend_event", "delete_webhook"]) {
        contract
            .expect(&world, "prefetch_refused", endpoint, &all, &[("sec-purpose", "prefetch;prerender")])
            .await;
    }

    limited(contract, &world).await;
    created(contract, &world).await;
    listed(contract, &world).await;
    followed(contract, &world).await;
    journal(contract, &world).await;
    webhooks(contract, &world).await;
    failed(contract, &world, &all).await;

    // Everything in the contract occurred.
    for endpoint in &endpoints() {
        let schema =
            &contract.operation(endpoint)["responses"]["200"]["content"]["application/json"]["schema"];
        let error = schema["oneOf"].as_array().unwrap().last().unwrap();
        for code in error["allOf"][1]["properties"]["error_code"]["enum"].as_array().unwrap() {
            let pair = (endpoint.to_owned(), code.as_str().unwrap().to_owned());
            assert!(contract.codes.contains(&pair), "{pair:?} is in the contract, and never happens");
        }
    }
    for (name, example) in contract.document["components"]["examples"].as_object().unwrap() {
        // The example of the gateway has a message of its own.
        let Some(sentence) = example["value"]["error"].as_str() else { continue };
        assert!(
            contract.sentences.contains(sentence),
            "the example {name} says what the product does not: {sentence}"
        );
    }
}

/// Checks an address that tried too many wrong keys, and a shop that creates too many payments.
async fn limited(contract: &mut Contract, world: &World) {
    let wrong = format!("shop_id=999&shop_key=wrong&{}", right(ORDER));
    for _ in 0..20 {
        world.get(&format!("/api/check_shop?{wrong}")).await;
    }
    for endpoint in &endpoints_with_key() {
        let reply = contract.expect(world, "rate_limited", endpoint, &wrong, &[]).await;
        assert!(reply.headers.contains_key("retry-after"), "{endpoint}: {reply:?}");
    }
    let limit = |number: u32| json!({"command": "set_rate_limit", "shop_id": "101", "per_second": number, "per_minute": 60_000});
    done(world, limit(1)).await;
    contract.expect(world, "rate_limited", "create_payment", &format!("{SHOP_101}&amount=1000"), &[]).await;
    done(world, limit(1_000)).await;
}

async fn created(contract: &mut Contract, world: &World) {
    let full = "amount=1234.5&merchant_order_id=A-1&description=Choy&return_url=https%3A%2F%2Fshop.uz%2Fok";
    contract.expect(world, "", "create_payment", &format!("{SHOP_101}&{full}&idempotency_key=k"), &[]).await;
    contract
        .expect(world, "", "create_payment", &format!("{SHOP_101}&{full}"), &[("idempotency-key", "k")])
        .await;
    let long = "x".repeat(141);
    for (code, query) in [
        ("idempotency_conflict", "amount=2000&idempotency_key=k"),
        ("missing_parameter", ""),
        ("ambiguous_parameter", "amount=1000&amount=1000"),
        ("invalid_amount", "amount=1e3"),
        ("amount_too_small", "amount=999.99"),
        ("amount_too_large", "amount=1000000000"),
        ("invalid_parameter", &format!("amount=1000&description={long}")),
        ("invalid_parameter", "amount=1000&expires_in=1441"),
    ] {
        contract.expect(world, code, "create_payment", &format!("{SHOP_101}&{query}"), &[]).await;
    }
}

async fn listed(contract: &mut Contract, world: &World) {
    let page = contract.expect(world, "", "get_payments", &format!("{SHOP_101}&limit=2"), &[]).await;
    let cursor = page.text("next_cursor");
    contract.expect(world, "", "get_payments", &format!("{SHOP_101}&limit=100&cursor={cursor}"), &[]).await;
    contract.expect(world, "", "get_payments", &format!("{SHOP_101}&offset=5000"), &[]).await;
    let filters = "status=pending&from=2026-01-01&to=9999-12-31&merchant_order_id=A-1";
    let page = contract.expect(world, "", "get_payments", &format!("{SHOP_101}&{filters}"), &[]).await;
    assert_eq!(page.json()["count"], 1, "{page:?}");
    for (code, query) in [
        ("invalid_limit", "limit=101"),
        ("invalid_offset", "offset=-1"),
        ("invalid_cursor", "cursor=x"),
        ("ambiguous_parameter", "limit=1&limit=1"),
        ("unsupported_combination", &format!("offset=0&cursor={cursor}")),
        ("unsupported_combination", "offset=1&status=paid"),
        ("invalid_parameter", "status=open"),
        ("invalid_parameter", "from=2026-02-30"),
    ] {
        contract.expect(world, code, "get_payments", &format!("{SHOP_101}&{query}"), &[]).await;
    }
}

/// Checks a payment in every state.
async fn followed(contract: &mut Contract, world: &World) {
    for (code, query) in [
        ("missing_parameter", "order_id="),
        ("ambiguous_parameter", "order_id=1&order_id=1"),
        ("order_not_found", "order_id=1"),
        ("order_not_found", "order_id=ORD_1701234567_9c4e1m7k0v2p8s6w3j5t1b4xq"),
    ] {
        contract.expect(world, code, "check_payment", query, &[]).await;
        contract.expect(world, code, "cancel_payment", &format!("{SHOP_101}&{query}"), &[]).await;
        contract.expect(world, code, "get_payment", &format!("{SHOP_101}&{query}"), &[]).await;
    }
    let [cancelled, paid, expired] = [
        world.create("amount=1000").await,
        world.create("amount=1000").await,
        world.create("amount=1000").await,
    ];
    contract.expect(world, "", "cancel_payment", &format!("{SHOP_101}&order_id={cancelled}"), &[]).await;
    let reply = world.send(Method::POST, &format!("/pay/{paid}/test"), &[], "").await;
    assert_eq!(reply.status, 303);
    contract
        .expect(
            world,
            "payment_not_cancellable",
            "cancel_payment",
            &format!("{SHOP_101}&order_id={paid}"),
            &[],
        )
        .await;
    for (order_id, status) in [(&cancelled, "cancelled"), (&paid, "paid"), (&expired, "pending")] {
        let reply = contract.expect(world, "", "check_payment", &format!("order_id={order_id}"), &[]).await;
        assert_eq!(reply.text("status"), status);
        let query = format!("{SHOP_101}&order_id={order_id}");
        let reply = contract.expect(world, "", "get_payment", &query, &[]).await;
        assert_eq!(reply.text("status"), status);
    }
    for (code, query) in [
        ("", "idempotency_key=k"),
        ("", "merchant_order_id=A-1"),
        ("unsupported_combination", "merchant_order_id=A-1&idempotency_key=k"),
        ("invalid_parameter", "merchant_order_id=%07"),
    ] {
        contract.expect(world, code, "get_payment", &format!("{SHOP_101}&{query}"), &[]).await;
    }
    contract.expect(world, "", "get_payments", &format!("{SHOP_101}&limit=3"), &[]).await;
    world.clock.advance_ms(25 * 3_600_000);
    let reply = contract.expect(world, "", "check_payment", &format!("order_id={expired}"), &[]).await;
    assert_eq!(reply.text("status"), "expired");
    contract.expect(world, "", "get_payments", &format!("{SHOP_101}&limit=3"), &[]).await;
}

/// The journal, which has a paid and a cancelled payment by now.
async fn journal(contract: &mut Contract, world: &World) {
    for query in ["", "order=oldest&limit=1", "type=payment.cancelled", "from=1970-01-01&to=9999-12-31&type="]
    {
        let reply = contract.expect(world, "", "get_events", &format!("{SHOP_101}&{query}"), &[]).await;
        assert_ne!(reply.json()["count"], 0, "{query}");
    }
    for query in ["", "from=2024-02-29&to=2024-02-29", "to=9999-12-31"] {
        contract.expect(world, "", "get_report", &format!("{SHOP_101}&{query}"), &[]).await;
    }
    for query in ["", "format=excel&lang=ru", "format=&lang=&from=&to="] {
        contract.expect(world, "", "export_events", &format!("{SHOP_101}&{query}"), &[]).await;
    }
    for (code, endpoint, query) in [
        ("invalid_limit", "get_events", "limit=0"),
        ("invalid_cursor", "get_events", "cursor=x"),
        ("invalid_parameter", "get_events", "type=paid"),
        ("invalid_parameter", "get_report", "from=2023-01-01&to=2024-01-02"),
        ("invalid_cursor", "export_events", "cursor=x"),
        ("invalid_parameter", "export_events", "format=pdf"),
    ] {
        contract.expect(world, code, endpoint, &format!("{SHOP_101}&{query}"), &[]).await;
    }
}

/// A webhook, from its first setting to its end.
async fn webhooks(contract: &mut Contract, world: &World) {
    let set = |url: &str| format!("{SHOP_101}&url={}", encoded(url));
    let order_id = pay(world, "amount=1000").await;
    let event = format!("{SHOP_101}&event_id={}", event_id(world, &order_id).await);
    for endpoint in ["get_webhook", "rotate_webhook_secret", "test_webhook"] {
        contract.expect(world, "webhook_not_set", endpoint, SHOP_101, &[]).await;
    }
    contract.expect(world, "webhook_not_set", "resend_event", &event, &[]).await;

    let elsewhere = World::redeployed(world, |options| options.settings.webhooks.public_shops = false).await;
    contract.expect(&elsewhere, "public_shop", "set_webhook", &set("https://shop.uz/"), &[]).await;
    contract.expect(world, "invalid_url", "set_webhook", &set("http://shop.uz/webhook"), &[]).await;
    let unknown = format!("{}&events=paid", set("https://shop.uz/"));
    contract.expect(world, "invalid_parameter", "set_webhook", &unknown, &[]).await;
    let receiver = Receiver::start().await;
    contract.expect(world, "", "set_webhook", &set(&receiver.url()), &[]).await;
    contract.expect(world, "", "test_webhook", SHOP_101, &[]).await;
    contract.expect(world, "rate_limited", "test_webhook", SHOP_101, &[]).await;
    contract.expect(world, "", "resend_event", &event, &[]).await;
    contract.expect(world, "", "get_deliveries", SHOP_101, &[]).await;
    receiver.answer_next(Answer::status(410));
    world.invoke("webhook_retry", &json!({})).await;
    contract.expect(world, "", "get_deliveries", &format!("{SHOP_101}&status=waiting&limit=1"), &[]).await;
    contract.expect(world, "", "get_webhook", SHOP_101, &[]).await;
    contract.expect(world, "webhook_disabled", "resend_event", &event, &[]).await;
    contract.expect(world, "", "rotate_webhook_secret", SHOP_101, &[]).await;
    contract.expect(world, "", "get_webhook", SHOP_101, &[]).await;

    for (code, endpoint, query) in [
        ("missing_parameter", "set_webhook", "url="),
        ("invalid_parameter", "rotate_webhook_secret", "old_secret_valid_hours=169"),
        ("invalid_parameter", "get_deliveries", "status=sent"),
        ("invalid_limit", "get_deliveries", "limit=0"),
        ("invalid_cursor", "get_deliveries", "cursor=x"),
        ("missing_parameter", "resend_event", ""),
        ("event_not_found", "resend_event", "event_id=EVT_1"),
        ("invalid_parameter", "resend_event", "from=2026-02-30"),
        ("invalid_cursor", "resend_event", "from=2026-02-03&cursor=x"),
        (
            "unsupported_combination",
            "resend_event",
            "event_id=EVT_1700000000000_000000000000000000sample1_paid&to=2026-02-03",
        ),
    ] {
        contract.expect(world, code, endpoint, &format!("{SHOP_101}&{query}"), &[]).await;
    }
    for _ in 0..2 {
        contract.expect(world, "", "delete_webhook", SHOP_101, &[]).await;
    }
}

/// A balance may be below zero, and so may what lowers it.
#[tokio::test]
async fn money_that_left_the_balance_is_as_the_contract_says() {
    let world = World::with_live_shop().await;
    let contract = &mut Contract::of(&world).await;
    done(&world, with(adjust("-2500.55", "a"), &[("allow_negative", json!(true))])).await;
    let reply = contract.expect(&world, "", "get_balance", LIVE, &[]).await;
    assert!(reply.body.contains(r#""balance":-2500.55,"balance_formatted":"-2500.55 UZS""#), "{reply:?}");
    for endpoint in ["get_events", "get_report"] {
        let reply = contract.expect(&world, "", endpoint, LIVE, &[]).await;
        assert!(reply.body.contains("-2500.55"), "{reply:?}");
    }
}

/// Our own failures: the store is down, then it holds corrupt items.
async fn failed(contract: &mut Contract, world: &World, all: &str) {
    world.proxy.down();
    for endpoint in &endpoints() {
        let reply = contract.expect(world, "store_unavailable", endpoint, all, &[]).await;
        assert_eq!(reply.status, 503);
    }
    world.proxy.up();

    let order_id = world.create("amount=1000").await;
    let order_key = AttributeValue::S(order_id.rsplit_once('_').unwrap().1.to_owned());
    let payment = world.tables.update_item().table_name("payments").key("order_key", order_key);
    payment.update_expression("REMOVE amount").send().await.unwrap();
    contract.expect(world, "internal_error", "check_payment", &format!("order_id={order_id}"), &[]).await;
    let profile =
        world.tables.update_item().table_name("shops").key("shop_id", AttributeValue::S("101".to_owned()));
    let profile = profile.key("record", AttributeValue::S("profile".to_owned()));
    profile.update_expression("REMOVE id_secret").send().await.unwrap();
    for endpoint in &endpoints_with_key() {
        let reply = contract.expect(world, "internal_error", endpoint, all, &[]).await;
        assert_eq!(reply.status, 500);
    }
}

/// Values that some or all parameters forbid.
const CANDIDATES: [&str; 22] = [
    "",
    " ",
    "0",
    "-1",
    "x",
    "1e3",
    "1,000",
    "1_000",
    "999",
    "1000.",
    "1000.001",
    " 1000",
    "1000000000",
    "0x10",
    "１０００",
    "\u{7}",
    "a\nb",
    "\u{85}",
    "http://shop.uz",
    "javascript:alert(1)",
    "https://",
    "ORD_1701234567_x",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_contract_forbids_is_refused_with_a_listed_code() {
    let world = World::start().await;
    let contract = &mut Contract::of(&world).await;
    let right = BTreeMap::from([
        ("shop_id", "101"),
        ("shop_key", "test_key_123"),
        ("amount", "1000"),
        ("order_id", ORDER),
        ("url", "http://127.0.0.1:1/"),
    ]);
    let mut refused = 0;
    for endpoint in &endpoints() {
        let operation = contract.operation(endpoint).clone();
        for parameter in operation["parameters"].as_array().unwrap() {
            let parameter = contract.resolved(parameter).clone();
            let (name, place) = (parameter["name"].as_str().unwrap(), parameter["in"].as_str().unwrap());
            let schema = contract.resolved(&parameter["schema"]).clone();
            let too_long =
                schema["maxLength"].as_u64().map(|max| "1".repeat(usize::try_from(max).unwrap() + 1));
            for value in CANDIDATES.into_iter().map(str::to_owned).chain(too_long) {
                let read = value
                    .parse()
                    .ok()
                    .filter(|_| schema["type"] == "integer")
                    .map_or_else(|| json!(value), |number: i64| json!(number));
                let absent = value.is_empty() && parameter["allowEmptyValue"] == true;
                if absent
                    || contract.misfit(&schema, &read).is_none()
                    || (place == "header" && http::HeaderValue::from_str(&value).is_err())
                {
                    continue;
                }
                let query_name = name.trim_start_matches("X-").to_lowercase().replace('-', "_");
                let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
                // get_payment takes one of three parameters.
                let alone = endpoint == "get_payment" && !query_name.starts_with("shop_");
                let others = right
                    .iter()
                    .filter(|(other, _)| **other != query_name && !(alone && **other == "order_id"))
                    .map(|(name, value)| format!("{name}={value}"));
                let own = (place == "query").then(|| format!("{name}={}", encoded(&value)));
                let query: Vec<String> = others.chain(own).collect();
                let headers: Vec<_> =
                    (place == "header").then_some((name, value.as_str())).into_iter().collect();
                let reply = world.get_with(&format!("/api/{endpoint}?{}", query.join("&")), &headers).await;
                assert_eq!(reply.json()["success"], false, "{endpoint} takes {name} = {value:?}");
                contract.see(endpoint, &reply);
                refused += 1;
            }
        }
    }
    assert!(refused > 200, "only {refused} requests");
}

/// Texts near the border of what parameters accept: valid ones, and almost valid ones.
fn near_the_border() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "0{0,3}[0-9]{1,10}(\\.[0-9]{0,3})?",
        "[Hh][Tt]{2}[Pp][Ss]?:/{1,3}",
        "[a-z0-9.-]{1,9}(:[0-9a-z]{0,6})?",
        "\\[?[0-9a-f:%]{0,8}\\]?",
        "[/?#@:%&'()*+,;=!$_~.\\[\\] \"<>^`{|}\\\\-]{0,4}",
        "(ORD|PAY)_[0-9]{10}_[0-9a-z]{24,26}",
        "\\PC{0,3}|\\p{Cc}",
        "[ -~]{62,66}",
        "x{138,142}",
    ];
    prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

#[test]
fn patterns_and_parsers_accept_the_same_texts() {
    let text = std::fs::read_to_string("../../functions/docs/openapi.yaml").unwrap();
    let document: Value = serde_yaml_ng::from_str(&text).unwrap();
    let parameters = document["paths"]["/api/create_payment"]["get"]["parameters"].as_array().unwrap();
    let parameters =
        parameters.iter().chain(document["components"]["parameters"].as_object().unwrap().values());
    let schema = |name: &str| {
        let parameter = parameters.clone().find(|parameter| parameter["name"] == name).unwrap();
        let mut schema = parameter["schema"].clone();
        schema["components"] = document["components"].clone();
        validator_for(&schema).unwrap()
    };
    type Parser = fn(&str) -> bool;
    let pairs: [(&str, Parser); 8] = [
        ("shop_id", |text| ShopId::parse(text).is_ok()),
        ("shop_key", |text| ShopKey::parse(text).is_ok()),
        ("order_id", |text| OrderId::parse(text).is_ok()),
        ("amount", |text| PaymentAmount::parse(text).is_ok()),
        ("idempotency_key", |text| IdempotencyKey::parse(text).is_ok()),
        ("merchant_order_id", |text| MerchantOrderId::parse(text).is_ok()),
        ("description", |text| Description::parse(text).is_ok()),
        ("return_url", |text| ReturnUrl::parse(text).is_ok()),
    ];
    let pairs = pairs.map(|(name, parser)| (name, schema(name), parser));
    let accepted = RefCell::new(BTreeMap::from(pairs.each_ref().map(|(name, ..)| (*name, 0))));
    let check = |text: &str| {
        for (name, schema, parser) in &pairs {
            let parsed = parser(text);
            assert_eq!(schema.is_valid(&json!(text)), parsed, "{name}: {text:?}");
            *accepted.borrow_mut().get_mut(name).unwrap() += usize::from(parsed);
        }
    };
    for text in [
        "00000000001000.5",
        "0999999999.99",
        "https://shop.uz:65535/%D1%9E?a=%20'b'#c",
        "https://[2001:db8::1]:8443/",
        "https://shop.uz:/",
        "https://:443/",
        "https://a@b.uz/",
        "https://a%62.uz/",
    ] {
        check(text);
    }
    let mut runner = TestRunner::new(Config { cases: 20_000, ..Config::default() });
    runner
        .run(&near_the_border(), |text| {
            check(&text);
            Ok(())
        })
        .unwrap();
    // Every parser accepted some texts and rejected others.
    for (name, count) in accepted.into_inner() {
        assert!(count > 20, "{name}: only {count} texts were accepted");
    }
}

#[tokio::test]
async fn the_contract_has_the_template_s_routes_and_no_others() {
    let world = World::start().await;
    let contract = Contract::of(&world).await;
    let mut documented = BTreeSet::new();
    for (path, operations) in contract.document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            documented.insert((method.to_uppercase(), path.clone()));
        }
    }
    // The contract documents an `ANY` route with the method that does something.
    let one = |method: String| if method == "ANY" { "POST".to_owned() } else { method };
    // These only say that there is no such payment, or no such address.
    let nothing_there = ["/pay", "/pay/{proxy+}", "$default"];
    let routes = Template::read().unwrap().routes().into_iter();
    let routes = routes.filter(|route| !nothing_there.contains(&&*route.path));
    let deployed = routes.map(|route| (one(route.method), route.path)).collect();
    assert_eq!(documented, deployed);
}
