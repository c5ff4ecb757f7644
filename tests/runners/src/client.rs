//! Sends one HTTP request and reads its answer.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
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
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    /// Returns the body as JSON, or null if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Returns one field of the body as text, or an empty text if it has none.
    pub fn text(&self, field: &str) -> String {
        self.json()[field].as_str().unwrap_or_default().to_owned()
    }

    pub fn error_code(&self) -> String {
        self.text("error_code")
    }
}

/// Compares status and body. The headers differ from answer to answer: request id and date.
impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        (self.status, &self.body) == (other.status, &other.body)
    }
}

impl Eq for Reply {}

pub async fn get(url: &str, headers: &[(&str, &str)]) -> Result<Reply, Error> {
    send(Method::GET, url, headers, String::new()).await
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
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.map_err(|error| unreachable(error.to_string()))?.to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(Reply { status: parts.status, headers: parts.headers, body })
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
