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

/// Returns whether `name` is a host name of two or more labels, of which the last begins with a letter
/// (RFC 1123, 2.1). So nothing takes it for an IPv4 address.
fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = name.rsplit_once('.').map(|(_, top)| top);
    let named = top.is_some_and(|top| top.starts_with(|first: char| first.is_ascii_alphabetic()));
    named && name.len() <= 253 && name.split('.').all(is_label)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn deployed() -> UrlRules {
        UrlRules { own_hosts: vec!["Pay.TopHamyon.uz".to_owned()], local: None }
    }

    fn local() -> UrlRules {
        UrlRules { local: Some(LocalRule { own_ports: vec![9000, 8000] }), ..deployed() }
    }

    fn refusal(text: &str, rules: &UrlRules) -> WebhookUrlError {
        WebhookUrl::parse(text, rules).expect_err(text)
    }

    #[test]
    fn a_public_https_address_is_accepted() {
        for (text, normal, authority, port, target) in [
            ("https://shop.uz", "https://shop.uz/", "shop.uz", 443, "/"),
            ("HTTPS://Shop.UZ:443/A?b=c", "https://shop.uz/A?b=c", "shop.uz", 443, "/A?b=c"),
            (
                "https://shop.uz:8443?x=%20'",
                "https://shop.uz:8443/?x=%20%27",
                "shop.uz:8443",
                8443,
                "/?x=%20%27",
            ),
            ("https://shop.uz/a/../@b", "https://shop.uz/@b", "shop.uz", 443, "/@b"),
            ("https://xn--80aswg.xn--p1ai/", "https://xn--80aswg.xn--p1ai/", "xn--80aswg.xn--p1ai", 443, "/"),
            ("https://1.2.3.4.shop.uz/", "https://1.2.3.4.shop.uz/", "1.2.3.4.shop.uz", 443, "/"),
        ] {
            let url = WebhookUrl::parse(text, &deployed()).expect(text);
            assert_eq!(url.as_str(), normal);
            assert_eq!((url.authority(), url.port(), url.target().as_str()), (authority, port, target));
            assert!(url.is_secure() && url.local_addresses().is_none());
            assert_eq!(url.host(), authority.trim_end_matches(":8443"));
        }
    }

    #[test]
    fn each_rule_names_itself() {
        let fits = format!("https://shop.uz/{}", "a".repeat(484));
        assert!(WebhookUrl::parse(&fits, &deployed()).is_ok());
        let grows = format!("https://shop.uz/?{}", "'".repeat(483));
        for (text, error) in [
            (format!("{fits}a").as_str(), WebhookUrlError::Length),
            (&grows, WebhookUrlError::Length),
            ("https://shop.uz/\u{45e}", WebhookUrlError::Characters),
            ("https://\u{45e}.uz/", WebhookUrlError::Characters),
            (" https://shop.uz/", WebhookUrlError::Characters),
            ("https://shop.uz/\n", WebhookUrlError::Characters),
            ("https:\\\\shop.uz", WebhookUrlError::Characters),
            ("", WebhookUrlError::Form),
            ("shop.uz", WebhookUrlError::Form),
            ("//shop.uz", WebhookUrlError::Form),
            ("https:shop.uz", WebhookUrlError::Form),
            ("https:///shop.uz", WebhookUrlError::Form),
            ("https://:443/", WebhookUrlError::Form),
            ("http://shop.uz", WebhookUrlError::Scheme),
            ("ftp://shop.uz", WebhookUrlError::Scheme),
            ("wss://shop.uz", WebhookUrlError::Scheme),
            ("https://user@shop.uz", WebhookUrlError::UserInfo),
            ("https://user:word@shop.uz", WebhookUrlError::UserInfo),
            ("https://@shop.uz", WebhookUrlError::UserInfo),
            ("https://shop.uz:8443@evil.uz", WebhookUrlError::UserInfo),
            ("https://shop.uz/#", WebhookUrlError::Fragment),
            ("https://shop.uz#part", WebhookUrlError::Fragment),
            ("https://localhost", WebhookUrlError::Domain),
            ("https://shop", WebhookUrlError::Domain),
            ("https://a..uz", WebhookUrlError::Domain),
            ("https://.shop.uz", WebhookUrlError::Domain),
            ("https://-shop.uz", WebhookUrlError::Domain),
            ("https://my_shop.uz", WebhookUrlError::Domain),
            ("https://shop.4u", WebhookUrlError::Domain),
            ("https://sh%6fp.uz", WebhookUrlError::Domain),
            ("https://shop%E3%80%82uz", WebhookUrlError::Domain),
            ("https://xn--a.uz", WebhookUrlError::Domain),
            ("https://shop.uz./", WebhookUrlError::TrailingDot),
            ("https://pay.tophamyon.uz./", WebhookUrlError::TrailingDot),
            ("https://shop.uz:80", WebhookUrlError::Port),
            ("https://shop.uz:8080", WebhookUrlError::Port),
            ("https://shop.uz:0", WebhookUrlError::Port),
            ("https://shop.uz:65979", WebhookUrlError::Port),
            ("https://pay.tophamyon.uz", WebhookUrlError::OwnHost),
            ("https://PAY.tophamyon.uz:8443/x", WebhookUrlError::OwnHost),
            ("https://abc.execute-api.eu-central-1.amazonaws.com", WebhookUrlError::AwsHost),
            ("https://amazonaws.com", WebhookUrlError::AwsHost),
        ] {
            assert_eq!(refusal(text, &deployed()), error, "{text}");
        }
        assert!(WebhookUrl::parse("https://notamazonaws.com", &deployed()).is_ok());
        assert!(WebhookUrl::parse("https://tophamyon.uz", &deployed()).is_ok());
    }

    #[test]
    fn no_spelling_of_an_ip_address_is_accepted() {
        for host in [
            "127.0.0.1",
            "8.8.8.8",
            "2130706433",
            "017700000001",
            "0x7f000001",
            "0X7F.1",
            "127.1",
            "127.0.1",
            "0177.0.0.1",
            "0x7f.0.0.1",
            "127.0.0.1.",
            "0",
            "%31%32%37.0.0.1",
            "127%2e0.0.1",
            "%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1",
            "127%E3%80%820%E3%80%820%E3%80%821",
            "999.0.0.1",
            "1.2.3.4.5",
            "shop.0x7f",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
            "[fe80::1%25eth0]",
            "[v1.a]",
        ] {
            for rules in [deployed(), local()] {
                let local = rules.local.is_some() && host == "127.0.0.1";
                for text in [format!("https://{host}/"), format!("https://{host}:8443/x")] {
                    let parsed = WebhookUrl::parse(&text, &rules);
                    assert!(local || parsed == Err(WebhookUrlError::IpAddress), "{text}: {parsed:?}");
                }
            }
        }
        // Full-width digits, enclosed digits, and an ideographic full stop.
        for host in ["\u{ff11}\u{ff12}\u{ff17}.0.0.1", "\u{2460}27.0.0.1", "127\u{3002}0\u{3002}0\u{3002}1"] {
            assert_eq!(refusal(&format!("https://{host}/"), &deployed()), WebhookUrlError::Characters);
        }
    }

    #[test]
    fn a_local_address_may_be_http_on_any_port_but_our_own() {
        for (text, secure, port) in [
            ("http://127.0.0.1:3000/hook", false, 3000),
            ("http://localhost", false, 80),
            ("HTTP://LocalHost:3000?x", false, 3000),
            ("https://localhost:3000", true, 3000),
        ] {
            let url = WebhookUrl::parse(text, &local()).expect(text);
            assert_eq!((url.is_secure(), url.port()), (secure, port));
            let expected = [std::net::SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)];
            assert_eq!(url.local_addresses().unwrap().as_slice(), expected);
            assert!(WebhookUrl::parse(text, &deployed()).is_err());
        }
        for (text, error) in [
            ("http://127.0.0.1:9000/", WebhookUrlError::OwnHost),
            ("http://localhost:8000/", WebhookUrlError::OwnHost),
            ("http://0x7f.1:3000/", WebhookUrlError::Scheme),
            ("https://0x7f.1/", WebhookUrlError::IpAddress),
            ("http://127.0.0.2:3000/", WebhookUrlError::Scheme),
            ("http://[::1]:3000/", WebhookUrlError::Scheme),
            ("http://localhost.:3000/", WebhookUrlError::Scheme),
            ("http://%6cocalhost:3000/", WebhookUrlError::Scheme),
            ("http://localhost:3000/#x", WebhookUrlError::Fragment),
            ("http://a@localhost:3000/", WebhookUrlError::UserInfo),
            ("http://shop.uz/", WebhookUrlError::Scheme),
            ("https://shop.uz:3000/", WebhookUrlError::Port),
            ("ftp://localhost:3000/", WebhookUrlError::Scheme),
        ] {
            assert_eq!(refusal(text, &local()), error, "{text}");
        }
    }

    /// One part of an IPv4 address, in one of the bases that the C library reads.
    fn spelled(value: u32, base: u8, zeros: usize) -> String {
        match base % 3 {
            0 => value.to_string(),
            1 => format!("0{}{value:o}", "0".repeat(zeros)),
            _ => format!("0x{}{value:X}", "0".repeat(zeros)),
        }
    }

    /// An IPv4 address of 1 to 4 parts, of which the last holds all remaining bytes.
    fn spelled_address() -> impl Strategy<Value = String> {
        let bases = prop::array::uniform4((any::<u8>(), 0_usize..4));
        (any::<Ipv4Addr>(), 1_usize..=4, bases, "\\.?").prop_map(|(address, parts, bases, end)| {
            let octets = address.octets();
            let last = octets[parts - 1..].iter().fold(0_u32, |value, octet| value << 8 | u32::from(*octet));
            let values = octets[..parts - 1].iter().copied().map(u32::from).chain([last]);
            let parts = values.zip(bases).map(|(value, (base, zeros))| spelled(value, base, zeros));
            parts.collect::<Vec<_>>().join(".") + &end
        })
    }

    /// The same text in full-width forms, or with each byte percent-encoded.
    fn disguised(text: &str, how: u8) -> String {
        let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c);
        match how % 4 {
            0 => text.to_owned(),
            1 => text.chars().map(wide).collect(),
            2 => text.bytes().map(|byte| format!("%{byte:02x}")).collect(),
            _ => text
                .chars()
                .map(wide)
                .collect::<String>()
                .bytes()
                .map(|byte| format!("%{byte:02X}"))
                .collect(),
        }
    }

    proptest! {
        #[test]
        fn a_disguised_ip_address_is_refused(
            address in spelled_address(), how in any::<u8>(), tail in "(:443|:8443)?(/[a-z?=.]{0,9})?",
        ) {
            let text = format!("https://{}{tail}", disguised(&address, how));
            prop_assert!(WebhookUrl::parse(&text, &deployed()).is_err(), "{}", text);
            prop_assume!(disguised(&address, how) != "127.0.0.1");
            prop_assert!(WebhookUrl::parse(&text, &local()).is_err(), "{}", text);
        }

        #[test]
        fn what_is_accepted_keeps_every_rule_and_is_its_own_normal_form(
            text in prop_oneof![
                any::<String>(),
                "https://[!-~]{1,40}",
                "https?://[a-z0-9.%:@\\[\\]x-]{1,20}[/?#]?[!-~]{0,9}",
                "[hH]ttps://([a-zA-Z0-9-]{1,8}\\.){0,3}[a-z0-9-]{1,8}\\.?(:[0-9]{1,5})?[!-~]{0,9}",
            ],
        ) {
            if let Ok(url) = WebhookUrl::parse(&text, &deployed()) {
                prop_assert_eq!(&WebhookUrl::parse(url.as_str(), &deployed()).unwrap(), &url);
                prop_assert!(url.as_str().starts_with("https://") && !url.as_str().contains('#'));
                prop_assert!(matches!(url.port(), 443 | 8443));
                prop_assert!(url.host().contains('.') && url.authority().starts_with(url.host()));
                // No resolver takes the name for an address.
                prop_assert!(url.host().rsplit('.').next().unwrap().starts_with(char::is_alphabetic));
                prop_assert!(url.local_addresses().is_none());
            }
        }
    }
}
