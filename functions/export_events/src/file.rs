//! A part of a file, within the bounds of an answer.

use shared::{domain::event::Event, edge::Language};

use crate::{
    columns::{cells, headers},
    format::Format,
};

/// In bytes of the answer that Lambda returns, which may have 6 MB (AWS Lambda quotas).
const BYTES_MAX: usize = 4 * 1024 * 1024;

pub struct File {
    format: Format,
    text: String,
    /// The length of the text as a JSON string, which is how it leaves the function.
    bytes: usize,
}

impl File {
    /// Begins the first part: only it has the headers.
    pub fn begin(format: Format, language: Language) -> Self {
        let mut file = Self::go_on(format);
        file.push(&format.line(headers(format, language)));
        file.text.insert_str(0, format.mark());
        file
    }

    pub const fn go_on(format: Format) -> Self {
        Self { format, text: String::new(), bytes: 0 }
    }

    /// Adds the row of `event`. Returns whether it fits.
    pub fn add(&mut self, event: &Event) -> bool {
        let cells = cells(event, self.format);
        let line = self.format.line(cells.iter().map(String::as_str));
        let fits = self.bytes + length_in_json(&line) <= BYTES_MAX;
        if fits {
            self.push(&line);
        }
        fits
    }

    pub fn into_text(self) -> String {
        self.text
    }

    fn push(&mut self, line: &str) {
        self.bytes += length_in_json(line);
        self.text.push_str(line);
    }
}

/// JSON writes a quote, a backslash and the end of a line as two bytes each. Texts have no other
/// control characters.
fn length_in_json(line: &str) -> usize {
    line.len() + line.bytes().filter(|byte| matches!(byte, b'"' | b'\\' | b'\r' | b'\n')).count()
}
