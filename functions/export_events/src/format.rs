//! The two kinds of file.

use shared::{
    domain::money::SignedTiyin,
    edge::{ApiError, Parameter, parameter::invalid},
};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For programs: RFC 4180 with English headers.
    Csv,
    /// For a double click in a Russian or Uzbek Windows, whose list separator is `;` and whose
    /// decimal sign is a comma. Excel reads UTF-8 only behind a byte order mark.
    Excel,
}

impl Parameter for Format {
    const NAME: &'static str = "format";

    fn parse(text: &str) -> Result<Self, ApiError> {
        match text {
            "csv" => Ok(Self::Csv),
            "excel" => Ok(Self::Excel),
            _ => Err(invalid::<Self>("csv or excel")),
        }
    }
}

impl Format {
    /// What stands before the header line. lambda_http 1.3.2 decodes a text and so removes one byte
    /// order mark, which is why there are two.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Csv => "",
            Self::Excel => "\u{feff}\u{feff}",
        }
    }

    const fn separator(self) -> char {
        match self {
            Self::Csv => ',',
            Self::Excel => ';',
        }
    }

    pub fn money(self, money: SignedTiyin) -> String {
        match self {
            Self::Csv => money.to_string(),
            Self::Excel => money.to_string().replace('.', ","),
        }
    }

    /// A text that somebody else wrote. Excel would run one that begins like a formula.
    pub fn foreign_text(self, text: &str) -> String {
        let formula = self == Self::Excel && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        if formula { format!("'{text}") } else { text.to_owned() }
    }

    /// Writes one line.
    pub fn line<'a>(self, cells: impl IntoIterator<Item = &'a str>) -> String {
        let mut line = String::new();
        for (number, cell) in cells.into_iter().enumerate() {
            if number > 0 {
                line.push(self.separator());
            }
            self.push_cell(&mut line, cell);
        }
        line.push_str("\r\n");
        line
    }

    /// Puts a cell between quotes if it has a separator, a quote or the end of a line (RFC 4180, 2).
    fn push_cell(self, line: &mut String, cell: &str) {
        if !cell.contains([self.separator(), '"', '\r', '\n']) {
            line.push_str(cell);
            return;
        }
        line.push('"');
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    }
}
