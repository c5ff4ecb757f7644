//! Builds all files that the function serves: the contract as JSON, compressed and with its ETag; and
//! in three languages the page and the page of an address that leads nowhere. Both leave places for
//! what only a deployment knows (src/place.rs). Each page gets its Content-Security-Policy.
// Cargo reads the output of a build script.
#![allow(clippy::print_stdout)]

mod contract;
mod html;
mod json;
mod page;
mod policy;
mod samples;
mod template;

use std::{error::Error, fs, path::PathBuf};

use page_build::{brand, lean, write_variants};

const LANGUAGES: [&str; 3] = ["uz", "ru", "en"];

fn main() -> Result<(), Box<dyn Error>> {
    for input in ["build", "openapi.yaml", "page", "receivers", "recipes", "samples", "texts"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?);

    let document: serde_yaml_ng::Value = serde_yaml_ng::from_str(&fs::read_to_string("openapi.yaml")?)?;
    write_variants(&out, "openapi.json", &json::compact(&document)?)?;

    let contract = contract::read(&document)?;
    let style = style("page/style.css")?;
    let script = lean(&fs::read_to_string("page/script.js")?);
    let not_found_style = self::style("page/not_found.css")?;
    for language in LANGUAGES {
        let texts: toml::Table = fs::read_to_string(format!("texts/{language}.toml"))?.parse()?;
        fs::write(out.join(format!("{language}.html")), page::render(&contract, &texts, &style, &script)?)?;
        fs::write(out.join(format!("{language}.404.html")), page::not_found(&texts, &not_found_style)?)?;
    }
    fs::write(out.join("content_security_policy"), policy::of_page(&style, &script))?;
    fs::write(out.join("content_security_policy.404"), policy::of_not_found(&not_found_style))?;
    Ok(())
}

/// A stylesheet after the colours that all pages share.
fn style(path: &str) -> Result<String, Box<dyn Error>> {
    Ok(lean(&(brand::PALETTE.to_owned() + &fs::read_to_string(path)?)))
}
