//! Renders page/page.html with the texts of one language.

use std::{error::Error, fs};

use minijinja::{AutoEscape, Environment, Value, context, value::Serde};
use page_build::brand;
use serde::Serialize;

use crate::{
    contract::{Contract, Endpoint},
    html, samples, template,
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
    recipes: Vec<samples::Sample>,
    icon: String,
    mark: &'static str,
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
    let environment = environment()?;
    let page = fs::read_to_string("page/page.html")?;
    let context = Context {
        contract,
        sections: sections(&contract.endpoints, texts)?,
        webhook_sections: sections(&contract.webhook_endpoints, texts)?,
        receivers: samples::receivers(texts)?,
        telegram_bot: samples::telegram_bot(texts)?,
        recipes: samples::recipes(texts)?,
        icon: brand::icon_uri(),
        mark: brand::MARK.trim(),
        t: texts,
        style,
        script,
    };
    Ok(environment.render_str(&page, Serde(context))?)
}

/// Renders the page of an address that leads nowhere.
pub fn not_found(texts: &toml::Table, style: &str) -> Result<String, Box<dyn Error>> {
    let page = fs::read_to_string("page/not_found.html")?;
    let context =
        context! { t => Serde(texts), style, icon => brand::icon_uri(), mark => brand::MARK.trim() };
    Ok(environment()?.render_str(&page, context)?)
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = template::environment()?;
    // Macros return safe text only if escaping is on. We escape ourselves because the built-in way
    // writes / as six bytes.
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(|out, _, value| {
        let text = value.to_string();
        let html = if value.is_safe() { text } else { html::escape(&text).replace('"', "&quot;") };
        Ok(out.write_str(&html)?)
    });
    environment.add_filter("prose", prose);
    environment.add_filter("query", query);
    Ok(environment)
}

fn sections<'a>(endpoints: &'a [Endpoint], texts: &toml::Table) -> Result<Vec<Section<'a>>, Box<dyn Error>> {
    endpoints
        .iter()
        .map(|endpoint| Ok(Section { endpoint, samples: samples::of(endpoint, texts)? }))
        .collect()
}

/// Text as HTML. Text between backticks becomes code, `[text](#id)` a link. Where a deployment names no
/// contact, nothing leads to `#contact`.
fn prose(text: &str) -> Value {
    let html: String = text
        .split('`')
        .enumerate()
        .map(|(index, part)| {
            let part = html::escape(part);
            if index % 2 == 1 { format!("<code>{part}</code>") } else { links(&part) }
        })
        .collect();
    Value::from_safe_string(html)
}

fn links(html: &str) -> String {
    let mut linked = String::new();
    let mut rest = html;
    while let Some((before, text, id, after)) = first_link(rest) {
        let (open, close) = (format!("<a href=\"#{id}\">"), "</a>");
        linked += before;
        linked += &match id {
            "contact" => {
                format!("<!--contact-->{open}<!--/contact-->{text}<!--contact-->{close}<!--/contact-->")
            }
            _ => format!("{open}{text}{close}"),
        };
        rest = after;
    }
    linked + rest
}

/// Returns what stands before the first `[text](#id)`, its text, its id, and what follows.
fn first_link(html: &str) -> Option<(&str, &str, &str, &str)> {
    let (before, rest) = html.split_once('[')?;
    let (text, rest) = rest.split_once("](#")?;
    let (id, after) = rest.split_once(')')?;
    Some((before, text, id, after))
}

/// A request line as HTML that may break before each parameter.
fn query(request: &str) -> Value {
    Value::from_safe_string(html::escape(request).replace("&amp;", "<wbr>&amp;"))
}
