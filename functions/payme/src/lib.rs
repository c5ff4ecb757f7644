//! `ANY /payme`: the Payme Merchant API, JSON-RPC over POST, always HTTP 200.
//!
//! A repeated call gets the same answer, byte for byte, because all its times come from the store.
//! Source: <https://developer.help.paycom.uz/protokol-merchant-api/>.

mod answer;
mod error;
mod methods;
mod rpc;
mod statement;

use std::sync::Arc;

use http::Method as HttpMethod;
use shared::edge::{Answer, ApiError, ApiRequest, Endpoint, Service, Warmup};
use tokio::time::timeout_at;

use crate::{
    answer::{PaymeAnswer, respond},
    error::PaymeError,
    methods::Caller,
    rpc::{Method, RpcRequest},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("payme", Warmup::Payment, handle)
        .refusing_with(|error, _| respond(None, Err(PaymeError::Unavailable(error.to_string()))))
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let rpc = RpcRequest::read(request.body());
    let id = rpc.as_ref().map_or_else(|unread| unread.id, |rpc| rpc.id);

    let reply =
        timeout_at(request.deadline, answer(&service, &request, rpc.map_err(|unread| unread.error))).await;

    Ok(respond(id, reply.unwrap_or_else(|_| Err(PaymeError::Unavailable("out of time".to_owned())))))
}

async fn answer(
    service: &Service,
    request: &ApiRequest,
    rpc: Result<RpcRequest<'_>, PaymeError>,
) -> Result<PaymeAnswer, PaymeError> {
    if request.method() != HttpMethod::POST {
        return Err(PaymeError::NotPost);
    }
    // If the provider is off, every call gets the error of a wrong key.
    let payme = service.settings.payme.on().ok_or(PaymeError::Denied)?;
    let mode = payme.authenticate(request.header("authorization"), request.address());
    let mode = mode.ok_or(PaymeError::Denied)?;
    let caller = Caller { service, request, mode };

    match rpc?.method()? {
        Method::CheckPerformTransaction(params) => caller.check_perform(&params).await,
        Method::CreateTransaction(params) => caller.create(&params).await,
        Method::PerformTransaction(params) => caller.perform(&params).await,
        Method::CancelTransaction(params) => caller.cancel(&params).await,
        Method::CheckTransaction(params) => caller.check(&params).await,
        Method::GetStatement(params) => caller.statement(&params).await,
        Method::SetFiscalData(params) => caller.set_fiscal_data(&params).await,
    }
}
