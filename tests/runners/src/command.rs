//! The frame of both programs: reads arguments of the form `--name value`, runs the scenarios and
//! prints the report.

use std::{collections::HashMap, io::Write, process::ExitCode};

use lexopt::{Arg, Parser, ValueExt};

use crate::{Error, merchant::Merchant, report::Report};

/// Returns the arguments by name, with `defaults` for those not given, or `None` for `--help`.
fn arguments(defaults: &[(&'static str, &str)]) -> Result<Option<Given>, Error> {
    let mut values: HashMap<&'static str, String> =
        defaults.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
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
    Ok(Some(Given(values)))
}

/// The values of the arguments by name. A name without a value gives an empty text.
pub struct Given(HashMap<&'static str, String>);

impl Given {
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The address of the deployment, without a slash at the end.
    pub fn url(&self) -> &str {
        self.get("url").trim_end_matches('/')
    }

    /// The shop that creates the payments.
    pub fn merchant(&self) -> Merchant {
        Merchant::new(self.url(), self.get("shop-id"), self.get("shop-key"))
    }
}

/// Runs the scenarios with the arguments and prints the report, or prints `help` for `--help`.
pub async fn program(
    help: &str,
    defaults: &[(&'static str, &str)],
    scenarios: impl AsyncFnOnce(&Given) -> Result<Report, Error>,
) -> ExitCode {
    match arguments(defaults) {
        Ok(Some(given)) => finish(scenarios(&given).await),
        Ok(None) => {
            print(help);
            ExitCode::SUCCESS
        }
        Err(error) => finish(Err(error)),
    }
}

/// Prints the report. Succeeds if every step passed.
fn finish(report: Result<Report, Error>) -> ExitCode {
    let (text, passed) = match report {
        Ok(report) => (report.to_string(), report.passed()),
        Err(error) => (format!("{error}\n"), false),
    };
    print(&text);
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print(text: &str) {
    // An error means that the reader has closed our output. There is nobody left to tell.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
