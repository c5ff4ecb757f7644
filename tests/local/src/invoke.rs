//! The part of the Lambda Invoke API that `cargo lambda invoke` and the AWS CLI use.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::functions::{FunctionError, Functions, Target};

const EVENT_LENGTH_MAX: usize = 6 * 1024 * 1024;

/// Returns the function name in `path` as it is written there, or `None` if it is not a path of the
/// Invoke API.
pub fn function_name(path: &str) -> Option<&str> {
    path.strip_prefix("/2015-03-31/functions/")?.strip_suffix("/invocations")
}

/// Invokes the function `name` with the body, and with the client context from the headers.
pub async fn answer(functions: &Functions, name: &str, parts: &Parts, body: Body) -> Response {
    match invoke(functions, name, parts, body).await {
        Ok(response) => response,
        Err(error) => error.response(),
    }
}

async fn invoke(
    functions: &Functions,
    name: &str,
    parts: &Parts,
    body: Body,
) -> Result<Response, InvokeError> {
    let name = percent_decode_str(name).decode_utf8_lossy();
    let given = query_qualifier(&parts.uri);
    let target = target(&name, given.as_deref())?;
    let invocation_type = InvocationType::of(&parts.headers)?;
    if !functions.has(target.name) {
        return Err(InvokeError::NoFunction(name.into_owned()));
    }
    let bytes = to_bytes(body, EVENT_LENGTH_MAX).await.map_err(|_| InvokeError::Event)?;
    let event = String::from_utf8(bytes.to_vec()).map_err(|_| InvokeError::Event)?;
    let client_context = parts.headers.get("x-amz-client-context").and_then(decoded);
    match invocation_type {
        InvocationType::DryRun => Ok(empty(StatusCode::NO_CONTENT)),
        InvocationType::Event => {
            let (functions, name) = (functions.clone(), target.name.to_owned());
            let qualifier = target.qualifier.map(str::to_owned);
            tokio::spawn(async move {
                let target = Target { name: &name, qualifier: qualifier.as_deref() };
                functions.invoke_text(target, event, client_context).await
            });
            Ok(empty(StatusCode::ACCEPTED))
        }
        InvocationType::RequestResponse => {
            let answer = functions.invoke_text(target, event, client_context).await;
            Ok(response(answer.ok_or_else(|| InvokeError::NoFunction(name.to_string()))?))
        }
    }
}

fn response(answer: Result<String, FunctionError>) -> Response {
    match answer {
        Ok(answer) => json_response(StatusCode::OK, answer),
        Err(FunctionError(error)) => {
            let mut response = json_response(StatusCode::OK, error.to_string());
            response.headers_mut().insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
            response
        }
    }
}

/// How the caller wants the invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InvocationType {
    /// Waits for the answer.
    RequestResponse,
    /// Does not wait.
    Event,
    /// Invokes nothing.
    DryRun,
}

impl InvocationType {
    fn of(headers: &HeaderMap) -> Result<Self, InvokeError> {
        match headers.get("x-amz-invocation-type").map(HeaderValue::as_bytes) {
            None | Some(b"RequestResponse") => Ok(Self::RequestResponse),
            Some(b"Event") => Ok(Self::Event),
            Some(b"DryRun") => Ok(Self::DryRun),
            Some(_) => Err(InvokeError::Type),
        }
    }
}

/// Reads `NAME`, `NAME:QUALIFIER`, `ACCOUNT:function:NAME` or a whole ARN, each with or without a
/// qualifier. `given` is the parameter `Qualifier`.
fn target<'a>(name: &'a str, given: Option<&'a str>) -> Result<Target<'a>, InvokeError> {
    let named = name.rsplit_once("function:").map_or(name, |(_, named)| named);
    let (name, qualifier) = match named.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier)),
        None => (named, None),
    };
    let qualifier = match (qualifier, given) {
        (Some(named), Some(given)) if named != given => return Err(InvokeError::TwoQualifiers),
        (named, given) => named.or(given),
    };
    let fits = |text: &str| {
        (1..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"$_-".contains(&byte))
    };
    if qualifier.is_some_and(|qualifier| !fits(qualifier)) {
        return Err(InvokeError::Qualifier);
    }
    Ok(Target { name, qualifier })
}

fn query_qualifier(uri: &Uri) -> Option<String> {
    let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.filter(|(name, _)| *name == "Qualifier").map(|(_, value)| value).next()?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

/// An error of the Invoke API.
#[derive(Debug, thiserror::Error)]
enum InvokeError {
    #[error("the event is not UTF-8 text, or longer than 6 MB")]
    Event,
    #[error("Function not found: {0}")]
    NoFunction(String),
    #[error("the qualifier of the function name does not match the parameter Qualifier")]
    TwoQualifiers,
    #[error("a qualifier is 1 to 128 letters, digits and $ _ -")]
    Qualifier,
    #[error("the invocation type is RequestResponse, Event or DryRun")]
    Type,
}

impl InvokeError {
    fn response(&self) -> Response {
        let (status, kind) = match self {
            Self::Event => (StatusCode::BAD_REQUEST, "InvalidRequestContentException"),
            Self::NoFunction(_) => (StatusCode::NOT_FOUND, "ResourceNotFoundException"),
            Self::TwoQualifiers | Self::Qualifier | Self::Type => {
                (StatusCode::BAD_REQUEST, "InvalidParameterValueException")
            }
        };
        let body = json!({"Type": "User", "Message": self.to_string()});
        let mut response = json_response(status, body.to_string());
        response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(kind));
        response
    }
}

fn decoded(header: &HeaderValue) -> Option<HeaderValue> {
    HeaderValue::from_bytes(&BASE64_STANDARD.decode(header).ok()?).ok()
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn json_response(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
