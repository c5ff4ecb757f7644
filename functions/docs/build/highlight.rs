//! Highlights code: comments (`<i class=c>`), strings (`<i>`) and JSON keys (`<b>`). Escapes everything.
//! The page has hundreds of strings and keys, so that their tags are the shortest.

/// A JSON text as HTML.
pub fn json(text: &str) -> String {
    code(text, "\0")
}

/// Source code as HTML. `comment` is the token that starts a line comment.
pub fn code(text: &str, comment: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_comment = rest.starts_with(comment);
        let is_string = !is_comment && matches!(first, '"' | '\'');
        let length = match first {
            _ if is_comment => rest.find('\n').unwrap_or(rest.len()),
            quote if is_string => string_length(rest, quote),
            other => other.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        let token = escape(token);
        html.push_str(&match (is_comment, is_string) {
            (true, _) => format!("<i class=c>{token}</i>"),
            (_, true) if after.starts_with(':') => format!("<b>{token}</b>"),
            (_, true) => format!("<i>{token}</i>"),
            _ => token,
        });
        rest = after;
    }
    html
}

/// The number of bytes from the opening quote to the closing one or the end of the line.
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

/// Escapes text for HTML. Not for attributes, because it leaves quotes as they are.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
