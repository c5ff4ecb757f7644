//! A client of the SHOP API, as Click is one, and Click's fifteen official scenarios.

use form_urlencoded::Serializer;
use http::Method;
use md5::{Digest, Md5};
use uuid::Uuid;

use crate::{
    Error,
    client::{Reply, send},
    merchant::Merchant,
    report::Report,
};

/// Calls a merchant like Click does.
#[derive(Clone)]
pub struct Click {
    url: String,
    service_id: String,
    secret_key: String,
}

/// The fields of a call that scenarios change. The other fields follow from them. They are texts,
/// because the signature covers the texts.
#[derive(Clone, Debug)]
pub struct Fields {
    pub click_trans_id: String,
    pub merchant_trans_id: String,
    /// In so'm.
    pub amount: String,
    /// `None` at Prepare.
    pub merchant_prepare_id: Option<String>,
    pub error: String,
}

impl Fields {
    /// Fields of a Prepare call for a new Click transaction.
    pub fn new(order_id: &str, amount: &str) -> Self {
        Self {
            click_trans_id: new_trans_id(),
            merchant_trans_id: order_id.to_owned(),
            amount: amount.to_owned(),
            merchant_prepare_id: None,
            error: "0".to_owned(),
        }
    }

    /// Fields of the Complete call for the same transaction, after the answer to its Prepare.
    #[must_use]
    pub fn prepared(self, reply: &Reply) -> Self {
        Self { merchant_prepare_id: Some(reply.json()["merchant_prepare_id"].to_string()), ..self }
    }

    #[must_use]
    pub fn with_error(self, error: i32) -> Self {
        Self { error: error.to_string(), ..self }
    }

    #[must_use]
    pub fn with_amount(self, amount: &str) -> Self {
        Self { amount: amount.to_owned(), ..self }
    }

    fn action(&self) -> &'static str {
        if self.merchant_prepare_id.is_some() { "1" } else { "0" }
    }
}

impl Click {
    /// `url` is the address of the deployment, without a slash at the end.
    pub fn new(url: &str, service_id: &str, secret_key: &str) -> Self {
        Self { url: url.to_owned(), service_id: service_id.to_owned(), secret_key: secret_key.to_owned() }
    }

    /// Signs `fields` and posts them to their endpoint, Prepare or Complete.
    pub async fn post(&self, fields: &Fields) -> Result<Reply, Error> {
        self.post_form(fields.action() == "1", &self.form(fields)).await
    }

    /// Posts `form` unchanged.
    pub async fn post_form(&self, complete: bool, form: &str) -> Result<Reply, Error> {
        let endpoint = if complete { "complete" } else { "prepare" };
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        send(Method::POST, &format!("{}/click/{endpoint}", self.url), &headers, form.to_owned()).await
    }

    /// Signs `fields` and encodes them as a form.
    pub fn form(&self, fields: &Fields) -> String {
        const SIGN_TIME: &str = "2026-11-24 14:00:00";
        let mut form = Serializer::new(String::new());
        form.append_pair("click_trans_id", &fields.click_trans_id)
            .append_pair("service_id", &self.service_id)
            .append_pair("click_paydoc_id", &fields.click_trans_id)
            .append_pair("merchant_trans_id", &fields.merchant_trans_id)
            .append_pair("amount", &fields.amount)
            .append_pair("action", fields.action())
            .append_pair("error", &fields.error)
            .append_pair("error_note", "")
            .append_pair("sign_time", SIGN_TIME)
            .append_pair("sign_string", &self.sign(fields, SIGN_TIME));
        if let Some(prepare_id) = &fields.merchant_prepare_id {
            form.append_pair("merchant_prepare_id", prepare_id);
        }
        form.finish()
    }

    fn sign(&self, fields: &Fields, sign_time: &str) -> String {
        let prepare_id = fields.merchant_prepare_id.as_deref().unwrap_or_default();
        let texts = [
            fields.click_trans_id.as_str(),
            &self.service_id,
            &self.secret_key,
            &fields.merchant_trans_id,
            prepare_id,
            &fields.amount,
            fields.action(),
            sign_time,
        ];
        Md5::digest(texts.concat()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Makes a random click_trans_id.
pub fn new_trans_id() -> String {
    (Uuid::new_v4().as_u64_pair().0 >> 16).to_string()
}

/// Returns the field `error` of an answer.
pub fn error(reply: &Reply) -> Option<i64> {
    reply.json()["error"].as_i64()
}

const AMOUNT: &str = "1000.00";

/// Runs the fifteen official scenarios on three new payments of `merchant`, a live shop. Two of
/// them end paid, so its balance grows by 2000.00 without real money.
pub async fn scenarios(click: &Click, merchant: &Merchant) -> Result<Report, Error> {
    let mut report = Report::default();
    let stranger = Click { secret_key: format!("not-{}", click.secret_key), ..click.clone() };

    let first = Fields::new(&merchant.create(AMOUNT).await?, AMOUNT);
    step(&mut report, "1 Prepare, bad sign", -1, &stranger.post(&first).await?);
    step(
        &mut report,
        "2 Prepare, unknown order",
        -5,
        &click.post(&Fields::new("no-such-order", AMOUNT)).await?,
    );
    let prepared = click.post(&first).await?;
    step(&mut report, "3 Prepare, order 1", 0, &prepared);
    let complete = first.clone().prepared(&prepared);
    step(&mut report, "4 Complete, bad sign", -1, &stranger.post(&complete).await?);
    step(&mut report, "5 Complete, amount 300", -2, &click.post(&complete.clone().with_amount("300")).await?);
    step(&mut report, "6 Complete", 0, &click.post(&complete).await?);
    step(&mut report, "7 Complete again", -4, &click.post(&complete).await?);
    step(
        &mut report,
        "8 Complete with an error, the paid order",
        -9,
        &click.post(&complete.with_error(-5017)).await?,
    );
    report.compare("8 The order stays", "paid", merchant.status(&first.merchant_trans_id).await?);

    let second = Fields::new(&merchant.create(AMOUNT).await?, AMOUNT);
    let prepared = click.post(&second).await?;
    step(&mut report, "9 Prepare, order 2", 0, &prepared);
    let complete = second.prepared(&prepared);
    let foreign = Fields { merchant_prepare_id: Some("9223372036854775807".to_owned()), ..complete.clone() };
    step(&mut report, "10 Complete, unknown prepare id", -6, &click.post(&foreign).await?);
    step(&mut report, "11 Complete, order 2", 0, &click.post(&complete).await?);

    let third = Fields::new(&merchant.create(AMOUNT).await?, AMOUNT);
    let prepared = click.post(&third).await?;
    step(&mut report, "12 Prepare, order 3", 0, &prepared);
    let complete = third.clone().prepared(&prepared);
    step(
        &mut report,
        "13 Complete with an error",
        -9,
        &click.post(&complete.clone().with_error(-5017)).await?,
    );
    step(&mut report, "14 The same again", -9, &click.post(&complete.clone().with_error(-5017)).await?);
    step(&mut report, "15 Complete, the cancelled one", -9, &click.post(&complete).await?);
    report.compare("15 The order stays", "pending", merchant.status(&third.merchant_trans_id).await?);
    Ok(report)
}

fn step(report: &mut Report, name: &str, expected: i64, reply: &Reply) {
    let found =
        error(reply).map_or_else(|| format!("{} {}", reply.status, reply.body), |error| error.to_string());
    report.compare(name, expected, found);
}
