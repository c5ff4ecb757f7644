//! Builds the page that the function serves: its modules and texts joined into one document, plain
//! and compressed, with its `ETag` and its Content-Security-Policy.
// Cargo reads the output of a build script.
#![allow(clippy::print_stdout)]

mod modules;
mod policy;
mod texts;

use std::{error::Error, fs, path::PathBuf};

use page_build::brand;

fn main() -> Result<(), Box<dyn Error>> {
    for input in ["build", "page"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?);

    let style = page_build::lean(&(brand::PALETTE.to_owned() + &fs::read_to_string("page/style.css")?));
    let script = page_build::lean(&modules::join("page".as_ref(), "main.js")?);
    let texts = texts::as_json("page/texts".as_ref())?;
    let page = fs::read_to_string("page/cabinet.html")?
        .replace("/* icon */", &brand::icon_uri())
        .replace("/* style */", &style)
        .replace("/* mark */", brand::MARK.trim())
        .replace("/* texts */", &texts)
        .replace("/* script */", &script);
    page_build::write_variants(&out, "cabinet.html", page.as_bytes())?;
    fs::write(out.join("content_security_policy"), policy::allowing(&style, &script))?;
    Ok(())
}
