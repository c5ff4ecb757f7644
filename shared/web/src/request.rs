//! What every endpoint reads of its request.

use lambda_http::{Request, RequestExt, request::RequestContext};

use crate::query::Query;

/// Returns the parameters of the query.
pub fn query(request: &Request) -> Query {
    match request.request_context_ref() {
        // REST API events carry decoded values only.
        Some(RequestContext::ApiGatewayV1(_)) => request
            .query_string_parameters_ref()
            .map(|map| Query::from_decoded(map.iter()))
            .unwrap_or_default(),
        _ => Query::parse(request.uri().query().unwrap_or_default()),
    }
}

/// Returns the path without the gateway's stage.
pub fn path(request: &Request) -> &str {
    let path = request.raw_http_path();
    // An HTTP API puts the stage in front, a REST API does not.
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else { return path };
    let stage = context.stage.as_deref().filter(|stage| *stage != "$default").unwrap_or_default();
    let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(stage));
    rest.filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

/// Returns the gateway's id of the request, which its access log has too, else Lambda's own.
pub fn request_id(request: &Request) -> String {
    let gateway = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.request_id.clone(),
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    gateway
        .or_else(|| request.lambda_context_ref().map(|context| context.request_id.clone()))
        .unwrap_or_default()
}
