//! `ANY /payme`: the Payme Merchant API, JSON-RPC over POST, HTTP 200 always.
//!
//! A repeated call answers from what is stored and never reads the clock, so that the second answer is the first, byte for
//! byte. Source: <https://developer.help.paycom.uz/protokol-merchant-api/>.

mod answer;
mod error;
mod methods;
mod request;
mod statement;

use std::sync::Arc;

use http::Method as HttpMethod;
use shared::edge::{Answer, ApiError, Call, Endpoint, Prime, Service};
use tokio::time::timeout_at;

use crate::{
    answer::{Reply, respond},
    error::PaymeError,
    methods::Caller,
    request::{Method, Request},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("payme", Prime::Payment, handle).refusing_with(|error, _| respond(None, Err(PaymeError::Unavailable(error.to_string()))))
}

async fn handle(service: Arc<Service>, call: Arc<Call>) -> Result<Answer, ApiError> {
    let request = Request::read(call.body());
    let id = request.as_ref().map_or_else(|unread| unread.id, |request| request.id);

    let reply = timeout_at(call.deadline, act(&service, &call, request.map_err(|unread| unread.error))).await;

    Ok(respond(id, reply.unwrap_or_else(|_| Err(PaymeError::Unavailable("out of time".to_owned())))))
}

async fn act(service: &Service, call: &Call, request: Result<Request<'_>, PaymeError>) -> Result<Reply, PaymeError> {
    if call.method() != HttpMethod::POST {
        return Err(PaymeError::NotPost);
    }
    // A provider that is off refuses everything, as if no key were right.
    let keys = service.settings.payme.as_ref().ok_or(PaymeError::Denied)?;
    let mode = keys.admits(call.header("authorization")).ok_or(PaymeError::Denied)?;
    let caller = Caller { service, call, mode };

    match request?.method()? {
        Method::CheckPerformTransaction(params) => caller.check_perform(&params).await,
        Method::CreateTransaction(params) => caller.create(&params).await,
        Method::PerformTransaction(params) => caller.perform(&params).await,
        Method::CancelTransaction(params) => caller.cancel(&params).await,
        Method::CheckTransaction(params) => caller.check(&params).await,
        Method::GetStatement(params) => caller.statement(&params).await,
        Method::SetFiscalData(params) => caller.set_fiscal_data(&params).await,
    }
}
