//! Colours for code: comments, strings, and in JSON the keys. Everything is escaped on the way.

/// A JSON text as HTML.
pub fn json(text: &str) -> String {
    code(text, "\0")
}

/// Source code as HTML. `comment` is what begins a comment that runs to the end of its line.
pub fn code(text: &str, comment: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (class, length) = if rest.starts_with(comment) {
            ("c", rest.find('\n').unwrap_or(rest.len()))
        } else if first == '"' || first == '\'' {
            let length = string_length(rest, first);
            (if rest[length..].starts_with(':') { "k" } else { "s" }, length)
        } else {
            html.push_str(&escape(&rest[..first.len_utf8()]));
            rest = &rest[first.len_utf8()..];
            continue;
        };
        html.push_str(&format!("<i class={class}>{}</i>", escape(&rest[..length])));
        rest = &rest[length..];
    }
    html
}

/// Bytes from the opening quote to the closing one, or to the line's end.
fn string_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (position, character) in text.char_indices().skip(1) {
        match character {
            '\n' => return position,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return position + 1,
            _ => {}
        }
    }
    text.len()
}

/// HTML text; the quotes need no escape outside an attribute.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
