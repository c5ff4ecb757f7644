//! The code samples: one template per programming language, rendered for every endpoint.

use std::{error::Error, fs};

use minijinja::{Value, value::Serde};
use serde::Serialize;

use crate::{
    contract::{Endpoint, Parameter},
    highlight, template,
};

/// Name, template (also the id of the language), and the token that starts a comment. The first one
/// is shown at first.
const LANGUAGES: [(&str, &str, &str); 5] = [
    ("Python", "python", "#"),
    ("curl", "curl", "#"),
    ("PHP", "php", "//"),
    ("JavaScript", "javascript", "//"),
    ("Go", "go", "//"),
];

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

/// Renders the samples of one endpoint in one language. They run unchanged once the page's script
/// has replaced `https://sizning-domeningiz.uz` by the server's address.
pub fn of(endpoint: &Endpoint, texts: &toml::Table) -> Result<Vec<Sample>, Box<dyn Error>> {
    let environment = template::environment()?;
    let query = endpoint.parameters.iter().filter(|parameter| parameter.usual).collect();
    let context = Value::from(Serde(Context { endpoint, query, t: texts }));
    LANGUAGES
        .into_iter()
        .map(|(name, id, comment)| {
            let template = fs::read_to_string(format!("samples/{id}.txt"))?;
            let code = environment.render_str(&template, &context)?;
            Ok(Sample { id, name, html: highlight::code(code.trim_end(), comment) })
        })
        .collect()
}
