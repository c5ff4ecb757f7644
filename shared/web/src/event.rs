//! Makes an event safe for lambda_http. It panics on some events that a gateway can send (measured
//! on 1.3.2): a raw `<`, `"` or space in `rawQueryString`, a `host` that is no host. A caller must
//! never cause a panic or a 5xx.

use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use lambda_http::{
    Adapter, Context, LambdaEvent, Request, aws_lambda_events::apigw::ApiGatewayV2httpRequest,
    request::LambdaRequest, service_fn, tower::Service,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{
    Value,
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

/// Reads an event in one pass, and makes it safe.
fn read(event: &str) -> serde_json::Result<LambdaRequest> {
    let mut request = parse(event).or_else(|_| parse(&without_invalid_headers(event)?))?;
    match &mut request {
        LambdaRequest::ApiGatewayV1(event) => {
            // REST API events carry every header twice, once with only its last value.
            if !event.multi_value_headers.is_empty() {
                event.headers.clear();
            }
            drop_url(&mut event.multi_value_headers);
            drop_url(&mut event.headers);
            root(&mut event.path);
            drop_unusable_domain(&mut event.request_context.domain_name);
        }
        LambdaRequest::ApiGatewayV2(event) => {
            drop_url(&mut event.headers);
            encode(&mut event.raw_query_string);
            root(&mut event.raw_path);
            drop_unusable_domain(&mut event.request_context.domain_name);
        }
        _ => {}
    }
    Ok(request)
}

/// Parses a REST API or an HTTP API event.
fn parse(event: &str) -> serde_json::Result<LambdaRequest> {
    // lambda_http would copy the event and try it as a REST API's first.
    match serde_json::from_str::<ApiGatewayV2httpRequest>(event) {
        Ok(event) if event.version.as_deref() == Some("2.0") => Ok(LambdaRequest::ApiGatewayV2(event)),
        _ => serde_json::from_str(event),
    }
}

/// Drops the headers for which lambda_http would refuse the event.
fn without_invalid_headers(event: &str) -> serde_json::Result<String> {
    let mut event: Value = serde_json::from_str(event)?;
    for headers in ["headers", "multiValueHeaders"] {
        if let Some(Value::Object(headers)) = event.get_mut(headers) {
            headers.retain(|name, value| is_header(name, value));
        }
    }
    Ok(event.to_string())
}

fn is_header(name: &str, value: &Value) -> bool {
    let valid = |value: &Value| value.as_str().is_some_and(|text| HeaderValue::from_str(text).is_ok());
    let values = match value {
        Value::Array(values) => values.iter().all(valid),
        value => valid(value),
    };
    values && HeaderName::from_bytes(name.as_bytes()).is_ok()
}

fn drop_url(headers: &mut HeaderMap) {
    for name in BUILD_A_URL {
        headers.remove(name);
    }
}

fn encode(query: &mut Option<String>) {
    if let Some(query) = query {
        *query = utf8_percent_encode(query, NOT_IN_A_QUERY).to_string();
        if query.len() > QUERY_LENGTH_MAX {
            query.clear();
        }
    }
}

fn root(path: &mut Option<String>) {
    if let Some(path) = path
        && !path.starts_with('/')
    {
        path.insert(0, '/');
    }
}

fn drop_unusable_domain(domain: &mut Option<String>) {
    domain.take_if(|domain| !is_domain(domain));
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
