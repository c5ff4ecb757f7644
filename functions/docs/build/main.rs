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

use std::{
    error::Error,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

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

/// A style or a script without indentation, empty lines and lines that are only a comment. Neither has
/// text that goes over several lines.
fn lean(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| {
        let comment = line.starts_with("//") || (line.starts_with("/*") && line.ends_with("*/"));
        !line.is_empty() && !comment
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Writes `NAME` and `NAME.gz`, and for each its ETag with quotes as `….etag`.
fn write_variants(out: &Path, name: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    for (name, bytes) in [(name.to_owned(), bytes), (format!("{name}.gz"), &gzip.finish()?)] {
        let tag: String = Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        fs::write(out.join(&name), bytes)?;
        fs::write(out.join(format!("{name}.etag")), format!("\"{tag}\""))?;
    }
    Ok(())
}
