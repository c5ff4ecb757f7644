//! Every alarm of the template can ring. One on the log is proved from lines that the functions print;
//! one on a metric of AWS from the tables in which AWS documents its metrics.

use std::collections::BTreeSet;

use local::template::Template;
use runners::{click::Click, payme::Payme};
use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{receiver::Answer, store_proxy::Fault, store_proxy::always, world::World};

use crate::support::{
    alarms::{Alarm, Metric, resources, values},
    operator::{self, done, order},
    providers::{MINUTE_MS, TIYIN, click, code, error, held_by_click, live_order, payme},
    webhooks::Hooks,
};

/// The alarms on the log. Each has its test in this file.
const ON_THE_LOG: [&str; 10] = [
    "AuditDifferencesAlarm",
    "AuditMissingAlarm",
    "ErrorLinesAlarm",
    "FailedInvocationsAlarm",
    "FailingEndpointsAlarm",
    "JournalChangedAlarm",
    "MoneyRefusedAlarm",
    "ProviderFailuresAlarm",
    "RetryTicksAlarm",
    "WrongKeysAlarm",
];

/// One that is on the log, too, and of two providers.
const SIGNATURES: &str = "WrongSignaturesAlarm";

/// A namespace, its metrics, and the sets of dimensions under which each has data.
type DocumentedMetrics = (&'static str, &'static [&'static str], &'static [&'static [&'static str]]);

/// Metrics and sets of dimensions, as AWS documents them:
/// - docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
/// - docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html and monitoring-metrics-view.html
///   (`FunctionName` alone: of all versions and aliases; no dimension: of all functions of the region)
/// - docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
/// - docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
const DOCUMENTED: [DocumentedMetrics; 4] = [
    (
        "AWS/ApiGateway",
        &["4xx", "5xx", "Count", "DataProcessed", "IntegrationLatency", "Latency"],
        &[&["ApiId"], &["ApiId", "Stage"]],
    ),
    (
        "AWS/Lambda",
        &["ConcurrentExecutions", "Errors", "Invocations", "IteratorAge", "Throttles"],
        &[&[], &["FunctionName"], &["FunctionName", "Resource"]],
    ),
    (
        "AWS/DynamoDB",
        &[
            "ConsumedReadCapacityUnits",
            "ConsumedWriteCapacityUnits",
            "ReadThrottleEvents",
            "WriteThrottleEvents",
        ],
        &[&["TableName"], &["TableName", "GlobalSecondaryIndexName"]],
    ),
    ("AWS/SQS", &["ApproximateNumberOfMessagesVisible"], &[&["QueueName"]]),
];

/// The name of a dimension and the type of resource that its value names.
const NAMED: [(&str, &str); 4] = [
    ("ApiId", "AWS::Serverless::HttpApi"),
    ("FunctionName", "AWS::Serverless::Function"),
    ("TableName", "AWS::DynamoDB::Table"),
    ("QueueName", "AWS::SQS::Queue"),
];

fn is_documented(metric: &Metric) -> bool {
    let names: Vec<&str> = metric.dimensions.iter().map(|(name, _)| name.as_str()).collect();
    let (_, metrics, dimensions) =
        DOCUMENTED.iter().find(|(namespace, ..)| *namespace == metric.namespace).unwrap();
    metrics.contains(&metric.name.as_str()) && dimensions.contains(&names.as_slice())
}

/// Checks that the values of the dimensions name what the stack has.
fn assert_names_what_exists(metric: &Metric) {
    for (name, value) in &metric.dimensions {
        if name == "GlobalSecondaryIndexName" {
            let table = metric.dimensions[0].1.trim_end_matches("Table").to_lowercase();
            let tables = Template::read().unwrap().tables();
            let table = tables.iter().find(|one| one.name == table).unwrap();
            assert!(table.indexes.iter().any(|index| index.name == *value), "{metric:?}");
            continue;
        }
        let (_, kind) = NAMED.iter().find(|(named, _)| named == name).unwrap();
        let id = value.split('.').next().unwrap();
        // The dashboard's own names of the tables.
        let known = resources(kind);
        assert!(known.contains_key(id) || known.contains_key(&format!("{id}Table")), "{metric:?}");
    }
}

#[test]
fn an_alarm_on_a_metric_of_aws_is_on_a_documented_one() {
    let on_the_log: BTreeSet<&str> = ON_THE_LOG.into_iter().chain([SIGNATURES]).collect();
    let mut own = BTreeSet::new();
    for alarm in Alarm::all() {
        for metric in alarm.metrics() {
            if metric.is_own() {
                own.insert(alarm.id.clone());
            } else {
                assert!(is_documented(&metric), "{}: {metric:?}", alarm.id);
                assert_names_what_exists(&metric);
            }
        }
    }
    // The others have their tests below, so no alarm is without a proof.
    assert_eq!(own.iter().map(String::as_str).collect::<BTreeSet<_>>(), on_the_log);
}

#[test]
fn every_table_and_index_has_an_alarm_for_throttles() {
    let mut watched = BTreeSet::new();
    for metric in Alarm::all().iter().flat_map(Alarm::metrics).filter(|one| one.namespace == "AWS/DynamoDB") {
        let values: Vec<String> = metric.dimensions.into_iter().map(|(_, value)| value).collect();
        watched.insert((metric.name, values.join("/")));
    }
    let mut all = BTreeSet::new();
    for (id, properties) in resources("AWS::DynamoDB::Table") {
        let indexes = properties.get("GlobalSecondaryIndexes").and_then(|all| all.as_sequence());
        let names =
            indexes.into_iter().flatten().map(|one| format!("{id}/{}", one["IndexName"].as_str().unwrap()));
        for name in names.chain([id.clone()]) {
            for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] {
                all.insert((metric.to_owned(), name.clone()));
            }
        }
    }
    assert_eq!(watched, all);
}

#[test]
fn every_function_without_a_route_has_an_alarm_for_errors() {
    let routed: BTreeSet<String> =
        Template::read().unwrap().routes().into_iter().map(|route| route.function).collect();
    let functions = resources("AWS::Serverless::Function").into_iter().filter(|(_, function)| {
        let code = function["CodeUri"].as_str().unwrap().trim_start_matches("functions/");
        !routed.contains(code)
    });
    let watched = Alarm::find("UnroutedErrorsAlarm").metrics().into_iter();
    assert_eq!(
        watched.map(|metric| metric.dimensions[0].1.clone()).collect::<BTreeSet<_>>(),
        functions.map(|(id, _)| id).collect()
    );
}

/// An alarm says what it means, and mails it if there is an address.
#[test]
fn every_alarm_has_a_sentence_and_the_mail() {
    for alarm in Alarm::all() {
        assert!(alarm.properties["AlarmDescription"].as_str().is_some_and(|text| text.ends_with('.')));
        let actions = serde_yaml_ng::to_string(&alarm.properties["AlarmActions"]).unwrap();
        let words: Vec<&str> = actions.split_whitespace().filter(|word| *word != "-").collect();
        assert_eq!(
            words,
            ["!If", "HasAlarmEmail", "!Ref", "AlarmTopic", "!Ref", "AWS::NoValue"],
            "{}",
            alarm.id
        );
    }
}

/// The runbook has an entry for each alarm, and for no other.
#[test]
fn every_alarm_is_in_the_runbook() {
    let runbook = include_str!("../../../../../../functions/operator/RUNBOOK.md");
    let titles = runbook.lines().filter_map(|line| line.strip_prefix("## "));
    let entries: BTreeSet<&str> = titles.flat_map(|title| title.split(", ")).collect();
    let alarms = Alarm::all();
    assert_eq!(entries, alarms.iter().map(|alarm| alarm.id.as_str()).collect());
}

/// Each widget of the dashboard shows a metric that exists.
#[test]
fn the_dashboard_shows_metrics_that_exist() {
    let dashboards = resources("AWS::CloudWatch::Dashboard");
    let body = crate::support::alarms::text(&dashboards["Dashboard"]["DashboardBody"]).to_owned();
    let body: Value = serde_json::from_str(&body).unwrap();
    let mut shown = 0;
    for widget in body["widgets"].as_array().unwrap() {
        for metric in widget["properties"]["metrics"].as_array().unwrap() {
            let words: Vec<&str> = metric.as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let name = |value: &str| value.trim_start_matches("${").trim_end_matches('}').to_owned();
            let dimensions = words[2..].chunks(2).map(|pair| (pair[0].to_owned(), name(pair[1]))).collect();
            let metric = Metric { namespace: words[0].to_owned(), name: words[1].to_owned(), dimensions };
            if metric.is_own() {
                let published = resources("AWS::Logs::MetricFilter").into_values();
                let mut names = published.map(|one| one["MetricTransformations"][0]["MetricName"].clone());
                assert!(names.any(|one| one == metric.name.as_str()), "{metric:?}");
            } else {
                assert!(is_documented(&metric), "{metric:?}");
                assert_names_what_exists(&metric);
            }
            shown += 1;
        }
    }
    assert!(shown > 20);
}

fn rings(alarm: &str, lines: &[Value]) -> bool {
    Alarm::find(alarm).rings(lines, &[])
}

/// Lambda gives a JSON line without a time the level INFO, and so no alarm would see its own.
fn assert_begins_as_lambda_wants(line: &Value) {
    let members: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(members.contains(&"timestamp") && members.contains(&"level"), "{line}");
    let time = line["timestamp"].as_str().unwrap();
    assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{line}");
    assert!(["info", "warn", "error"].contains(&line["level"].as_str().unwrap()), "{line}");
}

/// A working day: everything is used, and no alarm rings that says that something is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn no_alarm_rings_on_a_good_day() {
    let mut hooks = Hooks::fast().await;
    let world = &hooks.world;
    let held = held_by_click(world, &live_order(world).await).await;
    operator::complete(world, &held).await;
    world.get("/api/check_shop?shop_id=101&shop_key=wrong").await;
    world.shop("create_payment", "amount=1").await;
    world.invoke("audit", &json!({})).await;
    hooks.hand_on().await;
    hooks.tick().await;
    let lines = hooks.world.log.take_lines();
    lines.iter().for_each(assert_begins_as_lambda_wants);
    for alarm in ON_THE_LOG.into_iter().chain([SIGNATURES]) {
        assert!(!rings(alarm, &lines), "{alarm}");
    }
    // Without any line, only the alarms for what is missing ring.
    let missing: Vec<&str> = ON_THE_LOG.into_iter().filter(|alarm| rings(alarm, &[])).collect();
    assert_eq!(missing, ["AuditMissingAlarm", "RetryTicksAlarm"]);
    // What the dashboard counts.
    let counted = |name: &str| {
        let namespace = "TopHamyon/${AWS::StackName}".to_owned();
        let metric = Metric { namespace, name: name.to_owned(), dimensions: Vec::new() };
        values(&metric, &lines).iter().sum::<f64>()
    };
    assert!(
        counted("PaymentsCreated") >= 1.0 && counted("PaymentsPaid") >= 1.0 && counted("RelayTries") >= 1.0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn money_answered_as_failed_rings() {
    for provider in ["payme", "click_prepare", "click_complete"] {
        let world = World::with_live_shop().await;
        let order_id = live_order(&world).await;
        let held =
            if provider == "click_complete" { Some(held_by_click(&world, &order_id).await) } else { None };
        world.log.take_lines();
        world.proxy.inject(Fault::InternalError, always());
        match (provider, held) {
            ("payme", _) => {
                let reply = payme(&world, Mode::Live).check_perform(&order_id, TIYIN).await.unwrap();
                assert_eq!(code(&reply), -32400);
            }
            (_, Some(complete)) => assert_eq!(error(&click(&world).post(&complete).await.unwrap()), -7),
            (_, None) => {
                let fields = runners::click::Fields::new(&order_id, "1000.00");
                assert_eq!(error(&click(&world).post(&fields).await.unwrap()), -7);
            }
        }
        let lines = world.log.take_lines();
        assert!(rings("ProviderFailuresAlarm", &lines) && rings("ErrorLinesAlarm", &lines), "{lines:?}");
    }
}

/// The hold is over and the order cancelled, when Click reports that it took the money.
#[tokio::test(flavor = "multi_thread")]
async fn money_that_we_refuse_rings() {
    let world = World::with_live_shop().await;
    let order_id = live_order(&world).await;
    let complete = held_by_click(&world, &order_id).await;
    world.clock.advance_ms(40 * MINUTE_MS);
    done(&world, operator::cancel(&order_id, "1")).await;
    // What Click cancels itself took no money.
    world.log.take_lines();
    let cancelled = click(&world).post(&complete.clone().with_error(-5017)).await.unwrap();
    assert_eq!(error(&cancelled), -9);
    assert!(!rings("MoneyRefusedAlarm", &world.log.take_lines()));
    assert_eq!(error(&click(&world).post(&complete).await.unwrap()), -9);
    let lines = world.log.take_lines();
    assert!(rings("MoneyRefusedAlarm", &lines), "{lines:?}");
}

/// One line as AWS documents it, because Lambda prints it and no function does:
/// docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html, "platform.report" and "Status".
#[test]
fn a_failed_invocation_rings() {
    for (status, expected) in [("success", false), ("failure", true), ("error", true), ("timeout", true)] {
        let line = json!({
            "time": "2022-10-12T00:01:15.000Z", "type": "platform.report",
            "record": {
                "requestId": "6d68ca91-49c9-448d-89b8-7ca3e6dc66aa", "status": status,
                "metrics": {"billedDurationMs": 694, "durationMs": 693.92, "maxMemoryUsedMB": 84, "memorySizeMB": 128},
            },
        });
        assert_eq!(rings("FailedInvocationsAlarm", &[line]), expected, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_ten_wrong_signatures_ring() {
    let world = World::with_live_shop().await;
    let order_id = live_order(&world).await;
    let url = world.stack.url();
    let wrong_payme = Payme::new(&url, "wrong");
    let service = local::settings::default("CLICK_SERVICE_ID").unwrap();
    let wrong_click = Click::new(&url, &service, "wrong");
    let complete = held_by_click(&world, &order_id).await;
    let prepare = runners::click::Fields::new(&order_id, "1000.00");
    for fields in [None, Some(prepare), Some(complete)] {
        world.log.take_lines();
        let mut lines = Vec::new();
        for count in 1..=11 {
            match &fields {
                None => assert_eq!(code(&wrong_payme.check_perform(&order_id, TIYIN).await.unwrap()), -32504),
                Some(fields) => assert_eq!(error(&wrong_click.post(fields).await.unwrap()), -1),
            }
            lines.extend(world.log.take_lines());
            assert_eq!(rings(SIGNATURES, &lines), count > 10, "{lines:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_hundred_wrong_keys_ring() {
    let world = World::start().await;
    let mut lines = Vec::new();
    for count in 1..=101 {
        world.get("/api/get_balance?shop_id=101&shop_key=wrong").await;
        lines.extend(world.log.take_lines());
        assert_eq!(rings("WrongKeysAlarm", &lines), count > 100, "{count}");
    }
    // A shop above its own limit is another matter.
    let outcomes: BTreeSet<&str> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, BTreeSet::from(["invalid_shop_key", "too_many_wrong_keys"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn books_that_differ_ring() {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let world = World::with_live_shop().await;
    let order_id = order(&world, "1000").await;
    done(&world, operator::settle(&order_id, "1")).await;
    let change = world.tables.update_item().table_name("shops").update_expression("ADD paid_total :n");
    let change = change.key("shop_id", S("201".to_owned())).key("record", S("balance".to_owned()));
    change.expression_attribute_values(":n", N("1".to_owned())).send().await.unwrap();
    world.log.take_lines();
    world.invoke("audit", &json!({})).await;
    let lines = world.log.take_lines();
    assert!(rings("AuditDifferencesAlarm", &lines) && rings("ErrorLinesAlarm", &lines), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_journal_rings() {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let mut hooks = Hooks::fast().await;
    let key = hooks.deliveries().await[0].event_key.to_string();
    let remove = hooks.world.tables.delete_item().table_name("events");
    remove.key("shop_id", S("201".to_owned())).key("event_key", S(key)).send().await.unwrap();
    hooks.world.log.take_lines();
    hooks.hand_on().await;
    let lines = hooks.world.log.take_lines();
    assert!(rings("JournalChangedAlarm", &lines), "{lines:?}");
}

/// An endpoint whose tries fail is counted by each tick, until it answers again.
#[tokio::test(flavor = "multi_thread")]
async fn endpoints_that_fail_ring() {
    let mut hooks = Hooks::start().await;
    hooks.receiver.answer_with(Answer::status(500));
    for _ in 0..6 {
        hooks.pay().await;
    }
    hooks.hand_on().await;
    for _ in 0..3 {
        hooks.tick().await;
        hooks.world.clock.advance_ms(MINUTE_MS);
    }
    hooks.world.log.take_lines();
    hooks.tick().await;
    let lines = hooks.world.log.take_lines();
    let alarm = Alarm::find("FailingEndpointsAlarm");
    let rings_above = |limit: f64| alarm.rings(&lines, &[("FailingEndpointsMax", limit)]);
    assert!(rings_above(0.0) && !rings_above(1.0), "{lines:?}");
}
