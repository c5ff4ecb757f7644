//! One request, as the endpoints read it.

use std::sync::OnceLock;

use http::{HeaderMap, Method};
use lambda_http::{Body, Request, RequestExt, request::RequestContext};
use tokio::time::Instant;

use super::{
    ApiError,
    query::{Found, Query},
};
use crate::domain::{id::ShopId, time::UnixMillis};

/// A request with its time and its deadline.
#[derive(Debug)]
pub struct Call {
    /// The time of this request. Rules take it as a value; nothing reads a clock twice.
    pub now: UnixMillis,
    /// When the answer must be on its way.
    pub deadline: Instant,
    pub request_id: String,
    query: Query,
    request: Request,
    /// The shop that the request was found to belong to, for the log.
    shop: OnceLock<ShopId>,
}

impl Call {
    pub(super) fn new(request: Request, now: UnixMillis, deadline: Instant) -> Self {
        Self { now, deadline, request_id: request_id(&request), query: query(&request), request, shop: OnceLock::new() }
    }

    /// The value of a parameter, parsed; none where it was not given. Twice is ambiguous, empty is missing.
    pub fn optional<T, E>(&self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, ApiError> {
        match self.query.find(name) {
            Found::Nothing => Ok(None),
            Found::One("") => Err(ApiError::MissingParameter(name)),
            Found::One(text) => parse(text).map(Some).map_err(|_| malformed(name)),
            Found::Undecodable => Err(malformed(name)),
            Found::MoreThanOne => Err(ApiError::AmbiguousParameter(name)),
        }
    }

    /// The value of a parameter that must be given.
    pub fn required<T, E>(&self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, ApiError> {
        self.optional(name, parse)?.ok_or(ApiError::MissingParameter(name))
    }

    /// A parameter that may stand in a header instead. Both is fine when they are equal, else ambiguous.
    pub fn optional_or_header<T, E>(
        &self,
        name: &'static str,
        header: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ApiError> {
        let mut headers = self.request.headers().get_all(header).iter();
        let Some(first) = headers.next() else { return self.optional(name, parse) };
        let in_query = self.query.find(name);
        if in_query == Found::MoreThanOne || headers.any(|other| other != first) {
            return Err(ApiError::AmbiguousParameter(name));
        }
        // Printable ASCII is all that a key may hold, so a header that is not is malformed like any other.
        let text = first.to_str().map_err(|_| malformed(name))?;
        match in_query {
            Found::One(other) if other != text => Err(ApiError::AmbiguousParameter(name)),
            Found::Undecodable => Err(ApiError::AmbiguousParameter(name)),
            _ if text.is_empty() => Err(ApiError::MissingParameter(name)),
            _ => parse(text).map(Some).map_err(|_| malformed(name)),
        }
    }

    /// The method.
    pub fn method(&self) -> &Method {
        self.request.method()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// A header's text, where it is given and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// The path as the gateway was asked for it, without a stage.
    pub fn path(&self) -> &str {
        self.request.raw_http_path()
    }

    /// The segment of the path that the route names `name`.
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        self.request.path_parameters_ref()?.first(name)
    }

    /// The posted bytes.
    pub fn body(&self) -> &[u8] {
        match self.request.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        }
    }

    /// Whether a browser or a chat program only looks ahead: the first token of `Sec-Purpose` or `Purpose` is `prefetch`.
    pub fn is_prefetch(&self) -> bool {
        ["sec-purpose", "purpose"].into_iter().filter_map(|name| self.header(name)).any(|purpose| {
            let first = purpose.split([';', ',', ' ']).next().unwrap_or_default();
            first.trim().eq_ignore_ascii_case("prefetch")
        })
    }

    /// `https://` and the domain and stage that the gateway was called under. Never the `Host` header: a caller writes that.
    pub fn gateway_url(&self) -> Option<String> {
        let (domain, stage) = match self.request.request_context_ref()? {
            RequestContext::ApiGatewayV1(context) => (context.domain_name.as_deref()?, context.stage.as_deref()),
            RequestContext::ApiGatewayV2(context) => (context.domain_name.as_deref()?, context.stage.as_deref()),
            _ => return None,
        };
        match stage {
            None | Some("$default" | "") => Some(format!("https://{domain}")),
            Some(stage) => Some(format!("https://{domain}/{stage}")),
        }
    }

    /// Remembers whose request this is, for the log line.
    pub fn belongs_to(&self, shop_id: &ShopId) {
        // Only the first counts; a request has one shop.
        let _ = self.shop.set(shop_id.clone());
    }

    pub(super) fn shop(&self) -> Option<&ShopId> {
        self.shop.get()
    }
}

fn query(request: &Request) -> Query {
    match request.request_context_ref() {
        // REST API events carry decoded values only.
        Some(RequestContext::ApiGatewayV1(_)) => {
            request.query_string_parameters_ref().map(|map| Query::from_decoded(map.iter())).unwrap_or_default()
        }
        _ => Query::parse(request.uri().query().unwrap_or_default()),
    }
}

/// The gateway's id of the request, which its access log has too; Lambda's own where there is none.
fn request_id(request: &Request) -> String {
    let gateway = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.request_id.clone(),
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    gateway.or_else(|| request.lambda_context_ref().map(|context| context.request_id.clone())).unwrap_or_default()
}

/// The error for a value of `name` that has not its form.
fn malformed(name: &'static str) -> ApiError {
    let expected = match name {
        "shop_id" | "shop_key" => return ApiError::InvalidShopKey,
        "order_id" => return ApiError::OrderNotFound,
        "amount" => return ApiError::InvalidAmount,
        "limit" => return ApiError::InvalidLimit,
        "offset" => return ApiError::InvalidOffset,
        "cursor" => return ApiError::InvalidCursor,
        "idempotency_key" => "1 to 64 printable ASCII characters",
        "merchant_order_id" => "1 to 64 characters without control characters",
        "description" => "1 to 140 characters without control characters",
        "return_url" => "an absolute https address of at most 500 characters",
        _ => "a valid value",
    };
    ApiError::InvalidParameter { name, expected }
}
