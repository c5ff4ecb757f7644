//! What both programs have in common: arguments of the form `--name value`, and how a report ends them.

use std::{collections::HashMap, io::Write, process::ExitCode};

use lexopt::{Arg, Parser, ValueExt};

use crate::{Error, report::Report};

/// The arguments by name, over their defaults; none where only help was asked for.
pub fn arguments(defaults: &[(&'static str, &str)]) -> Result<Option<HashMap<&'static str, String>>, Error> {
    let mut values: HashMap<&'static str, String> = defaults.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        let known = match &argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Long(name) => defaults.iter().map(|(known, _)| *known).find(|known| known == name),
            _ => None,
        };
        let Some(name) = known else { return Err(argument.unexpected().into()) };
        values.insert(name, parser.value()?.string()?);
    }
    Ok(Some(values))
}

/// Prints the report and says whether everything passed.
pub fn finish(report: Result<Report, Error>) -> ExitCode {
    let (text, passed) = match report {
        Ok(report) => (report.to_string(), report.passed()),
        Err(error) => (format!("{error}\n"), false),
    };
    print(&text);
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

pub fn print(text: &str) {
    // Whoever closed our output does not want to read it.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
