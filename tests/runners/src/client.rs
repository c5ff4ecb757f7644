//! Sends one HTTP request and reads its answer.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use std::sync::OnceLock;

use crate::Error;

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: StatusCode,
    pub body: String,
}

impl Reply {
    /// Returns the body as JSON, or null if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Sends one request. Uses TLS if `url` begins with `https`.
pub async fn send(method: Method, url: &str, headers: &[(&str, &str)], body: String) -> Result<Reply, Error> {
    let unreachable = |problem: String| Error::Unreachable {
        url: url.split('?').next().unwrap_or_default().to_owned(),
        problem,
    };
    let connector = connector().map_err(|error| unreachable(error.to_string()))?;
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request =
        request.body(Full::new(Bytes::from(body))).map_err(|error| unreachable(error.to_string()))?;
    let answer = client.request(request).await.map_err(|error| unreachable(error.to_string()))?;
    let status = answer.status();
    let body = answer.into_body().collect().await.map_err(|error| unreachable(error.to_string()))?.to_bytes();
    Ok(Reply { status, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Returns a connector with the system's certificates. Reads them once.
fn connector() -> std::io::Result<HttpsConnector<HttpConnector>> {
    static CONNECTOR: OnceLock<HttpsConnector<HttpConnector>> = OnceLock::new();
    if let Some(connector) = CONNECTOR.get() {
        return Ok(connector.clone());
    }
    let roots = HttpsConnectorBuilder::new().with_native_roots()?;
    Ok(CONNECTOR.get_or_init(|| roots.https_or_http().enable_http1().build()).clone())
}
