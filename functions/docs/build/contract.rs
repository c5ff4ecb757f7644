//! The parts of openapi.yaml that the page shows. The page is made from the contract, so both
//! always agree.

use std::error::Error;

use serde::Serialize;
use serde_yaml_ng::Value;

use crate::{html, json};

/// The endpoints in the page's order. Beside each is the answer field that its code samples print
/// (check_shop prints none).
const ENDPOINTS: [(&str, Option<&str>); 10] = [
    ("check_shop", None),
    ("get_balance", Some("balance_formatted")),
    ("create_payment", Some("pay_url")),
    ("check_payment", Some("status_description")),
    ("get_payment", Some("status_description")),
    ("get_payments", Some("count")),
    ("cancel_payment", Some("status_description")),
    ("get_events", Some("count")),
    ("get_report", Some("closing_balance")),
    ("export_events", None),
];

#[derive(Serialize)]
pub struct Contract {
    pub endpoints: Vec<Endpoint>,
    pub webhook_endpoints: Vec<Endpoint>,
    /// `shop_id` and `shop_key`.
    pub credentials: Vec<Parameter>,
    /// The codes of each endpoint that takes credentials.
    pub common_error_codes: Vec<String>,
    pub error_codes: Vec<ErrorCode>,
    pub statuses: Vec<String>,
    /// What `status_description` says of each status, in the same order.
    pub status_descriptions: Vec<String>,
    pub event_types: Vec<String>,
    /// The example of a webhook's body, as HTML.
    pub webhook_body: String,
    /// Why a delivery can fail.
    pub webhook_error_classes: Vec<String>,
    /// The order id in all examples.
    pub order_id: String,
}

#[derive(Serialize)]
pub struct Endpoint {
    pub name: String,
    pub path: String,
    /// Whether the endpoint takes shop_id and shop_key.
    pub authorised: bool,
    /// Query parameters, including shop_id and shop_key.
    pub parameters: Vec<Parameter>,
    /// `GET /api/...` with placeholders.
    pub request: String,
    /// The example of a success, then that of an error, as HTML.
    pub answers: Vec<String>,
    /// Without the common ones, if the endpoint takes credentials.
    pub error_codes: Vec<String>,
    pub sample_prints: Option<&'static str>,
    /// Whether its only sample is curl's: its answer is a file, or it is seldom called.
    pub only_curl: bool,
}

#[derive(Serialize)]
pub struct Parameter {
    pub name: String,
    pub required: bool,
    /// Whether it is shop_id or shop_key.
    pub is_credential: bool,
    /// Part of the shortest useful request: required, with a default, or marked as `x-usual`.
    pub usual: bool,
    /// Whether the code samples send it, too (`x-sample`).
    #[serde(skip)]
    pub in_samples: bool,
    pub example: String,
    pub default: Option<String>,
    pub minimum: Option<u64>,
    pub maximum: Option<u64>,
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
}

#[derive(Serialize)]
pub struct ErrorCode {
    pub name: String,
    /// The HTTP status of the error.
    pub http: u16,
}

/// The endpoints of the chapter about webhooks. A shop calls them by hand and seldom, so that they have
/// no sample but curl's.
const WEBHOOK_ENDPOINTS: [&str; 7] = [
    "set_webhook",
    "test_webhook",
    "get_webhook",
    "get_deliveries",
    "resend_event",
    "rotate_webhook_secret",
    "delete_webhook",
];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Reads the contract. An error names what is missing.
pub fn read(document: &Value) -> Result<Contract> {
    let schemas = at(document, &["components", "schemas"])?;
    let mut endpoints = ENDPOINTS
        .iter()
        .map(|(name, prints)| endpoint(document, name, *prints))
        .collect::<Result<Vec<_>>>()?;
    for name in WEBHOOK_ENDPOINTS {
        let endpoint = endpoint(document, name, None)?;
        endpoints.push(Endpoint { only_curl: true, ..endpoint });
    }
    Ok(Contract {
        credentials: ["ShopId", "ShopKey"]
            .iter()
            .map(|name| parameter(document, at(document, &["components", "parameters", name])?))
            .collect::<Result<_>>()?,
        common_error_codes: take_common_error_codes(&mut endpoints),
        webhook_endpoints: endpoints.split_off(ENDPOINTS.len()),
        endpoints,
        error_codes: strings(at(schemas, &["ErrorCode", "enum"])?)?
            .into_iter()
            .map(|name| {
                let http = match name.as_str() {
                    "not_found" => 404,
                    "internal_error" => 500,
                    "store_unavailable" => 503,
                    _ => 200,
                };
                ErrorCode { name, http }
            })
            .collect(),
        webhook_body: webhook_body(document)?,
        webhook_error_classes: strings(at(schemas, &["WebhookErrorClass", "enum"])?)?,
        statuses: strings(at(schemas, &["Status", "enum"])?)?,
        status_descriptions: strings(at(schemas, &["StatusDescription", "enum"])?)?,
        event_types: strings(at(schemas, &["EventType", "enum"])?)?,
        order_id: text(at(document, &["components", "parameters", "OrderIdQuery", "example"])?)?,
    })
}

fn endpoint(document: &Value, name: &str, sample_prints: Option<&'static str>) -> Result<Endpoint> {
    let path = format!("/api/{name}");
    let operation = at(document, &["paths", &path, "get"])?;
    let parameters = list(at(operation, &["parameters"])?)?
        .iter()
        .map(|parameter| resolve(document, parameter))
        .filter(|parameter| parameter.as_ref().map_or(true, |parameter| parameter["in"] == "query"))
        .map(|parameter| self::parameter(document, parameter?))
        .collect::<Result<Vec<_>>>()?;

    let content = at(operation, &["responses", "200", "content"])?;
    let file = content.get("text/csv").map(|file| text(at(file, &["example"])?)).transpose()?;
    let answer = at(content, &["application/json"])?;
    let examples =
        at(answer, &["examples"])?.as_mapping().ok_or("examples is no mapping")?.values().map(|example| {
            let example = resolve(document, example)?;
            let json = String::from_utf8(json::pretty(at(example, &["value"])?)?)?;
            Ok(html::escape(&json))
        });
    let answers = file.iter().map(|file| Ok(html::escape(file))).chain(examples).collect::<Result<_>>()?;
    let error = list(at(answer, &["schema", "oneOf"])?)?.last().ok_or("oneOf is empty")?;
    let codes = list(at(error, &["allOf"])?)?.last().ok_or("allOf is empty")?;

    Ok(Endpoint {
        request: request_line(&path, &parameters),
        authorised: !list(at(operation, &["security"])?)?.is_empty(),
        error_codes: strings(at(codes, &["properties", "error_code", "enum"])?)?,
        name: name.to_owned(),
        path,
        parameters,
        answers,
        sample_prints,
        only_curl: file.is_some(),
    })
}

fn webhook_body(document: &Value) -> Result<String> {
    let content = at(document, &["webhooks", "event", "post", "requestBody", "content", "application/json"])?;
    let example = at(content, &["examples", "paid", "value"])?;
    Ok(html::escape(&String::from_utf8(json::pretty(example)?)?))
}

/// Takes the error codes that each endpoint with credentials has out of all of them.
fn take_common_error_codes(endpoints: &mut [Endpoint]) -> Vec<String> {
    let mut authorised = endpoints.iter().filter(|endpoint| endpoint.authorised);
    let mut common = authorised.next().map(|first| first.error_codes.clone()).unwrap_or_default();
    for endpoint in authorised {
        common.retain(|code| endpoint.error_codes.contains(code));
    }
    for endpoint in endpoints.iter_mut().filter(|endpoint| endpoint.authorised) {
        endpoint.error_codes.retain(|code| !common.contains(code));
    }
    common
}

fn parameter(document: &Value, parameter: &Value) -> Result<Parameter> {
    let schema = resolve(document, at(parameter, &["schema"])?)?;
    let name = text(at(parameter, &["name"])?)?;
    let is_credential = ["shop_id", "shop_key"].contains(&name.as_str());
    let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
    let default = schema.get("default").or_else(|| schema.get("x-default")).map(text).transpose()?;
    Ok(Parameter {
        name,
        required: required || is_credential,
        is_credential,
        in_samples: parameter.get("x-sample").is_some(),
        usual: required || default.is_some() || parameter.get("x-usual").is_some(),
        example: parameter.get("example").map(text).transpose()?.unwrap_or_default(),
        default,
        minimum: schema.get("minimum").and_then(Value::as_u64),
        maximum: schema.get("maximum").and_then(Value::as_u64),
        min_length: schema.get("minLength").and_then(Value::as_u64),
        max_length: schema.get("maxLength").and_then(Value::as_u64),
    })
}

/// The usual request, with placeholders for the values that differ between shops.
fn request_line(path: &str, parameters: &[Parameter]) -> String {
    let query: Vec<String> = parameters
        .iter()
        .filter_map(|parameter| {
            let value = match parameter.name.as_str() {
                "shop_id" => "YOUR_SHOP_ID",
                "shop_key" => "YOUR_SHOP_KEY",
                "order_id" => "ORDER_ID",
                _ if parameter.usual => &parameter.example,
                _ => return None,
            };
            Some(format!("{}={value}", parameter.name))
        })
        .collect();
    format!("{path}?{}", query.join("&"))
}

/// Follows a `$ref`, or returns `value` itself.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> Result<&'a Value> {
    let Some(reference) = value.get("$ref") else { return Ok(value) };
    let path =
        reference.as_str().and_then(|path| path.strip_prefix("#/")).ok_or("$ref does not begin with #/")?;
    at(document, &path.split('/').collect::<Vec<_>>())
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Result<&'a Value> {
    path.iter()
        .try_fold(value, |value, name| value.get(name))
        .ok_or_else(|| format!("openapi.yaml has no {}", path.join("/")).into())
}

fn list(value: &Value) -> Result<&Vec<Value>> {
    value.as_sequence().ok_or_else(|| "openapi.yaml: a list was expected".into())
}

fn strings(value: &Value) -> Result<Vec<String>> {
    list(value)?.iter().map(text).collect()
}

/// A scalar as text.
fn text(value: &Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err("openapi.yaml: a string or a number was expected".into()),
    }
}
