//! From a name to its addresses.

use std::{fmt, io, net::SocketAddr};

use futures_util::future::BoxFuture;

/// A source of the addresses of names. Asked once for each connection.
pub trait Resolver: fmt::Debug + Send + Sync {
    /// Returns all addresses of `host`, each with `port`.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>>;
}

/// The resolver of the operating system, on a thread of its own.
#[derive(Clone, Copy, Debug)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move {
            // The dot keeps the resolver from trying the name inside the machine's own domains.
            let absolute = format!("{host}.");
            Ok(tokio::net::lookup_host((absolute, port)).await?.collect())
        })
    }
}
