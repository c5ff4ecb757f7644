//! The documentation page as one deployment serves it.

use std::{io::Write, sync::OnceLock};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use web::{
    Language,
    static_page::{StaticFile, Variant},
};

use crate::{Site, assets, place::fill};

/// The page in each language. Each is filled and compressed at its first request, because only then
/// the deployment is known, and stays in memory.
pub struct Pages {
    site: Site,
    filled: [OnceLock<StaticFile>; 3],
}

impl Pages {
    pub fn new(site: Site) -> Self {
        Self { site, filled: Default::default() }
    }

    /// Returns the documentation page.
    pub fn documentation(&self, language: Language) -> &StaticFile {
        let [uzbek, russian, english] = &self.filled;
        let filled = match language {
            Language::Uzbek => uzbek,
            Language::Russian => russian,
            Language::English => english,
        };
        filled.get_or_init(|| compressed(fill(assets::page(language), &self.site.places(language))))
    }

    /// Returns the page of an address that leads nowhere. `home` is the relative address of the
    /// documentation page.
    pub fn not_found(&self, language: Language, home: &str) -> String {
        let mut places = self.site.places(language);
        places.push(("home", Some(home.to_owned())));
        fill(assets::not_found_page(language), &places)
    }
}

/// Makes a file that lives as long as the process.
fn compressed(html: String) -> StaticFile {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    // A `Vec` takes everything that is written to it.
    #[expect(clippy::expect_used)]
    let small = gzip.write_all(html.as_bytes()).and_then(|()| gzip.finish()).expect("memory takes all");
    StaticFile {
        content_type: "text/html; charset=utf-8",
        plain: variant(html.into_bytes()),
        gzip: variant(small),
    }
}

fn variant(bytes: Vec<u8>) -> Variant {
    let tag: String = Sha256::digest(&bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Variant { bytes: bytes.leak(), etag: format!("\"{tag}\"").leak() }
}
