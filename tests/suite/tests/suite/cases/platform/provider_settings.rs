//! A provider with invalid settings is off everywhere, is named in the log, and affects nothing
//! else.

use local::{Options, Stack, settings, template::Template};
use regex::Regex;
use runners::{
    click::{Click, Fields},
    client,
    payme::Payme,
};
use shared::edge::Imprint;
use suite::{
    binaries::binary,
    event,
    local_process::LocalProcess,
    runtime_api::LambdaProcess,
    world::{SHOP_101, World},
};

use crate::support::{
    deployment::environment,
    providers::{AMOUNT, TIYIN, code, error, live_order, now, test_order},
};

const PAYME: &str = "https://checkout.paycom.uz/";
const SANDBOX: &str = "https://test.paycom.uz/";
const CLICK: &str = "https://my.click.uz/services/pay";

/// The local settings, except for `changed`.
fn changed(changed: &[(&str, &str)], name: &str) -> Option<String> {
    let value = changed.iter().find(|(changed, _)| *changed == name).map(|(_, value)| (*value).to_owned());
    value.or_else(|| settings::default(name))
}

/// A world with these settings and the live shop.
async fn world_with(given: &[(&str, &str)]) -> World {
    let read = settings::read(|name| changed(given, name)).unwrap();
    let world = World::start_with(|options| (options.settings, options.providers) = read).await;
    world.add_live_shop().await;
    world
}

/// Whether the pay pages offer, and the functions accept, Payme for live shops, Payme for test
/// shops, and Click.
struct On {
    offered: [bool; 3],
    taken: [bool; 3],
}

async fn on(world: &World) -> On {
    let (live, test) = (live_order(world).await, test_order(world).await);
    let page = async |order: &str| world.get(&format!("/pay/{order}")).await.body;
    let (live_page, test_page) = (page(&live).await, page(&test).await);
    let default = |name: &str| settings::default(name).unwrap();
    let payme = async |key: &str, order: &str| {
        let payme = Payme::new(&world.stack.url(), &default(key));
        code(&payme.check_perform(order, TIYIN).await.unwrap()) == 0
    };
    let click = Click::new(&world.stack.url(), &default("CLICK_SERVICE_ID"), &default("CLICK_SECRET_KEY"));
    On {
        offered: [live_page.contains(PAYME), test_page.contains(SANDBOX), live_page.contains(CLICK)],
        taken: [
            payme("PAYME_KEY", &live).await,
            payme("PAYME_TEST_KEY", &test).await,
            error(&click.post(&Fields::new(&live, AMOUNT)).await.unwrap()) == 0,
        ],
    }
}

#[tokio::test]
async fn a_provider_that_is_off_is_neither_offered_nor_accepted() {
    for (variable, value, expected) in [
        ("", "", [true, true, true]),
        ("PAYME_MERCHANT_ID", "", [false, false, true]),
        ("PAYME_MERCHANT_ID", "a b", [false, false, true]),
        ("PAYME_CHECKOUT_URL", "", [false, true, true]),
        ("PAYME_TEST_CHECKOUT_URL", "", [true, false, true]),
        ("PAYME_TEST_CHECKOUT_URL", "test.paycom.uz", [false, false, true]),
        ("PAYME_KEY", "", [false, false, true]),
        ("PAYME_TEST_KEY", "", [false, false, true]),
        ("CLICK_SERVICE_ID", "", [true, true, false]),
        ("CLICK_SERVICE_ID", "12345a", [true, true, false]),
        ("CLICK_SERVICE_ID", "12 345", [true, true, false]),
        ("CLICK_MERCHANT_ID", "", [true, true, false]),
        ("CLICK_PAY_URL", "my.click.uz", [true, true, false]),
        ("CLICK_HOLD_MINUTES", "abc", [true, true, false]),
        ("CLICK_SECRET_KEY", "", [true, true, false]),
        ("PAYME_ADDRESSES", "127.0.0.1", [true, true, true]),
        ("PAYME_ADDRESSES", "127.0.0.1-15", [false, false, true]),
    ] {
        let on = on(&world_with(&[(variable, value)]).await).await;
        assert_eq!((on.offered, on.taken), (expected, expected), "{variable}={value}");
    }
}

#[tokio::test]
async fn an_empty_secret_is_never_compared() {
    let current = [("PAYME_KEY", ""), ("PAYME_TEST_KEY", ""), ("CLICK_SECRET_KEY", "")];
    refuses_empty_secrets(&world_with(&current).await).await;
    let previous =
        ["PAYME_PREVIOUS_KEY", "PAYME_PREVIOUS_TEST_KEY", "CLICK_PREVIOUS_SECRET_KEY"].map(|name| (name, ""));
    refuses_empty_secrets(&world_with(&previous).await).await;
}

async fn refuses_empty_secrets(world: &World) {
    let (live, test) = (live_order(world).await, test_order(world).await);
    let payme = Payme::new(&world.stack.url(), "");
    for order in [&live, &test] {
        assert_eq!(
            code(&payme.create("0123456789abcdef01234567", now(world), order, TIYIN).await.unwrap()),
            -32504
        );
    }
    let click = Click::new(&world.stack.url(), &settings::default("CLICK_SERVICE_ID").unwrap(), "");
    let prepare = Fields::new(&live, AMOUNT);
    assert_eq!(error(&click.post(&prepare).await.unwrap()), -1);
    assert_eq!(
        error(&click.post(&Fields { merchant_prepare_id: Some("1".to_owned()), ..prepare }).await.unwrap()),
        -1
    );
}

/// Whether Payme's live key, its test key and Click's secret are accepted.
async fn accepted(world: &World, secrets: [&str; 3]) -> [bool; 3] {
    let (live, test) = (live_order(world).await, test_order(world).await);
    let [key, test_key, secret_key] = secrets;
    let payme = async |key: &str, order: &str| {
        code(&Payme::new(&world.stack.url(), key).check_perform(order, TIYIN).await.unwrap()) == 0
    };
    let click = Click::new(&world.stack.url(), &settings::default("CLICK_SERVICE_ID").unwrap(), secret_key);
    [
        payme(key, &live).await,
        payme(test_key, &test).await,
        error(&click.post(&Fields::new(&live, AMOUNT)).await.unwrap()) == 0,
    ]
}

/// The secrets of a deployment, and those before them.
fn secrets<'a>(current: [&'a str; 3], previous: [&'a str; 3]) -> [(&'static str, &'a str); 6] {
    let ([key, test_key, secret_key], [old_key, old_test_key, old_secret_key]) = (current, previous);
    [
        ("PAYME_KEY", key),
        ("PAYME_TEST_KEY", test_key),
        ("CLICK_SECRET_KEY", secret_key),
        ("PAYME_PREVIOUS_KEY", old_key),
        ("PAYME_PREVIOUS_TEST_KEY", old_test_key),
        ("CLICK_PREVIOUS_SECRET_KEY", old_secret_key),
    ]
}

#[tokio::test]
async fn a_secret_is_replaced_without_a_call_that_fails() {
    const OLD: [&str; 3] = ["old-key", "old-test-key", "old-secret"];
    const NEW: [&str; 3] = ["new-key", "new-test-key", "new-secret"];
    const NONE: [&str; 3] = [""; 3];
    let world = world_with(&secrets(OLD, NONE)).await;
    for (current, previous, old, new) in [
        (OLD, NONE, true, false),
        // The new one is entered here first, then at the provider: meanwhile it calls with the old one.
        (NEW, OLD, true, true),
        (NEW, NONE, false, true),
    ] {
        let given = secrets(current, previous);
        let (settings, providers) = settings::read(|name| changed(&given, name)).unwrap();
        let world = World::redeployed(&world, |options| {
            (options.settings, options.providers) = (settings, providers);
        })
        .await;
        for (secrets, wanted) in [(OLD, old), (NEW, new), (NONE, false), (["wrong"; 3], false)] {
            assert_eq!(accepted(&world, secrets).await, [wanted; 3], "{secrets:?} with {given:?}");
        }
        // A live key never reaches test shops, also not as a previous one.
        let [key, test_key, _] = OLD;
        assert_eq!(accepted(&world, [test_key, key, ""]).await, [false; 3], "{given:?}");
    }
}

#[tokio::test]
async fn payme_calls_from_its_addresses_alone() {
    for (addresses, wanted) in [
        ("", true),
        ("127.0.0.1", true),
        ("10.0.0.1,127.0.0.0-127.0.0.9", true),
        ("185.234.113.1-185.234.113.15", false),
    ] {
        let world = world_with(&[("PAYME_ADDRESSES", addresses)]).await;
        let order = test_order(&world).await;
        let payme = crate::support::providers::payme(&world, shared::domain::mode::Mode::Test);
        let answered = code(&payme.check_perform(&order, TIYIN).await.unwrap());
        assert_eq!(answered, if wanted { 0 } else { -32504 }, "{addresses}");
    }
}

/// The environment of a deployed function with the local providers' settings, except for one.
fn deployed(stack: &Stack, variable: &'static str, value: &str) -> Vec<(&'static str, String)> {
    let settings = settings::PROVIDERS.map(|(name, value)| (name, value.to_owned()));
    environment(stack).into_iter().chain(settings).chain([(variable, value.to_owned())]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_with_a_wrong_setting_does_not_start_and_says_which() {
    let stack = Stack::start(Options::in_memory().unwrap()).await.unwrap();
    for (function, variable, value) in [
        ("payme", "PAYME_MERCHANT_ID", "secret value"),
        ("payme", "PAYME_TEST_KEY", ""),
        ("payme", "PAYME_ADDRESSES", "secret value"),
        ("click_prepare", "CLICK_SERVICE_ID", "12345secret value"),
        ("click_complete", "CLICK_HOLD_MINUTES", "secret value"),
        ("create_payment", "PAYMENT_LIFETIME_HOURS", "secret value"),
        ("create_payment", "SHOP_PAYMENTS_PER_SECOND", "10001"),
        ("create_payment", "SHOP_PAYMENTS_PER_MINUTE", "+1"),
        ("create_payment", "PUBLIC_SHOP_PAYMENTS_PER_SECOND", "0"),
    ] {
        let Err(failure) = LambdaProcess::start(&binary(function), deployed(&stack, variable, value)).await
        else {
            panic!("{function} started with {variable}={value}")
        };
        let printed = failure.to_string();
        let line = format!(
            r#""level":"error","function":"{function}","outcome":"start_refused","detail":"{variable} must be "#
        );
        assert!(printed.contains(&line), "{printed}");
        assert!(
            !printed.contains("secret value")
                && !printed.contains("local-payme")
                && !printed.contains("local-click"),
            "{printed}"
        );
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pay_page_serves_without_a_provider_whose_setting_is_wrong() {
    let stack = Stack::start(Options::in_memory().unwrap()).await.unwrap();
    let process = LambdaProcess::start(&binary("pay_page"), deployed(&stack, "CLICK_SERVICE_ID", "12 345"))
        .await
        .unwrap();
    let mut event = event::v2("GET", "/pay/{order_id}", "");
    event["pathParameters"] = serde_json::json!({"order_id": "ORD_1701234567_000000000000000000sample1"});
    let answer = process.invoke(&event, 10_000).await.unwrap().answer();
    assert_eq!(answer["statusCode"], 200, "{answer}");
    assert!(answer["body"].as_str().unwrap().contains(SANDBOX), "{answer}");
    let printed = process.stop().await;
    let line = r#""level":"warn","function":"pay_page","outcome":"start_limited","detail":"CLICK_SERVICE_ID must be "#;
    assert!(printed.stderr.contains(line), "{printed}");
    // A provider's setting affects no function that does not serve it.
    let process = LambdaProcess::start(&binary("check_shop"), deployed(&stack, "CLICK_SERVICE_ID", "12 345"))
        .await
        .unwrap();
    assert_eq!(
        process.invoke(&event::v2("GET", "/api/check_shop", SHOP_101), 10_000).await.unwrap().answer()["statusCode"],
        200
    );
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cargo_local_warns_and_goes_on() {
    let local = LocalProcess::start_with(
        &["--data", ":memory:"],
        &[("CLICK_SERVICE_ID", "12345a"), ("PAYME_MERCHANT_ID", "")],
    );
    assert_eq!(
        client::get(&format!("{}/api/check_shop?{SHOP_101}", local.url), &[]).await.unwrap().json()["valid"],
        true
    );
    let printed = local.stop();
    for line in [
        "warning: Click is off: CLICK_SERVICE_ID must be a number of 1 to 18 digits",
        "  Payme is off, Click is off",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{printed}");
    }
    assert!(!printed.contains("12345a"), "{printed}");
}

/// The name of the template's parameter for the variable of this name.
fn camel_case(variable: &str) -> String {
    variable.split('_').map(|word| format!("{}{}", &word[..1], word[1..].to_lowercase())).collect()
}

/// The pattern of the template's parameter for the variable of this name.
fn allowed_pattern(template: &Template, variable: &str) -> Regex {
    let parameter = &template.value()["Parameters"][camel_case(variable).as_str()];
    assert!(!parameter["ConstraintDescription"].as_str().unwrap().is_empty(), "{variable}");
    Regex::new(parameter["AllowedPattern"].as_str().unwrap()).unwrap()
}

#[test]
fn the_template_s_patterns_equal_the_functions_parsers() {
    let template = Template::read().unwrap();
    let long = "1".repeat(19);
    for variable in [
        "PAYME_MERCHANT_ID",
        "PAYME_CHECKOUT_URL",
        "PAYME_TEST_CHECKOUT_URL",
        "CLICK_SERVICE_ID",
        "CLICK_MERCHANT_ID",
        "CLICK_PAY_URL",
    ] {
        let pattern = allowed_pattern(&template, variable);
        let taken = |value: &str| {
            let (settings, _) = settings::read(|name| changed(&[(variable, value)], name)).unwrap();
            settings.payme.problem().or(settings.click.problem()).is_none()
        };
        let values = [
            "",
            " ",
            "12345",
            "12 345",
            "12345a",
            "-1",
            "a;b",
            &long,
            PAYME,
            CLICK,
            "https://a",
            "https://a?b",
            "https:///a",
        ];
        for value in values {
            assert_eq!(pattern.is_match(value), taken(value), "{variable}={value}");
        }
    }
}

#[test]
fn the_template_refuses_what_the_pages_would_leave_out() {
    let template = Template::read().unwrap();
    let long = |template: &str| template.replace("{}", &"a".repeat(300));
    for (variable, values) in [
        (
            "CONTACT_PHONE",
            &["+998712000000", "+998 (71) 200-00-00", "998712000000", "+99 87", "+-------", "+", "+1 2"]
                as &[_],
        ),
        ("CONTACT_TELEGRAM", &["tophamyon_uz", "@tophamyon", "abcd", "t.me/tophamyon", "to phamyon"]),
        ("CONTACT_EMAIL", &["yordam@example.uz", "yordam", "a@b@c", "@b", "a@", "a b@c", "{}@example.uz"]),
        (
            "OFFER_URL",
            &[
                "https://example.uz/oferta?v=2#1",
                "http://example.uz",
                "https://",
                "https://a\"b",
                "{}",
                "https://{}",
            ],
        ),
        ("PRIVACY_URL", &["https://example.uz", "example.uz", "https://a b", "https://{}"]),
        (
            "FEE_PERCENT",
            &[
                "0", "1", "1.5", "0.75", "20", "20.00", "20.01", "21", "1,5", "1.234", "1.", ".5", "-1",
                "100", "01",
            ],
        ),
    ] {
        let pattern = allowed_pattern(&template, variable);
        let parameter = camel_case(variable);
        let bound = template.value()["Parameters"][parameter.as_str()]["MaxLength"].as_u64();
        for value in values.iter().map(|value| long(value)) {
            let taken = pattern.is_match(&value) && bound.is_none_or(|bound| value.len() as u64 <= bound);
            let (settings, _) = settings::read(|name| changed(&[(variable, &value)], name)).unwrap();
            assert_eq!(taken, settings.imprint != Imprint::default(), "{variable}={value}");
        }
    }
}

#[test]
fn the_functions_of_a_provider_read_the_same_settings() {
    let template = Template::read().unwrap();
    for (function, prefixes, secrets) in [
        ("payme", &["PAYME_"][..], true),
        ("click_prepare", &["CLICK_"], true),
        ("click_complete", &["CLICK_"], true),
        ("pay_page", &["PAYME_", "CLICK_"], false),
    ] {
        let resources = template.value()["Resources"].as_mapping().unwrap();
        let code = format!("functions/{function}");
        let resource =
            resources.values().find(|resource| resource["Properties"]["CodeUri"] == code.as_str()).unwrap();
        let given = resource["Properties"]["Environment"]["Variables"].as_mapping().unwrap();
        let names = settings::PROVIDERS.map(|(name, _)| name).into_iter().chain([
            "CLICK_HOLD_MINUTES",
            "PAYME_PREVIOUS_KEY",
            "PAYME_PREVIOUS_TEST_KEY",
            "CLICK_PREVIOUS_SECRET_KEY",
            "PAYME_ADDRESSES",
        ]);
        for name in names.filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix))) {
            let wanted = secrets || !(name.ends_with("_KEY") || name == "PAYME_ADDRESSES");
            assert_eq!(given.contains_key(name), wanted, "{function} {name}");
        }
    }
}

#[test]
fn the_template_allows_the_addresses_that_the_functions_take() {
    let pattern = allowed_pattern(&Template::read().unwrap(), "PAYME_ADDRESSES");
    for value in [
        "",
        "185.234.113.1-185.234.113.15",
        "185.234.113.1,185.234.113.2-185.234.113.9,10.0.0.0",
        "255.255.255.255",
        "256.0.0.1",
        "01.0.0.1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.4-",
        "1.2.3.4-9",
        "1.2.3.4, 1.2.3.5",
        "1.2.3.4,",
        "::1",
        " ",
    ] {
        let (settings, _) = settings::read(|name| changed(&[("PAYME_ADDRESSES", value)], name)).unwrap();
        assert_eq!(pattern.is_match(value), settings.payme.problem().is_none(), "{value:?}");
    }
}

#[test]
fn a_key_of_the_deployer_encrypts_each_environment_with_a_secret() {
    let template = Template::read().unwrap();
    let functions = template.value()["Resources"].as_mapping().unwrap().values();
    for function in functions.filter(|resource| resource["Type"] == "AWS::Serverless::Function") {
        let properties = &function["Properties"];
        let text = serde_yaml_ng::to_string(&properties["Environment"]).unwrap();
        let has_key = !properties["KmsKeyArn"].is_null();
        assert_eq!(has_key, text.contains("resolve:secretsmanager"), "{:?}", properties["CodeUri"]);
    }
}
