//! Fills the places of a page: `<!--name-->...<!--/name-->` stands only where `name` has a value,
//! `<!--!name-->...<!--/!name-->` only where it has none, and `<!--=name-->` is the value.

/// Returns `page` with all `places` filled. Values are escaped for text and for attributes.
pub fn fill(page: &str, places: &[(&str, Option<String>)]) -> String {
    places.iter().fold(page.to_owned(), |page, (name, value)| {
        let page = keep_if(value.is_some(), &page, name);
        let page = keep_if(value.is_none(), &page, &format!("!{name}"));
        page.replace(&format!("<!--={name}-->"), &escape(value.as_deref().unwrap_or_default()))
    })
}

/// Keeps or drops what stands between the marks of `name`, and drops the marks.
fn keep_if(kept: bool, page: &str, name: &str) -> String {
    let (begin, end) = (format!("<!--{name}-->"), format!("<!--/{name}-->"));
    let mut parts = page.split(&begin);
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inside, after) = part.split_once(&end).unwrap_or((part, ""));
        if kept {
            result.push_str(inside);
        }
        result.push_str(after);
    }
    result
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
