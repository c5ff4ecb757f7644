//! The code samples: one template per programming language, rendered for every endpoint.

use std::error::Error;
use std::fs;

use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;

use crate::contract::Endpoint;
use crate::highlight;

/// Name, template (also the id of the language), what begins a comment. Python first: it is the seed's own sample.
const LANGUAGES: [(&str, &str, &str); 5] =
    [("Python", "python", "#"), ("curl", "curl", "#"), ("PHP", "php", "//"), ("JavaScript", "javascript", "//"), ("Go", "go", "//")];

#[derive(Serialize)]
pub struct Sample {
    pub id: &'static str,
    pub name: &'static str,
    pub html: String,
}

/// The samples of one endpoint with one language's texts. They run as they stand once the page's script has put the
/// server's address in the place of `https://sizning-domeningiz.uz`.
pub fn of(endpoint: &Endpoint, texts: &toml::Table) -> Result<Vec<Sample>, Box<dyn Error>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    let query: Vec<_> = endpoint.parameters.iter().filter(|parameter| parameter.usual).collect();
    LANGUAGES
        .into_iter()
        .map(|(name, id, comment)| {
            let template = fs::read_to_string(format!("samples/{id}.txt"))?;
            let code = environment.render_str(&template, context! { endpoint, query, t => texts })?;
            Ok(Sample { id, name, html: highlight::code(code.trim_end(), comment) })
        })
        .collect()
}
