//! Requests of Payme. Types are strict: a number in quotes, with a fraction or beyond 64 bits is an
//! error.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, value::RawValue};
use shared::domain::{attempt::Reason, id::OrderId, key::Reference};

use crate::error::PaymeError;

/// The longest method name that an error repeats, in bytes. Payme's own are shorter.
const METHOD_LENGTH_MAX: usize = 64;
/// The most fiscal data that we store of one receipt, in bytes of JSON.
const FISCAL_LENGTH_MAX: usize = 4096;

/// The envelope of a call.
pub struct RpcRequest<'a> {
    pub id: Option<i64>,
    method: String,
    params: &'a RawValue,
}

/// The error of a body that is not a call, and its id if it has one.
pub struct Unread {
    pub id: Option<i64>,
    pub error: PaymeError,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

impl<'a> RpcRequest<'a> {
    /// Reads the envelope and leaves the parameters unparsed, because the caller is not yet
    /// authenticated.
    pub fn read(body: &'a [u8]) -> Result<Self, Unread> {
        let json: &RawValue =
            serde_json::from_slice(body).map_err(|_| Unread { id: None, error: PaymeError::Unparsable })?;
        let bad = |id| Unread { id, error: PaymeError::BadRequest };
        let envelope: Envelope = serde_json::from_str(json.get()).map_err(|_| bad(None))?;
        let id = envelope.id.and_then(|id| id.get().parse().ok());
        let method = envelope.method.and_then(|method| serde_json::from_str(method.get()).ok());
        let params = envelope.params.filter(|params| params.get().starts_with('{'));
        match (id, method, params) {
            (Some(_), Some(method), Some(params)) => Ok(Self { id, method, params }),
            _ => Err(bad(id)),
        }
    }

    /// Parses the method and its parameters.
    pub fn method(&self) -> Result<Method<'a>, PaymeError> {
        Ok(match self.method.as_str() {
            "CheckPerformTransaction" => Method::CheckPerformTransaction(self.params()?),
            "CreateTransaction" => Method::CreateTransaction(self.params()?),
            "PerformTransaction" => Method::PerformTransaction(self.params()?),
            "CancelTransaction" => Method::CancelTransaction(self.params()?),
            "CheckTransaction" => Method::CheckTransaction(self.params()?),
            "GetStatement" => Method::GetStatement(self.params()?),
            "SetFiscalData" => Method::SetFiscalData(SetFiscalData::read(self.params)?),
            unknown => {
                return Err(PaymeError::UnknownMethod(unknown.chars().take(METHOD_LENGTH_MAX).collect()));
            }
        })
    }

    fn params<T: DeserializeOwned>(&self) -> Result<T, PaymeError> {
        serde_json::from_str(self.params.get()).map_err(|_| PaymeError::BadRequest)
    }
}

/// The methods of the Merchant API.
pub enum Method<'a> {
    CheckPerformTransaction(CheckPerform),
    CreateTransaction(Create),
    PerformTransaction(ById),
    CancelTransaction(Cancel),
    CheckTransaction(ById),
    GetStatement(Period),
    SetFiscalData(SetFiscalData<'a>),
}

/// The fields that the payer entered. An order id of the wrong form counts as an unknown order.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Account(Map<String, Value>);

impl Account {
    pub fn order_id(&self) -> Option<OrderId> {
        self.0.get("order_id")?.as_str().and_then(|text| OrderId::parse(text).ok())
    }
}

#[derive(Deserialize)]
pub struct CheckPerform {
    /// In tiyin.
    pub amount: i64,
    pub account: Account,
}

#[derive(Deserialize)]
pub struct Create {
    pub id: Reference,
    /// In unix milliseconds.
    pub time: i64,
    /// In tiyin.
    pub amount: i64,
    pub account: Account,
}

#[derive(Deserialize)]
pub struct ById {
    pub id: Reference,
}

#[derive(Deserialize)]
pub struct Cancel {
    pub id: Reference,
    pub reason: Reason,
}

/// Both ends in unix milliseconds, inclusive.
#[derive(Deserialize)]
pub struct Period {
    pub from: i64,
    pub to: i64,
}

/// The receipt that fiscal data belong to.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    Perform,
    Cancel,
}

pub struct SetFiscalData<'a> {
    pub id: Reference,
    pub kind: Kind,
    /// JSON text from Payme, unchanged.
    pub fiscal_data: &'a str,
}

/// Payme documents some of these fields as text and shows them as numbers, so both are accepted.
#[derive(Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only the types are looked at; the text is kept as it came")]
enum Scalar {
    Text(String),
    Number(i64),
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only the types are looked at; the text is kept as it came")]
struct FiscalData {
    receipt_id: Scalar,
    status_code: i64,
    message: Option<Scalar>,
    terminal_id: Option<Scalar>,
    fiscal_sign: Option<Scalar>,
    qr_code_url: Option<Scalar>,
    date: Option<Scalar>,
}

impl<'a> SetFiscalData<'a> {
    /// Parses the parameters. Every error of theirs is this method's own one.
    fn read(params: &'a RawValue) -> Result<Self, PaymeError> {
        #[derive(Deserialize)]
        struct Params<'a> {
            id: Reference,
            #[serde(rename = "type")]
            kind: Kind,
            #[serde(borrow)]
            fiscal_data: &'a RawValue,
        }
        let params: Params = serde_json::from_str(params.get()).map_err(|_| PaymeError::BadFiscalData)?;
        let fiscal_data = params.fiscal_data.get();
        let typed = fiscal_data.starts_with('{') && serde_json::from_str::<FiscalData>(fiscal_data).is_ok();
        if !typed || fiscal_data.len() > FISCAL_LENGTH_MAX {
            return Err(PaymeError::BadFiscalData);
        }
        Ok(Self { id: params.id, kind: params.kind, fiscal_data })
    }
}
