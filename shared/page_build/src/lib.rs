//! What the build scripts of the pages share: `functions/docs`, `functions/cabinet` and
//! `functions/pay_page`. `web::static_page` serves the files of the first two that are written here.

use std::{fs, io, io::Write, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// Writes `NAME` and `NAME.gz` into `out`, and for each its `ETag` with quotes as `….etag`.
///
/// # Errors
/// A file cannot be written.
pub fn write_variants(out: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    for (name, bytes) in [(name.to_owned(), bytes), (format!("{name}.gz"), &gzip.finish()?)] {
        let tag: String = Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        fs::write(out.join(&name), bytes)?;
        fs::write(out.join(format!("{name}.etag")), format!("\"{tag}\""))?;
    }
    Ok(())
}

/// Returns a style or a script without indentation, empty lines and lines that are only a comment. Neither
/// may have a text that goes over several lines.
pub fn lean(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| {
        let comment = line.starts_with("//") || (line.starts_with("/*") && line.ends_with("*/"));
        !line.is_empty() && !comment
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the source that allows an inline script or style in a Content-Security-Policy: its
/// digest (CSP 3, "hash-source").
pub fn hash_source(inline: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(inline)))
}

/// The look that all pages share. `shared/brand` has the files.
pub mod brand {
    /// The colours, light and dark.
    pub const PALETTE: &str = include_str!("../../brand/palette.css");
    /// The product's mark as an element of a page.
    pub const MARK: &str = include_str!("../../brand/mark.svg");
    const ICON: &str = include_str!("../../brand/icon.svg");

    /// Returns the icon of a browser's tab as the address of a picture, to stand in double quotes.
    pub fn icon_uri() -> String {
        let picture = ICON.trim().replace('<', "%3C").replace('>', "%3E").replace('#', "%23");
        format!("data:image/svg+xml,{picture}")
    }
}
