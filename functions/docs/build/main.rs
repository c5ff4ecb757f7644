//! Builds all files that the function serves: the page in three languages and the contract as JSON.
//! Each comes plain and compressed, with its ETag. The page also gets its Content-Security-Policy.
//! At run time nothing is parsed or rendered.
// Cargo reads the output of a build script.
#![allow(clippy::print_stdout)]

mod contract;
mod highlight;
mod json;
mod page;
mod policy;
mod samples;
mod template;

use std::{error::Error, fs, path::PathBuf};

use page_build::{lean, write_variants};

const LANGUAGES: [&str; 3] = ["uz", "ru", "en"];

fn main() -> Result<(), Box<dyn Error>> {
    for input in ["build", "openapi.yaml", "page", "receivers", "samples", "texts"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?);

    let document: serde_yaml_ng::Value = serde_yaml_ng::from_str(&fs::read_to_string("openapi.yaml")?)?;
    write_variants(&out, "openapi.json", &json::compact(&document)?)?;

    let contract = contract::read(&document)?;
    let style = lean(&fs::read_to_string("page/style.css")?);
    let script = lean(&fs::read_to_string("page/script.js")?);
    for language in LANGUAGES {
        let texts: toml::Table = fs::read_to_string(format!("texts/{language}.toml"))?.parse()?;
        let html = page::render(&contract, &texts, &style, &script)?;
        write_variants(&out, &format!("{language}.html"), html.as_bytes())?;
    }
    fs::write(out.join("content_security_policy"), policy::allowing(&style, &script))?;
    Ok(())
}
