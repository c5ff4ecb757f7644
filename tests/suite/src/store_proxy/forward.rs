//! Passes a call on and meters it.

use std::sync::Mutex;

use bytes::Bytes;
use http::request::Parts;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::Closed;
use super::call::{Call, Units};

/// The endpoint that calls are passed on to.
pub(super) struct Upstream {
    client: Client<HttpConnector, Full<Bytes>>,
    authority: Mutex<Authority>,
}

impl Upstream {
    /// `url` is `http://host:port`.
    pub(super) fn new(url: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            authority: Mutex::new(authority(url)),
        }
    }

    pub(super) fn set(&self, url: &str) {
        *self.authority.lock().unwrap() = authority(url);
    }

    /// Returns the store's answer and what the call consumed. The answer shows no trace of the
    /// metering.
    pub(super) async fn send(
        &self,
        mut head: Parts,
        body: Bytes,
        call: &Call,
    ) -> Result<(Response<Full<Bytes>>, Units), Closed> {
        let asked = asks_for_capacity(&call.request);
        let body = if call.is_metered() && call.request.is_object() && !asked {
            ask_for_capacity(&call.request)
        } else {
            body
        };

        let mut uri = head.uri.into_parts();
        uri.scheme = Some(Scheme::HTTP);
        uri.authority = Some(self.authority.lock().unwrap().clone());
        head.uri = Uri::from_parts(uri).map_err(|_| Closed)?;
        head.headers.remove(header::CONTENT_LENGTH);
        let answer =
            self.client.request(Request::from_parts(head, Full::new(body))).await.map_err(|_| Closed)?;

        let (mut head, body) = answer.into_parts();
        let mut body = body.collect().await.map_err(|_| Closed)?.to_bytes();
        let mut parsed: Value = serde_json::from_slice(&body).unwrap_or_default();
        let units = call.consumed(&parsed);
        let removed =
            !asked && parsed.as_object_mut().is_some_and(|all| all.remove("ConsumedCapacity").is_some());
        if removed {
            body = Bytes::from(parsed.to_string());
            head.headers.insert("x-amz-crc32", HeaderValue::from(crc32fast::hash(&body)));
        }
        head.headers.remove(header::CONTENT_LENGTH);
        Ok((Response::from_parts(head, Full::new(body)), units))
    }
}

fn authority(url: &str) -> Authority {
    let uri: Uri = url.parse().expect("an endpoint's URL");
    uri.into_parts().authority.expect("an endpoint's URL has a host and a port")
}

fn asks_for_capacity(request: &Value) -> bool {
    matches!(request["ReturnConsumedCapacity"].as_str(), Some("TOTAL" | "INDEXES"))
}

fn ask_for_capacity(request: &Value) -> Bytes {
    let mut request = request.clone();
    request["ReturnConsumedCapacity"] = "INDEXES".into();
    Bytes::from(request.to_string())
}
