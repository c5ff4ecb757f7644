//! Text and code as HTML. The page's script colours code; here it is only escaped.

use minijinja::{Error, ErrorKind, Value};

/// Stand in a code sample around the name and the example of a parameter. [`code`] makes them an element.
const NAME: char = '\u{1}';
const EXAMPLE: char = '\u{2}';
const END: char = '\u{3}';

/// Escapes text for HTML. Not for attributes, because it leaves quotes as they are.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Source code as HTML. Each marked value is a `<u data-v=NAME>`, into which the page's script writes what
/// the reader types.
pub fn code(text: &str) -> String {
    escape(text).replace(NAME, "<u data-v=").replace(EXAMPLE, ">").replace(END, "</u>")
}

/// A filter of the samples: the example of a parameter, marked with its name.
pub fn value(parameter: &Value) -> Result<String, Error> {
    mark(parameter, |example| example)
}

/// Like [`value`], to stand in an address.
pub fn address_value(parameter: &Value) -> Result<String, Error> {
    mark(parameter, |example| example.replace(' ', "%20").replace(':', "%3A").replace('/', "%2F"))
}

fn mark(parameter: &Value, encode: fn(String) -> String) -> Result<String, Error> {
    let text = |name| {
        let value = parameter.get_attr(name)?;
        value
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "no parameter"))
    };
    Ok(format!("{NAME}{}{EXAMPLE}{}{END}", text("name")?, encode(text("example")?)))
}
