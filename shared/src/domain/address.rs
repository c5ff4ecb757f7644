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
