//! Click's protocol (Click SHOP API), shared by both of its endpoints. Click posts a signed form
//! and gets JSON, always with HTTP 200.

use md5::{Digest, Md5};
use serde::Serialize;
use subtle::ConstantTimeEq;
use tokio::time::timeout_at;
use web::query::{Found, Query};

use super::{
    Answer, ApiRequest, Service, answer,
    endpoint::{with_failure, with_outcome},
    provider_credentials::ClickService,
};
use crate::{
    domain::{credential::ProviderSecret, id::PrepareId, money::Tiyin},
    store::StoreError,
};

/// The two requests that Click sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Prepare,
    Complete,
}

/// The errors of Click's protocol. Their `Display` is the `error_note`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClickError {
    #[error("SIGN CHECK FAILED!")]
    WrongSign,
    #[error("Incorrect parameter amount")]
    WrongAmount,
    #[error("Action not found")]
    UnknownAction,
    #[error("Already paid")]
    AlreadyPaid,
    #[error("User does not exist")]
    UnknownOrder,
    #[error("Transaction does not exist")]
    UnknownTransaction,
    /// Our own failure. The detail goes to the log only.
    #[error("Failed to update user")]
    Failed(String),
    #[error("Error in request from click")]
    BadRequest,
    #[error("Transaction cancelled")]
    Cancelled,
    /// The answer is that of [`Cancelled`](Self::Cancelled), but Click says that it took the money.
    #[error("Transaction cancelled")]
    MoneyRefused,
}

impl ClickError {
    pub const fn code(&self) -> i8 {
        match self {
            Self::WrongSign => -1,
            Self::WrongAmount => -2,
            Self::UnknownAction => -3,
            Self::AlreadyPaid => -4,
            Self::UnknownOrder => -5,
            Self::UnknownTransaction => -6,
            Self::Failed(_) => -7,
            Self::BadRequest => -8,
            Self::Cancelled | Self::MoneyRefused => -9,
        }
    }
}

impl ClickError {
    /// Returns whether Click may act on it. After our own failure nothing is known.
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Failed(_))
    }
}

impl From<StoreError> for ClickError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A form that Click signed for our service, with every field parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickForm {
    pub click_trans_id: i64,
    /// The order id as Click sent it. It may be no order id.
    pub merchant_trans_id: String,
    /// `None` if the text is no amount. It then differs from every payment's amount.
    pub amount: Option<Tiyin>,
    /// At Complete: 0 if Click took the money, negative if it cancels the payment.
    pub error: i32,
    /// At Complete: the number that our answer to Prepare gave. `None` if the text is no number.
    pub prepare_id: Option<i64>,
}

/// Verifies the posted form, calls `decide`, and makes the answer. Out of time it answers -7.
pub async fn serve<F>(
    action: Action,
    service: &Service,
    request: &ApiRequest,
    decide: impl FnOnce(ClickForm) -> F,
) -> Answer
where
    F: Future<Output = Result<PrepareId, ClickError>>,
{
    let fields = Query::parse(std::str::from_utf8(request.body()).unwrap_or_default());
    let result = match verify(action, &fields, service.settings.click.on()) {
        Ok(form) => timeout_at(request.deadline, decide(form))
            .await
            .unwrap_or_else(|_| Err(ClickError::Failed("out of time".to_owned()))),
        Err(refusal) => Err(refusal),
    };
    respond(action, &fields, result)
}

fn verify(action: Action, fields: &Query, service: Option<&ClickService>) -> Result<ClickForm, ClickError> {
    // A provider that is off refuses everything, as if no signature were right.
    let service = service.ok_or(ClickError::WrongSign)?;
    let posted = Posted::read(action, fields)?;
    if !service.secret_keys.any(|secret| posted.is_signed_with(secret)) {
        return Err(ClickError::WrongSign);
    }
    if number(posted.service_id) != Some(service.service_id) {
        return Err(ClickError::BadRequest);
    }
    if posted.action != action.code() {
        return Err(ClickError::UnknownAction);
    }
    Ok(ClickForm {
        click_trans_id: number(posted.click_trans_id).ok_or(ClickError::BadRequest)?,
        merchant_trans_id: posted.merchant_trans_id.to_owned(),
        amount: Tiyin::parse(posted.amount).ok(),
        // Click's protocol has no positive error. Crediting money that comes with one would be a guess.
        error: posted.error.parse().ok().filter(|error| *error <= 0).ok_or(ClickError::BadRequest)?,
        prepare_id: posted.merchant_prepare_id.and_then(number),
    })
}

impl Action {
    const fn code(self) -> &'static str {
        match self {
            Self::Prepare => "0",
            Self::Complete => "1",
        }
    }
}

/// Parses an id: decimal digits, at most 63 bits.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// The fields of the form, as Click posted them.
struct Posted<'a> {
    click_trans_id: &'a str,
    service_id: &'a str,
    merchant_trans_id: &'a str,
    merchant_prepare_id: Option<&'a str>,
    amount: &'a str,
    action: &'a str,
    error: &'a str,
    sign_time: &'a str,
    sign_string: &'a str,
}

impl<'a> Posted<'a> {
    /// Reads the fields. The protocol wants each exactly once.
    fn read(action: Action, fields: &'a Query) -> Result<Self, ClickError> {
        let field = |name| match fields.find(name) {
            Found::One(text) => Ok(text),
            Found::Nothing | Found::Undecodable | Found::MoreThanOne => Err(ClickError::BadRequest),
        };
        let filled = |name| {
            field(name).and_then(|text| if text.is_empty() { Err(ClickError::BadRequest) } else { Ok(text) })
        };
        filled("click_paydoc_id")?;
        // The only field that may be empty.
        field("error_note")?;
        Ok(Self {
            click_trans_id: filled("click_trans_id")?,
            service_id: filled("service_id")?,
            merchant_trans_id: filled("merchant_trans_id")?,
            merchant_prepare_id: match action {
                Action::Prepare => None,
                Action::Complete => Some(filled("merchant_prepare_id")?),
            },
            amount: filled("amount")?,
            action: filled("action")?,
            error: filled("error")?,
            sign_time: filled("sign_time")?,
            sign_string: filled("sign_string")?,
        })
    }

    /// Checks the signature. It covers the texts as posted; its hex digits may be of either case.
    fn is_signed_with(&self, secret: &ProviderSecret) -> bool {
        let parts = [
            self.click_trans_id,
            self.service_id,
            secret.reveal(),
            self.merchant_trans_id,
            self.merchant_prepare_id.unwrap_or_default(),
            self.amount,
            self.action,
            self.sign_time,
        ];
        let digest = parts.iter().fold(Md5::new(), |hash, part| hash.chain_update(part)).finalize();
        let expected: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self.sign_string.to_ascii_lowercase().as_bytes().ct_eq(expected.as_bytes()).into()
    }
}

#[derive(Serialize)]
struct Body<'a> {
    click_trans_id: Option<i64>,
    merchant_trans_id: Option<&'a str>,
    #[serde(flatten)]
    number: Number,
    error: i8,
    error_note: String,
}

/// Our number of the attempt, under the name that each request gives it. `null` in an error.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Number {
    MerchantPrepareId(Option<i32>),
    MerchantConfirmId(Option<i32>),
}

fn respond(action: Action, fields: &Query, result: Result<PrepareId, ClickError>) -> Answer {
    /// The longest text that is sent back. No order id and no number of Click's is longer.
    const ECHO_LENGTH_MAX: usize = 64;
    let posted = |name| match fields.find(name) {
        Found::One(text) if text.len() <= ECHO_LENGTH_MAX => Some(text),
        _ => None,
    };
    let number_of_attempt = result.as_ref().ok().map(|id| id.get());
    let body = Body {
        click_trans_id: posted("click_trans_id").and_then(number),
        merchant_trans_id: posted("merchant_trans_id"),
        number: match action {
            Action::Prepare => Number::MerchantPrepareId(number_of_attempt),
            Action::Complete => Number::MerchantConfirmId(number_of_attempt),
        },
        error: result.as_ref().map_or_else(ClickError::code, |_| 0),
        error_note: result.as_ref().map_or_else(ToString::to_string, |_| "Success".to_owned()),
    };
    let answer = answer::json(&body);
    match result {
        Err(ClickError::Failed(detail)) => with_failure(answer, body.error, detail),
        // An alarm looks for it: the payer has paid, and nobody has the money's worth.
        Err(ClickError::MoneyRefused) => with_outcome(answer, "money_refused"),
        _ => with_outcome(answer, body.error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credential::ProviderSecrets;

    const SERVICE: i64 = 12345;

    fn posted<'a>(
        action: &'a str,
        amount: &'a str,
        merchant_prepare_id: Option<&'a str>,
        sign_string: &'a str,
    ) -> Posted<'a> {
        Posted {
            click_trans_id: "103",
            service_id: "12345",
            merchant_trans_id: "1",
            merchant_prepare_id,
            amount,
            action,
            error: "0",
            sign_time: "2026-09-28 12:00:00",
            sign_string,
        }
    }

    #[test]
    fn the_signature_is_over_the_texts_as_posted() {
        // Vectors from two independent computations over Click's documented formula.
        let secret = ProviderSecret::parse("sekret").unwrap();
        for (action, amount, prepare_id, sign) in [
            ("0", "250000", None, "9a1f791d6884ec25157b82844c5ff218"),
            ("0", "250000.00", None, "5243cba3128bc98b365dc9e6fa927f97"),
            ("0", "250000.0", None, "097a98e40b034b70a4d3116cfc8ccb65"),
            ("1", "250000", Some("7"), "0ed710e614eea191a0dc5ac3726cd36a"),
        ] {
            assert!(posted(action, amount, prepare_id, sign).is_signed_with(&secret), "{sign}");
            assert!(
                posted(action, amount, prepare_id, &sign.to_uppercase()).is_signed_with(&secret),
                "{sign}"
            );
            assert!(!posted(action, "250001", prepare_id, sign).is_signed_with(&secret), "{sign}");
        }
        assert!(!posted("0", "250000", None, "").is_signed_with(&secret));
    }

    fn service() -> ClickService {
        let secret = ProviderSecret::parse("sekret").unwrap();
        ClickService { service_id: SERVICE, secret_keys: ProviderSecrets::new(secret, None), hold_ms: 1 }
    }

    const FORM: &str = "click_trans_id=103&service_id=12345&click_paydoc_id=9&merchant_trans_id=1&amount=250000&action=0&error=0\
                        &error_note=&sign_time=2026-09-28+12%3A00%3A00&sign_string=9a1f791d6884ec25157b82844c5ff218";

    fn verified(fields: &str) -> Result<ClickForm, ClickError> {
        verify(Action::Prepare, &Query::parse(fields), Some(&service()))
    }

    #[test]
    fn a_signed_form_becomes_values() {
        let form = verified(FORM).unwrap();
        assert_eq!(form.click_trans_id, 103);
        assert_eq!(form.amount, Some(Tiyin::new(25_000_000).unwrap()));
        assert_eq!((form.error, form.prepare_id), (0, None));
    }

    #[test]
    fn a_missing_or_doubled_field_comes_before_the_signature() {
        for field in FORM.split('&') {
            let name = field.split('=').next().unwrap();
            let without: Vec<_> = FORM.split('&').filter(|other| *other != field).collect();
            assert_eq!(verified(&without.join("&")), Err(ClickError::BadRequest), "without {name}");
            assert_eq!(verified(&format!("{FORM}&{field}")), Err(ClickError::BadRequest), "twice {name}");
        }
        assert_eq!(verified(""), Err(ClickError::BadRequest));
        assert_eq!(verified("{\"click_trans_id\": 103}"), Err(ClickError::BadRequest));
        assert_eq!(verified(&FORM.replace("sign_string=9", "sign_string=8")), Err(ClickError::WrongSign));
    }

    #[test]
    fn without_credentials_everything_is_refused() {
        for fields in [FORM, ""] {
            assert_eq!(verify(Action::Prepare, &Query::parse(fields), None), Err(ClickError::WrongSign));
        }
    }

    /// `FORM` with one field changed and signed again.
    fn signed(name: &str, value: &str) -> String {
        let fields = FORM.split('&').map(|field| match field.split_once('=') {
            Some((known, _)) if known == name => format!("{name}={value}"),
            _ => field.to_owned(),
        });
        let fields: Vec<_> = fields.collect();
        let fields = fields.join("&");
        let query = Query::parse(&fields);
        let posted = Posted::read(Action::Prepare, &query).unwrap();
        let text = [
            posted.click_trans_id,
            posted.service_id,
            "sekret",
            posted.merchant_trans_id,
            posted.amount,
            posted.action,
            posted.sign_time,
        ];
        let sign: String = Md5::digest(text.concat()).iter().map(|byte| format!("{byte:02x}")).collect();
        fields.replace("9a1f791d6884ec25157b82844c5ff218", &sign)
    }

    #[test]
    fn signed_nonsense_has_its_own_answer() {
        for (name, value, refusal) in [
            ("service_id", "12346", ClickError::BadRequest),
            ("service_id", "12345.0", ClickError::BadRequest),
            ("action", "1", ClickError::UnknownAction),
            ("action", "00", ClickError::UnknownAction),
            ("action", "x", ClickError::UnknownAction),
            ("click_trans_id", "x", ClickError::BadRequest),
            ("click_trans_id", "-1", ClickError::BadRequest),
            ("click_trans_id", "9223372036854775808", ClickError::BadRequest),
            ("error", "1", ClickError::BadRequest),
            ("error", "0.0", ClickError::BadRequest),
            ("error", "-99999999999", ClickError::BadRequest),
        ] {
            assert_eq!(verified(&signed(name, value)), Err(refusal), "{name}={value}");
        }
        assert_eq!(verified(&signed("amount", "1e3")).map(|form| form.amount), Ok(None));
        assert_eq!(verified(&signed("amount", "NaN")).map(|form| form.amount), Ok(None));
    }
}
