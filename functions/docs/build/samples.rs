//! The code samples: one template per programming language, rendered for every endpoint, and the
//! programs that receive webhooks.

use std::{error::Error, fs};

use minijinja::{Value, context, value::Serde};
use serde::Serialize;

use crate::{
    contract::{Endpoint, Parameter},
    html, template,
};

/// Name and template, which is also the id of the language. The first one is shown at first.
const LANGUAGES: [(&str, &str); 5] =
    [("Python", "python"), ("curl", "curl"), ("PHP", "php"), ("JavaScript", "javascript"), ("Go", "go")];

/// The programs that receive webhooks, in the same form.
const RECEIVERS: [(&str, &str); 4] =
    [("Python", "python"), ("PHP", "php"), ("JavaScript", "javascript"), ("Go", "go")];

/// Whole programs that sell something, in the same form.
const RECIPES: [(&str, &str); 2] = [("PHP", "shop"), ("Python", "bot")];

#[derive(Serialize)]
pub struct Sample {
    pub id: &'static str,
    pub name: &'static str,
    pub html: String,
}

#[derive(Serialize)]
struct Context<'a> {
    endpoint: &'a Endpoint,
    /// The parameters in the request.
    query: Vec<&'a Parameter>,
    t: &'a toml::Table,
}

/// Renders the samples of one endpoint in one language of the page. They run unchanged once the page's
/// script has replaced `https://sizning-domeningiz.uz` by the server's address.
pub fn of(endpoint: &Endpoint, texts: &toml::Table) -> Result<Vec<Sample>, Box<dyn Error>> {
    let query =
        endpoint.parameters.iter().filter(|parameter| parameter.usual || parameter.in_samples).collect();
    let context = Value::from(Serde(Context { endpoint, query, t: texts }));
    let shown = LANGUAGES.into_iter().filter(|(_, id)| *id == "curl" || !endpoint.only_curl);
    shown.map(|language| render("samples", language, &context)).collect()
}

/// Renders the programs that receive webhooks.
pub fn receivers(texts: &toml::Table) -> Result<Vec<Sample>, Box<dyn Error>> {
    let context = context! { t => Serde(texts) };
    RECEIVERS.into_iter().map(|language| render("receivers", language, &context)).collect()
}

/// Renders the programs that sell something.
pub fn recipes(texts: &toml::Table) -> Result<Vec<Sample>, Box<dyn Error>> {
    let context = context! { t => Serde(texts) };
    RECIPES.into_iter().map(|recipe| render("recipes", recipe, &context)).collect()
}

/// Renders the bot that tells of payments by Telegram.
pub fn telegram_bot(texts: &toml::Table) -> Result<Sample, Box<dyn Error>> {
    render("receivers", ("Telegram", "telegram"), &context! { t => Serde(texts) })
}

fn render(
    folder: &str,
    (name, id): (&'static str, &'static str),
    context: &Value,
) -> Result<Sample, Box<dyn Error>> {
    let template = fs::read_to_string(format!("{folder}/{id}.txt"))?;
    let mut environment = template::environment()?;
    environment.add_filter("value", html::value);
    environment.add_filter("address_value", html::address_value);
    let code = environment.render_str(&template, context)?;
    Ok(Sample { id, name, html: html::code(code.trim_end()) })
}
