//! The code that the documentation page shows.

use regex::Regex;

/// Returns the code in the block of the page with this id, as a reader copies it.
pub fn code(page: &str, id: &str) -> String {
    let block = page.split(&format!(r#"id="{id}""#)).nth(1).expect("a block of this id");
    let code = block.split("<code>").nth(1).unwrap().split("</code>").next().unwrap();
    let text = Regex::new("<[^>]+>").unwrap().replace_all(code, "");
    assert!(!text.contains("&quot;"));
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
