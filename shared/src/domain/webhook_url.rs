//! The address that a merchant sets for its webhooks.

use std::{fmt, net::Ipv4Addr};

use http::uri::PathAndQuery;
use url::{Host, ParseError, Position, Url};

use super::{address::PermittedAddresses, text::is_uri_byte};

/// What a deployment permits as an address of webhooks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UrlRules {
    /// The names of this deployment. Names of AWS (`*.amazonaws.com`) are always refused.
    pub own_hosts: Vec<String>,
    /// Given only where the product runs on the machine of a developer.
    pub local: Option<LocalRule>,
}

/// Permits `127.0.0.1` and `localhost`, with `http` or `https` on any port but these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalRule {
    /// The ports of the product itself.
    pub own_ports: Vec<u16>,
}

/// The rule that an address breaks, as a sentence for the merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookUrlError {
    #[error("url must have at most {} characters", WebhookUrl::LENGTH_MAX)]
    Length,
    #[error(
        "url must consist of the characters that RFC 3986 allows; write others percent-encoded, and an \
         international domain name in its xn-- form"
    )]
    Characters,
    #[error("url must be an absolute address, such as https://shop.uz/webhook")]
    Form,
    #[error("url must begin with https://")]
    Scheme,
    #[error("url must not have a user name or a password")]
    UserInfo,
    #[error("url must not have a fragment (#)")]
    Fragment,
    #[error("url must name a domain, not an IP address")]
    IpAddress,
    #[error("url must name a domain with a dot, such as shop.uz")]
    Domain,
    #[error("url must not end its domain with a dot")]
    TrailingDot,
    #[error("url must use port 443 or 8443")]
    Port,
    #[error("url must not lead to this service itself")]
    OwnHost,
    #[error("url must not lead to amazonaws.com; use a domain of your own")]
    AwsHost,
}

/// An address that keeps the rules of this deployment. `as_str` is its normal form, which parses as
/// itself. The rules can change, so a stored address is parsed again before each use.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WebhookUrl {
    url: Url,
    target: PathAndQuery,
}

impl WebhookUrl {
    const LENGTH_MAX: usize = 500;

    /// Parses an address.
    ///
    /// # Errors
    /// It breaks one of the rules.
    pub fn parse(text: &str, rules: &UrlRules) -> Result<Self, WebhookUrlError> {
        if text.len() > Self::LENGTH_MAX {
            return Err(WebhookUrlError::Length);
        }
        if !text.bytes().all(is_uri_byte) {
            return Err(WebhookUrlError::Characters);
        }
        // The parser repairs what is missing here (`https:shop.uz`, `https:///shop.uz`).
        let (_, rest) = text.split_once("://").ok_or(WebhookUrlError::Form)?;
        let written = rest.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty());
        let written = written.ok_or(WebhookUrlError::Form)?;
        // Also an empty user name, which the parser drops.
        if written.contains('@') {
            return Err(WebhookUrlError::UserInfo);
        }
        let url = Url::parse(text).map_err(WebhookUrlError::from)?;
        match rules.local.as_ref().filter(|_| is_local(&url, written)) {
            Some(local) => local.check(&url)?,
            None => check_public(&url, written, rules)?,
        }
        if url.fragment().is_some() {
            return Err(WebhookUrlError::Fragment);
        }
        let target = PathAndQuery::try_from(&url[Position::BeforePath..Position::AfterQuery]);
        let target = target.map_err(|_| WebhookUrlError::Form)?;
        // The normal form can be longer: the parser encodes an apostrophe.
        let fits = url.as_str().len() <= Self::LENGTH_MAX;
        if fits { Ok(Self { url, target }) } else { Err(WebhookUrlError::Length) }
    }

    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Returns whether the connection is encrypted. Only a local one may not be.
    pub fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The name to resolve, which the receiver's certificate must have.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub fn port(&self) -> u16 {
        // Both schemes have a default.
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// Name and port, for the `Host` header.
    pub fn authority(&self) -> &str {
        &self.url[Position::BeforeHost..Position::BeforePath]
    }

    /// Path and query, for the request line.
    pub const fn target(&self) -> &PathAndQuery {
        &self.target
    }

    /// The addresses of a local receiver, which needs no resolver. `None` for a public one.
    pub fn local_addresses(&self) -> Option<PermittedAddresses> {
        // Such a host parses only under a local rule.
        let local = matches!(self.url.host(), Some(Host::Ipv4(_) | Host::Domain("localhost")));
        local.then(|| PermittedAddresses::local(self.port()))
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebhookUrl").field(&self.as_str()).finish()
    }
}

impl LocalRule {
    fn check(&self, url: &Url) -> Result<(), WebhookUrlError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(WebhookUrlError::Scheme);
        }
        let own = url.port_or_known_default().is_some_and(|port| self.own_ports.contains(&port));
        if own { Err(WebhookUrlError::OwnHost) } else { Ok(()) }
    }
}

/// Returns whether `url` names this machine, written (in the authority `written`) as a person would.
fn is_local(url: &Url, written: &str) -> bool {
    let host = written.split(':').next().unwrap_or_default();
    match url.host() {
        Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST && host == "127.0.0.1",
        Some(Host::Domain(name)) => name == "localhost" && host.eq_ignore_ascii_case(name),
        Some(Host::Ipv6(_)) | None => false,
    }
}

fn check_public(url: &Url, written: &str, rules: &UrlRules) -> Result<(), WebhookUrlError> {
    if url.scheme() != "https" {
        return Err(WebhookUrlError::Scheme);
    }
    let name = match url.host() {
        Some(Host::Domain(name)) => name,
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => return Err(WebhookUrlError::IpAddress),
        None => return Err(WebhookUrlError::Form),
    };
    if name.ends_with('.') {
        return Err(WebhookUrlError::TrailingDot);
    }
    // The parser decodes a name and maps its characters. No honest name needs that.
    if written.contains('%') || !is_domain(name) {
        return Err(WebhookUrlError::Domain);
    }
    if rules.own_hosts.iter().any(|own| own.trim_end_matches('.').eq_ignore_ascii_case(name)) {
        return Err(WebhookUrlError::OwnHost);
    }
    if format!(".{name}").ends_with(".amazonaws.com") {
        return Err(WebhookUrlError::AwsHost);
    }
    let port = url.port_or_known_default();
    if matches!(port, Some(443 | 8443)) { Ok(()) } else { Err(WebhookUrlError::Port) }
}

/// Returns whether `name` is a host name of two or more labels (RFC 1123, 2.1).
fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}

impl From<ParseError> for WebhookUrlError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::InvalidIpv4Address | ParseError::InvalidIpv6Address => Self::IpAddress,
            ParseError::IdnaError | ParseError::InvalidDomainCharacter => Self::Domain,
            ParseError::InvalidPort => Self::Port,
            _ => Self::Form,
        }
    }
}
