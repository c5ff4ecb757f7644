//! The texts of all languages as one JSON object, so that a reader can change the language without
//! losing what the page remembers.

use std::{error::Error, fs, path::Path};

use serde_json::{Map, Value};

const LANGUAGES: [&str; 3] = ["uz", "ru", "en"];

/// Reads `LANGUAGE.toml` of each language in `folder`. The JSON has no `<`, so that it can stand in
/// a `<script>`.
pub fn as_json(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut all = Map::new();
    for language in LANGUAGES {
        let texts: toml::Table = fs::read_to_string(folder.join(format!("{language}.toml")))?.parse()?;
        all.insert(language.to_owned(), serde_json::to_value(texts)?);
    }
    Ok(Value::Object(all).to_string().replace('<', "\\u003c"))
}
