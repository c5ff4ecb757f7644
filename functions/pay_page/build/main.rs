//! Puts together what is the same in every answer: the page's style, its icon and its
//! Content-Security-Policy. So no request does.
// Cargo reads the output of a build script.
#![allow(clippy::print_stdout)]

use std::{error::Error, fs, path::PathBuf};

use page_build::{brand, hash_source};

fn main() -> Result<(), Box<dyn Error>> {
    for input in ["build", "templates"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?);

    let style = brand::PALETTE.to_owned() + &fs::read_to_string("templates/page.css")?;
    let script = fs::read_to_string("templates/page.js")?;
    fs::write(out.join("content_security_policy"), policy_allowing(&style, &script))?;
    fs::write(out.join("page.css"), style)?;
    fs::write(out.join("mark.svg"), brand::MARK)?;
    fs::write(out.join("icon_uri"), brand::icon_uri())?;
    Ok(())
}

/// Allows the page's inline script and style, pictures in `data:` addresses, and requests to its
/// own server. No site may frame the page.
fn policy_allowing(style: &str, script: &str) -> String {
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
        hash_source(script),
        hash_source(style),
    )
}
