//! API Gateway on this machine. Each HTTP request becomes an HTTP API event (payload format 2.0).
//! The function gets it through the same code as on Lambda, so what cannot happen on Lambda cannot
//! happen here.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use shared::domain::time::{Clock, SystemClock};
use uuid::Uuid;

use crate::{functions::Functions, template::Route};

/// A Lambda event has at most 6 MB. The request line and headers have at most 10,240 bytes (Amazon
/// API Gateway Developer Guide, quotas for HTTP APIs).
const BODY_LENGTH_MAX: usize = 6 * 1024 * 1024;
const HEAD_LENGTH_MAX: usize = 10_240;

/// The path of the route that takes what no other one matches.
const DEFAULT: &str = "$default";

/// The HTTP API.
#[derive(Clone)]
pub struct Gateway {
    functions: Functions,
    routes: Arc<matchit::Router<Vec<Route>>>,
    /// The routes that end in a greedy variable. Every other route but `$default` goes first.
    greedy_routes: Arc<matchit::Router<Vec<Route>>>,
    /// The route `$default`, for what no other one matches.
    fallback: Option<Route>,
}

impl Gateway {
    /// Creates a gateway. Skips routes whose function does not exist.
    pub fn new(functions: Functions, routes: Vec<Route>) -> Self {
        let routes = routes.into_iter().filter(|route| functions.has(&route.function));
        let (fallback, routes): (Vec<Route>, Vec<Route>) = routes.partition(|route| route.path == DEFAULT);
        let (greedy, exact) = routes.into_iter().partition(|route| route.path.ends_with(GREEDY));
        Self {
            functions,
            routes: Arc::new(router(exact)),
            greedy_routes: Arc::new(router(greedy)),
            fallback: fallback.into_iter().next(),
        }
    }

    /// Answers one HTTP request.
    pub async fn answer(&self, parts: Parts, body: Body) -> Response {
        let Some((route, path_parameters)) = self.route(&parts.method, parts.uri.path()) else {
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        if head_length(&parts) > HEAD_LENGTH_MAX {
            return message(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large");
        }
        let Ok(body) = to_bytes(body, BODY_LENGTH_MAX).await else {
            return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        };
        let event = event(&parts, &body, &route, path_parameters);
        match self.functions.invoke(&route.function, event.to_string()).await {
            Some(Ok(answer)) => response(&answer)
                .unwrap_or_else(|| message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")),
            _ => message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }
    }

    fn route(&self, method: &Method, path: &str) -> Option<(Route, Map<String, Value>)> {
        let fallback = || Some((self.fallback.clone()?, Map::new()));
        self.matching(method, path).or_else(fallback)
    }

    fn matching(&self, method: &Method, path: &str) -> Option<(Route, Map<String, Value>)> {
        let found = [&self.routes, &self.greedy_routes].into_iter().find_map(|router| {
            let found = router.at(path).ok()?;
            let fits = |route: &&Route| route.method == "ANY" || route.method == method.as_str();
            Some((found.value.iter().find(fits)?, found.params))
        });
        let (route, parameters) = found?;
        let parameters = parameters.iter().map(|(name, value)| (name.to_owned(), json!(decoded(value))));
        Some((route.clone(), parameters.collect()))
    }
}

/// The end of a route that takes every path below it.
const GREEDY: &str = "/{proxy+}";

fn router(routes: Vec<Route>) -> matchit::Router<Vec<Route>> {
    let mut paths: Vec<(String, Vec<Route>)> = Vec::new();
    for route in routes {
        for path in patterns(&route.path) {
            match paths.iter_mut().find(|(known, _)| *known == path) {
                Some((_, routes)) => routes.push(route.clone()),
                None => paths.push((path, vec![route.clone()])),
            }
        }
    }
    let mut router = matchit::Router::new();
    for (path, routes) in paths {
        // Paths of one template cannot conflict: AWS rejects such a template at deployment.
        let _ = router.insert(path, routes);
    }
    router
}

/// The patterns of a route's path. The router's own greedy variable does not take an empty rest.
fn patterns(path: &str) -> Vec<String> {
    match path.strip_suffix(GREEDY) {
        Some(above) => vec![format!("{above}/"), format!("{above}/{{*proxy}}")],
        None => vec![path.to_owned()],
    }
}

fn head_length(parts: &Parts) -> usize {
    let headers = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    parts.uri.to_string().len() + headers.sum::<usize>()
}

fn event(parts: &Parts, body: &[u8], route: &Route, path_parameters: Map<String, Value>) -> Value {
    let query = parts.uri.query().unwrap_or_default();
    let path = parts.uri.path();
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let (mut headers, cookies) = headers(&parts.headers);
    headers.insert("x-forwarded-for".to_owned(), json!("127.0.0.1"));
    headers
        .insert("x-forwarded-port".to_owned(), json!(host.rsplit_once(':').map_or("80", |(_, port)| port)));
    headers.insert("x-forwarded-proto".to_owned(), json!("http"));
    let now = SystemClock.now();
    let route_key = match route.path.as_str() {
        DEFAULT => DEFAULT.to_owned(),
        path => format!("{} {path}", route.method),
    };
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": host.rsplit_once(':').map_or(host, |(name, _)| name),
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent").cloned().unwrap_or_default(),
            },
            "requestId": Uuid::new_v4().to_string(),
            "routeKey": route_key,
            "stage": "$default",
            "time": now.iso(),
            "timeEpoch": now.get(),
        },
        "isBase64Encoded": false,
    });
    if let Some(event) = event.as_object_mut() {
        if !cookies.is_empty() {
            event.insert("cookies".to_owned(), json!(cookies));
        }
        if !query.is_empty() {
            event.insert("queryStringParameters".to_owned(), query_parameters(query));
        }
        if !path_parameters.is_empty() {
            event.insert("pathParameters".to_owned(), path_parameters.into());
        }
        if !body.is_empty() {
            let text = std::str::from_utf8(body).ok().filter(|_| is_text(&parts.headers));
            event.insert(
                "body".to_owned(),
                text.map_or_else(|| json!(BASE64_STANDARD.encode(body)), |text| json!(text)),
            );
            event.insert("isBase64Encoded".to_owned(), json!(text.is_none()));
        }
    }
    event
}

/// Returns headers and cookies. Names are in lower case; values of one name are joined by commas.
fn headers(headers: &HeaderMap) -> (Map<String, Value>, Vec<String>) {
    let lossy = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut map = Map::new();
    for name in headers.keys().filter(|name| **name != header::COOKIE) {
        let values: Vec<String> = headers.get_all(name).iter().map(lossy).collect();
        map.insert(name.as_str().to_owned(), json!(values.join(",")));
    }
    let cookies = headers.get_all(header::COOKIE).iter().flat_map(|value| {
        let cookies: Vec<String> = lossy(value).split("; ").map(str::to_owned).collect();
        cookies
    });
    (map, cookies.collect())
}

/// Decodes the parameters and joins the values of one name by commas, as API Gateway does. That
/// loses information, so no function may read them: they parse the raw query.
fn query_parameters(query: &str) -> Value {
    let mut map: Map<String, Value> = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name), decoded(value));
        let joined = match map.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value,
        };
        map.insert(name, json!(joined));
    }
    map.into()
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Whether an HTTP API passes this content type as text. It encodes all others in base64, also
/// forms.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("text/plain");
    kind.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"]
            .iter()
            .any(|text| kind.starts_with(text))
}

fn response(answer: &Value) -> Option<Response> {
    let status = StatusCode::from_u16(u16::try_from(answer["statusCode"].as_u64()?).ok()?).ok()?;
    let text = answer["body"].as_str().unwrap_or_default();
    let body = if answer["isBase64Encoded"] == true {
        BASE64_STANDARD.decode(text).ok()?
    } else {
        text.as_bytes().to_vec()
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let single =
        answer["headers"].as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value));
    let cookies = answer["cookies"].as_array().into_iter().flatten().map(|value| ("set-cookie", value));
    for (name, value) in single.chain(cookies) {
        response.headers_mut().append(
            HeaderName::from_bytes(name.as_bytes()).ok()?,
            HeaderValue::from_str(value.as_str()?).ok()?,
        );
    }
    Some(response)
}

fn message(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(json!({"message": text}).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
