//! One request and its answer over an open connection.

use std::{error::Error, io};

use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderValue, Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::{
    Response,
    body::{Body, Incoming},
};
use tokio_rustls::rustls;

use super::{SendOutcome, SignedRequest, connection::Connection};
use crate::domain::{error_class::ErrorClass, webhook_url::WebhookUrl};

/// How much of a body is read. Then the status decides.
const BODY_BYTES_MAX: usize = 16 * 1024;
const RETRY_AFTER_LENGTH_MAX: usize = 64;

/// A whole answer.
pub(super) struct Exchange {
    pub outcome: SendOutcome,
    /// Whether the connection can carry another request.
    pub reusable: bool,
}

/// Why a request has no whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// The connection ended before the head of an answer.
    Closed,
    Failed(ErrorClass),
}

impl From<Unanswered> for ErrorClass {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Closed => Self::BadAnswer,
            Unanswered::Failed(class) => class,
        }
    }
}

/// Sends `request` and reads the answer to its end, or to the most that is read of one.
pub(super) async fn exchange(
    connection: &mut Connection,
    url: &WebhookUrl,
    request: &SignedRequest,
) -> Result<Exchange, Unanswered> {
    let request = post(url, request);
    connection.requests.ready().await.map_err(|_| Unanswered::Closed)?;
    let answer = connection.requests.send_request(request).await.map_err(|error| unanswered(&error))?;
    let http_status = answer.status().as_u16();
    let retry_after = retry_after(answer.headers());
    let whole = read(answer).await.map_err(|error| Unanswered::Failed(class(&error)))?;
    Ok(Exchange { outcome: SendOutcome::Answered { http_status, retry_after }, reusable: whole })
}

fn post(url: &WebhookUrl, request: &SignedRequest) -> Request<Full<Bytes>> {
    let mut post = Request::new(Full::new(request.body.clone()));
    *post.method_mut() = Method::POST;
    *post.uri_mut() = url.target().clone().into();
    *post.headers_mut() = request.headers.clone();
    // A host name and a port are valid in a header.
    if let Ok(host) = HeaderValue::from_str(url.authority()) {
        post.headers_mut().insert(header::HOST, host);
    }
    post
}

/// Reads the body frame by frame and keeps nothing. Returns whether it came to its end.
async fn read(answer: Response<Incoming>) -> Result<bool, hyper::Error> {
    let chunked = answer.headers().contains_key(header::TRANSFER_ENCODING);
    let mut body = answer.into_body();
    let until_closed = !chunked && body.size_hint().upper().is_none();
    let mut left = BODY_BYTES_MAX;
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            // A body without a length ends with its connection. Many servers leave TLS without a
            // farewell, which is an error only where an attacker could cut a text that is used.
            Err(error) if until_closed && is_end_of_file(&error) => return Ok(false),
            frame => frame?,
        };
        left = left.saturating_sub(frame.data_ref().map_or(0, Buf::remaining));
        if left == 0 {
            return Ok(false);
        }
    }
    Ok(!until_closed)
}

fn retry_after(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    (text.len() <= RETRY_AFTER_LENGTH_MAX).then(|| text.to_owned())
}

/// Sorts an error that came before the head of an answer.
fn unanswered(error: &hyper::Error) -> Unanswered {
    match class(error) {
        ErrorClass::BadAnswer if !error.is_parse() => Unanswered::Closed,
        class => Unanswered::Failed(class),
    }
}

/// A receiver can refuse the handshake after our side has ended it (TLS 1.3).
fn class(error: &hyper::Error) -> ErrorClass {
    let tls = io_cause(error).and_then(io::Error::get_ref).is_some_and(|cause| cause.is::<rustls::Error>());
    if tls { ErrorClass::TlsFailed } else { ErrorClass::BadAnswer }
}

fn is_end_of_file(error: &hyper::Error) -> bool {
    io_cause(error).is_some_and(|cause| cause.kind() == io::ErrorKind::UnexpectedEof)
}

fn io_cause(error: &hyper::Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}
