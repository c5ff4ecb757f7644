//! The command line of `cargo local`.

use std::{ffi::OsString, net::IpAddr, path::PathBuf};

use lexopt::{Arg, Parser};
use local::{Options, store::Data};

pub const HELP: &str = "cargo local: TopHamyon on this machine

  --listen ADDRESS   the address of this machine to listen on (default 127.0.0.1; 0.0.0.0 is every address). Everyone who
                     reaches it can use the API and the pages. The tables and the Lambda Invoke API, and so the
                     operator's commands, serve this machine only
  --port PORT        the API and the Lambda Invoke API (default 3000; 0 picks a free one)
  --store-port PORT  the DynamoDB tables (default 8000; 0 picks a free one)
  --data FOLDER      the folder for the tables (default .data; :memory: keeps nothing)
  --help             prints this text

Environment variables set the providers. The defaults work on this machine only and are printed at the start:
  PAYME_MERCHANT_ID PAYME_KEY PAYME_TEST_KEY CLICK_SERVICE_ID CLICK_MERCHANT_ID CLICK_SECRET_KEY
An empty id turns its provider off. An invalid setting or an empty secret does so too, with a warning.

PUBLIC_URL is the address in links to the pay page and in its QR code, such as http://192.168.1.5:3000 for a phone
in the same network. The default is the address above.

Others set how many payments a shop may create. Here they are as high as they may be; on AWS they are 20, 600 and 2:
  SHOP_PAYMENTS_PER_SECOND SHOP_PAYMENTS_PER_MINUTE PUBLIC_SHOP_PAYMENTS_PER_SECOND
";

/// An error in the command line.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    #[error(transparent)]
    Syntax(#[from] lexopt::Error),
    #[error("--{option} takes a port, a number from 0 to 65535, and not {given:?}")]
    Port { option: &'static str, given: OsString },
    #[error("--listen takes an IP address of this machine, such as 0.0.0.0, and not {given:?}")]
    Address { given: OsString },
    #[error("--data takes a folder, or :memory: to keep nothing, and not an empty text")]
    NoFolder,
}

/// Reads the options. Those without an argument come from `unchanged`. Returns `None` for `--help`.
pub fn parse(mut arguments: Parser, unchanged: Options) -> Result<Option<Options>, UsageError> {
    let mut options =
        Options { port: 3000, store_port: 8000, data: Data::Folder(PathBuf::from(".data")), ..unchanged };
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("listen") => options.address = address(arguments.value()?)?,
            Arg::Long("port") => options.port = port("port", arguments.value()?)?,
            Arg::Long("store-port") => options.store_port = port("store-port", arguments.value()?)?,
            Arg::Long("data") => options.data = data(arguments.value()?)?,
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Some(options))
}

fn port(option: &'static str, given: OsString) -> Result<u16, UsageError> {
    given.to_str().and_then(|text| text.parse().ok()).ok_or(UsageError::Port { option, given })
}

fn address(given: OsString) -> Result<IpAddr, UsageError> {
    given.to_str().and_then(|text| text.parse().ok()).ok_or(UsageError::Address { given })
}

/// Rejects an empty path, which would mean the current folder.
fn data(folder: OsString) -> Result<Data, UsageError> {
    match folder.to_str() {
        Some("") => Err(UsageError::NoFolder),
        Some(":memory:") => Ok(Data::Memory),
        _ => Ok(Data::Folder(folder.into())),
    }
}
