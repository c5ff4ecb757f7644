//! Renders page/page.html with the texts of one language.

use std::{error::Error, fs};

use minijinja::{AutoEscape, Value, value::Serde};
use serde::Serialize;

use crate::{
    contract::{Contract, Endpoint},
    highlight, samples, template,
};

#[derive(Serialize)]
struct Section<'a> {
    #[serde(flatten)]
    endpoint: &'a Endpoint,
    samples: Vec<samples::Sample>,
}

#[derive(Serialize)]
struct Context<'a> {
    contract: &'a Contract,
    sections: Vec<Section<'a>>,
    webhook_sections: Vec<Section<'a>>,
    receivers: Vec<samples::Sample>,
    telegram_bot: samples::Sample,
    t: &'a toml::Table,
    style: &'a str,
    script: &'a str,
}

/// Renders the page. Returns an error if the language lacks a text that the page uses.
pub fn render(
    contract: &Contract,
    texts: &toml::Table,
    style: &str,
    script: &str,
) -> Result<String, Box<dyn Error>> {
    let mut environment = template::environment()?;
    // Macros return safe text only if escaping is on. We escape ourselves because the built-in way
    // writes / as six bytes.
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(|out, _, value| {
        let text = value.to_string();
        let html = if value.is_safe() { text } else { highlight::escape(&text).replace('"', "&quot;") };
        Ok(out.write_str(&html)?)
    });
    environment.add_filter("prose", prose);
    environment.add_filter("query", query);
    let page = fs::read_to_string("page/page.html")?;
    let context = Context {
        contract,
        sections: sections(&contract.endpoints, texts)?,
        webhook_sections: sections(&contract.webhook_endpoints, texts)?,
        receivers: samples::receivers(texts)?,
        telegram_bot: samples::telegram_bot(texts)?,
        t: texts,
        style,
        script,
    };
    Ok(environment.render_str(&page, Serde(context))?)
}

fn sections<'a>(endpoints: &'a [Endpoint], texts: &toml::Table) -> Result<Vec<Section<'a>>, Box<dyn Error>> {
    endpoints
        .iter()
        .map(|endpoint| Ok(Section { endpoint, samples: samples::of(endpoint, texts)? }))
        .collect()
}

/// Text as HTML. Text between backticks becomes code.
fn prose(text: &str) -> Value {
    let html: String = text
        .split('`')
        .enumerate()
        .map(|(index, part)| {
            let part = highlight::escape(part);
            if index % 2 == 1 { format!("<code>{part}</code>") } else { part }
        })
        .collect();
    Value::from_safe_string(html)
}

/// A request line as HTML that may break before each parameter.
fn query(request: &str) -> Value {
    Value::from_safe_string(highlight::escape(request).replace("&amp;", "<wbr>&amp;"))
}
