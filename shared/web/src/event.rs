//! Makes an event safe for lambda_http. It panics on some events that a gateway can send (measured
//! on 1.3.2): a raw `<`, `"` or space in `rawQueryString`, a `host` that is no host. A caller must
//! never cause a panic or a 5xx.

use http::{HeaderName, HeaderValue, Uri};
use lambda_http::{
    Adapter, Context, LambdaEvent, Request, request::LambdaRequest, service_fn, tower::Service,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use crate::Answer;

/// The bytes that RFC 3986 does not allow in a query. `%` stays: it already encodes something.
const NOT_IN_A_QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Headers from which lambda_http builds a URL that nothing here reads.
const BUILD_A_URL: [&str; 2] = ["host", "x-forwarded-proto"];

/// The longest query in bytes. A gateway passes on 10,240 bytes of request line and headers, which
/// percent-encoding can triple. The `http` crate holds up to 65,534 bytes.
const QUERY_LENGTH_MAX: usize = 32_768;

/// Hands the request in `event` to `handler`, and returns the answer for the gateway. Both are JSON.
///
/// # Errors
/// `event` is neither a REST API nor an HTTP API event.
pub async fn answer<F, R>(
    event: &str,
    context: Context,
    handler: F,
) -> Result<Box<RawValue>, lambda_http::Error>
where
    F: Fn(Request) -> R,
    R: Future<Output = Answer> + Send,
{
    let request = read(event)?;
    let handler = service_fn(move |request| {
        let answer = handler(request);
        async { Ok::<_, lambda_http::Error>(answer.await) }
    });
    let answer = Adapter::from(handler).call(LambdaEvent::new(request, context)).await?;
    Ok(to_raw_value(&answer)?)
}

fn read(event: &str) -> Result<LambdaRequest, lambda_http::Error> {
    let mut event: Value = serde_json::from_str(event)?;
    if let Some(event) = event.as_object_mut() {
        encode_query(event);
        keep_safe_headers(event);
        root_path(event);
        drop_unusable_domain(event);
    }
    Ok(serde_json::from_str(&event.to_string())?)
}

fn encode_query(event: &mut Map<String, Value>) {
    if let Some(Value::String(query)) = event.get_mut("rawQueryString") {
        *query = utf8_percent_encode(query, NOT_IN_A_QUERY).to_string();
        if query.len() > QUERY_LENGTH_MAX {
            query.clear();
        }
    }
}

/// Drops the incomplete list of headers. REST API events carry every header twice, once with only
/// its last value.
fn keep_safe_headers(event: &mut Map<String, Value>) {
    if event.get("multiValueHeaders").and_then(Value::as_object).is_some_and(|headers| !headers.is_empty()) {
        event.remove("headers");
    }
    for headers in ["headers", "multiValueHeaders"] {
        if let Some(Value::Object(headers)) = event.get_mut(headers) {
            headers.retain(|name, value| is_safe_header(name, value));
        }
    }
}

fn is_safe_header(name: &str, value: &Value) -> bool {
    let known = !BUILD_A_URL.iter().any(|unread| name.eq_ignore_ascii_case(unread));
    let valid = |value: &Value| value.as_str().is_some_and(|text| HeaderValue::from_str(text).is_ok());
    let values = match value {
        Value::Array(values) => values.iter().all(valid),
        value => valid(value),
    };
    known && values && HeaderName::from_bytes(name.as_bytes()).is_ok()
}

fn root_path(event: &mut Map<String, Value>) {
    for name in ["rawPath", "path"] {
        if let Some(Value::String(path)) = event.get_mut(name)
            && !path.starts_with('/')
        {
            path.insert(0, '/');
        }
    }
}

fn drop_unusable_domain(event: &mut Map<String, Value>) {
    if let Some(Value::Object(context)) = event.get_mut("requestContext")
        && let Some(domain) = context.get("domainName").and_then(Value::as_str)
        && !is_domain(domain)
    {
        context.remove("domainName");
    }
}

/// Letters, digits, points and hyphens, with a letter in the last label, so that no URL parser
/// takes it for a broken address.
fn is_domain(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    let named = last.starts_with(|first: char| first.is_ascii_alphabetic());
    let plain = domain.split('.').all(|label| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    named && plain && !domain.contains("xn--") && domain.parse::<Uri>().is_ok()
}
