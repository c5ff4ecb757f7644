//! A request of the API, as the endpoints read it.

use std::{net::IpAddr, sync::OnceLock};

use http::{HeaderMap, Method};
use lambda_http::{Body, Request, RequestExt, request::RequestContext};
use tokio::time::Instant;
use web::{
    query::{Found, Query},
    request,
};

use super::{ApiError, Parameter};
use crate::domain::{id::ShopId, time::UnixMillis, wrong_keys::Source};

/// A request with its time and its deadline.
#[derive(Debug)]
pub struct ApiRequest {
    /// The time of this request. Rules take it as a value, so that no request sees two times.
    pub now: UnixMillis,
    /// When the answer must be on its way.
    pub deadline: Instant,
    pub request_id: String,
    query: Query,
    request: Request,
    /// For the log line.
    shop: OnceLock<ShopId>,
}

impl ApiRequest {
    pub(super) fn new(request: Request, now: UnixMillis, deadline: Instant) -> Self {
        Self {
            now,
            deadline,
            request_id: request::request_id(&request),
            query: request::query(&request),
            request,
            shop: OnceLock::new(),
        }
    }

    /// Returns the value of a parameter, or `None` if it was not given.
    ///
    /// # Errors
    /// Its value is wrong, the query has it twice, or query and header differ.
    pub fn optional<T: Parameter>(&self) -> Result<Option<T>, ApiError> {
        self.text::<T>()?.map(T::parse).transpose()
    }

    /// Returns whether a parameter was given, whatever its value.
    ///
    /// # Errors
    /// As [`ApiRequest::optional`], but the value may have a wrong form.
    pub fn has<T: Parameter>(&self) -> Result<bool, ApiError> {
        Ok(self.text::<T>()?.is_some())
    }

    fn text<T: Parameter>(&self) -> Result<Option<&str>, ApiError> {
        match (self.in_query::<T>()?, self.in_header::<T>()?) {
            (Some(query), Some(header)) if query != header => Err(ApiError::AmbiguousParameter(T::NAME)),
            (query, header) => Ok(header.or(query)),
        }
    }

    /// Returns the value of a parameter that must be given.
    ///
    /// # Errors
    /// As [`ApiRequest::optional`], or it is missing.
    pub fn required<T: Parameter>(&self) -> Result<T, ApiError> {
        self.optional()?.ok_or(ApiError::MissingParameter(T::NAME))
    }

    fn in_query<T: Parameter>(&self) -> Result<Option<&str>, ApiError> {
        match self.query.find(T::NAME) {
            Found::Nothing => Ok(None),
            Found::One(text) => present::<T>(text),
            Found::Undecodable => Ok(Some(NOT_TEXT)),
            Found::MoreThanOne => Err(ApiError::AmbiguousParameter(T::NAME)),
        }
    }

    fn in_header<T: Parameter>(&self) -> Result<Option<&str>, ApiError> {
        let Some(name) = T::HEADER else { return Ok(None) };
        let mut values = self.request.headers().get_all(name).iter();
        let Some(first) = values.next() else { return Ok(None) };
        if values.any(|other| other != first) {
            return Err(ApiError::AmbiguousParameter(T::NAME));
        }
        present::<T>(first.to_str().unwrap_or(NOT_TEXT))
    }

    /// Half of the time that is left. Work in steps ends there, so that its last step has time.
    pub fn half_time(&self) -> Instant {
        let now = Instant::now();
        now + self.deadline.saturating_duration_since(now) / 2
    }

    pub fn method(&self) -> &Method {
        self.request.method()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// Returns a header's text, or `None` if it is missing or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// The path without the gateway's stage.
    pub fn path(&self) -> &str {
        request::path(&self.request)
    }

    /// Returns the segment of the path that the route names `name`.
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        self.request.path_parameters_ref()?.first(name)
    }

    /// The body in bytes.
    pub fn body(&self) -> &[u8] {
        match self.request.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        }
    }

    /// Returns whether a browser or a chat program only looks ahead: the first token of
    /// `Sec-Purpose` or `Purpose` is `prefetch`.
    pub fn is_prefetch(&self) -> bool {
        ["sec-purpose", "purpose"].into_iter().filter_map(|name| self.header(name)).any(|purpose| {
            let first = purpose.split([';', ',', ' ']).next().unwrap_or_default();
            first.trim().eq_ignore_ascii_case("prefetch")
        })
    }

    /// Returns `https://` with the gateway's domain and stage. Never uses the `Host` header, because
    /// the caller writes it.
    pub fn gateway_url(&self) -> Option<String> {
        let (domain, stage) = match self.request.request_context_ref()? {
            RequestContext::ApiGatewayV1(context) => {
                (context.domain_name.as_deref()?, context.stage.as_deref())
            }
            RequestContext::ApiGatewayV2(context) => {
                (context.domain_name.as_deref()?, context.stage.as_deref())
            }
            _ => return None,
        };
        match stage {
            None | Some("$default" | "") => Some(format!("https://{domain}")),
            Some(stage) => Some(format!("https://{domain}/{stage}")),
        }
    }

    /// Returns where the request comes from, for the limit of wrong keys.
    pub fn source(&self) -> Option<Source> {
        self.address().map(Source::from)
    }

    /// Returns the address that the gateway saw. Never uses a header, because the caller writes it.
    pub fn address(&self) -> Option<IpAddr> {
        let address = match self.request.request_context_ref()? {
            RequestContext::ApiGatewayV1(context) => context.identity.source_ip.as_deref()?,
            RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_deref()?,
            _ => return None,
        };
        address.parse().ok()
    }

    /// Adds the shop to the log line.
    pub fn log_shop(&self, shop_id: &ShopId) {
        // A request has one shop, so only the first call counts.
        let _ = self.shop.set(shop_id.clone());
    }

    pub(super) fn shop(&self) -> Option<&ShopId> {
        self.shop.get()
    }
}

/// Stands for bytes that are no text. No parameter accepts a control character.
const NOT_TEXT: &str = "\0";

/// Returns `None` for an empty value that counts as absent.
fn present<T: Parameter>(text: &str) -> Result<Option<&str>, ApiError> {
    if text.is_empty() { T::check_empty().map(|()| None) } else { Ok(Some(text)) }
}
