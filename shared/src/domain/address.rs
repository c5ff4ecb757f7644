//! The IPv4 addresses that webhooks may reach. A merchant chooses the name, so whatever the name
//! leads to must be no part of our own network or of the machine that sends.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use ipnet::Ipv4Net;

/// Networks that are not the public internet (IANA IPv4 Special-Purpose Address Registry), and the
/// multicast and reserved ranges. `Ipv4Addr::is_global` is unstable.
const FORBIDDEN: [Ipv4Net; 18] = [
    network(0, 0, 0, 8),
    network(10, 0, 0, 8),
    network(100, 64, 0, 10),
    network(127, 0, 0, 8),
    network(169, 254, 0, 16),
    network(172, 16, 0, 12),
    network(192, 0, 0, 24),
    network(192, 0, 2, 24),
    network(192, 31, 196, 24),
    network(192, 52, 193, 24),
    network(192, 88, 99, 24),
    network(192, 168, 0, 16),
    network(192, 175, 48, 24),
    network(198, 18, 0, 15),
    network(198, 51, 100, 24),
    network(203, 0, 113, 24),
    network(224, 0, 0, 4),
    network(240, 0, 0, 4),
];

const fn network(a: u8, b: u8, c: u8, prefix_length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), prefix_length)
}

/// Why a name leads to no address that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("the name has no IPv4 address")]
    Missing,
    #[error("an address of the name belongs to a forbidden network")]
    Forbidden,
}

/// The addresses to which one connection may go: one or more, all of them checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermittedAddresses(Vec<SocketAddrV4>);

impl PermittedAddresses {
    /// Checks all addresses of a name. A name with a permitted address beside a forbidden one is
    /// refused: an honest merchant has none. Leaves IPv6 addresses out: nothing ever connects to
    /// them, so no IPv4 address inside of one (mapped, NAT64, 6to4) is reached.
    ///
    /// `allowed` networks are permitted also where they are forbidden otherwise.
    ///
    /// # Errors
    /// One IPv4 address is forbidden, or there is none.
    pub fn check(
        addresses: impl IntoIterator<Item = SocketAddr>,
        allowed: &[Ipv4Net],
    ) -> Result<Self, AddressError> {
        let addresses: Vec<SocketAddrV4> = addresses.into_iter().filter_map(ipv4).collect();
        if addresses.is_empty() {
            return Err(AddressError::Missing);
        }
        let permitted = addresses.iter().all(|address| is_permitted(*address.ip(), allowed));
        if permitted { Ok(Self(addresses)) } else { Err(AddressError::Forbidden) }
    }

    /// This machine, for an address that [`LocalRule`](super::webhook_url::LocalRule) permits.
    pub(super) fn local(port: u16) -> Self {
        Self(vec![SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)])
    }

    pub fn as_slice(&self) -> &[SocketAddrV4] {
        &self.0
    }
}

const fn ipv4(address: SocketAddr) -> Option<SocketAddrV4> {
    match address {
        SocketAddr::V4(address) => Some(address),
        SocketAddr::V6(_) => None,
    }
}

fn is_permitted(address: Ipv4Addr, allowed: &[Ipv4Net]) -> bool {
    let within = |networks: &[Ipv4Net]| networks.iter().any(|network| network.contains(&address));
    within(allowed) || !within(&FORBIDDEN)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    fn check(addresses: &[&str]) -> Result<PermittedAddresses, AddressError> {
        check_with(addresses, &[])
    }

    fn check_with(addresses: &[&str], allowed: &[&str]) -> Result<PermittedAddresses, AddressError> {
        let allowed: Vec<Ipv4Net> = allowed.iter().map(|network| network.parse().unwrap()).collect();
        PermittedAddresses::check(
            addresses.iter().map(|one| SocketAddr::new(one.parse().unwrap(), 443)),
            &allowed,
        )
    }

    /// The same networks in other words: RFC 6890 and its successors, octet by octet.
    fn is_forbidden(address: Ipv4Addr) -> bool {
        matches!(
            address.octets(),
            [0 | 10 | 127 | 224..=255, ..]
                | [100, 64..=127, ..]
                | [169, 254, ..]
                | [172, 16..=31, ..]
                | [192, 168, ..]
                | [192, 0, 0 | 2, _]
                | [192, 31, 196, _]
                | [192, 52, 193, _]
                | [192, 88, 99, _]
                | [192, 175, 48, _]
                | [198, 18 | 19, ..]
                | [198, 51, 100, _]
                | [203, 0, 113, _]
        )
    }

    fn ipv4_near_an_edge() -> impl Strategy<Value = Ipv4Addr> {
        (0..FORBIDDEN.len(), any::<bool>(), -2_i64..=2).prop_map(|(network, first, step)| {
            let edge = if first { FORBIDDEN[network].network() } else { FORBIDDEN[network].broadcast() };
            Ipv4Addr::from(u32::try_from((i64::from(u32::from(edge)) + step).clamp(0, 0xffff_ffff)).unwrap())
        })
    }

    fn any_address() -> impl Strategy<Value = SocketAddr> {
        prop_oneof![
            any::<Ipv4Addr>().prop_map(IpAddr::from),
            ipv4_near_an_edge().prop_map(IpAddr::from),
            any::<Ipv6Addr>().prop_map(IpAddr::from),
            any::<Ipv4Addr>().prop_map(|inner| inner.to_ipv6_mapped().into()),
        ]
        .prop_map(|address| SocketAddr::new(address, 443))
    }

    #[test]
    fn both_edges_of_each_network_are_forbidden_and_their_neighbours_are_not() {
        for network in FORBIDDEN {
            for edge in [network.network(), network.broadcast()] {
                assert_eq!(check(&[&edge.to_string()]), Err(AddressError::Forbidden), "{edge}");
            }
        }
        for neighbour in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.31.195.255",
            "192.31.197.0",
            "192.52.192.255",
            "192.52.194.0",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "192.175.47.255",
            "192.175.49.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
        ] {
            assert!(check(&[neighbour]).is_ok(), "{neighbour}");
        }
    }

    #[test]
    fn one_forbidden_address_refuses_the_name() {
        assert_eq!(check(&["8.8.8.8", "169.254.169.254"]), Err(AddressError::Forbidden));
        assert_eq!(check(&["10.0.0.1", "8.8.8.8"]), Err(AddressError::Forbidden));
        assert_eq!(check(&["8.8.8.8", "1.1.1.1"]).unwrap().as_slice().len(), 2);
    }

    #[test]
    fn ipv6_is_never_used() {
        for ipv6 in ["::1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "2002:a00:1::", "fd00::1", "2606:4700::1111"]
        {
            assert_eq!(check(&[ipv6]), Err(AddressError::Missing), "{ipv6}");
            assert_eq!(check(&[ipv6, "8.8.8.8"]), check(&["8.8.8.8"]), "{ipv6}");
        }
        assert_eq!(check(&[]), Err(AddressError::Missing));
    }

    #[test]
    fn an_allowed_network_permits_itself_alone() {
        assert!(check_with(&["127.0.0.1"], &["127.0.0.1/32"]).is_ok());
        assert_eq!(check_with(&["127.0.0.2"], &["127.0.0.1/32"]), Err(AddressError::Forbidden));
        assert_eq!(check_with(&["127.0.0.1", "10.0.0.1"], &["127.0.0.1/32"]), Err(AddressError::Forbidden));
    }

    proptest! {
        #[test]
        fn exactly_what_is_not_public_is_forbidden(
            addresses in prop::collection::vec(any_address(), 0..4),
        ) {
            let ipv4: Vec<_> = addresses.iter().copied().filter_map(ipv4).collect();
            let expected = match ipv4.as_slice() {
                [] => Err(AddressError::Missing),
                some if some.iter().any(|one| is_forbidden(*one.ip())) => Err(AddressError::Forbidden),
                _ => Ok(PermittedAddresses(ipv4)),
            };
            prop_assert_eq!(PermittedAddresses::check(addresses, &[]), expected);
        }
    }
}
