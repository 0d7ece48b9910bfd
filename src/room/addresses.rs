//! How many connections and members each address has (CONN-3, JOIN-3, SEC-5).

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::SessionId;

/// The address by which the connections of one peer are counted: its IPv4 address, or the first 64
/// bits of its IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerAddress(u128);

impl PeerAddress {
    /// The address of a peer at `ip`; `None` for loopback, the server's own machine, which is not
    /// counted.
    pub fn of(ip: IpAddr) -> Option<Self> {
        let ip = ip.to_canonical();
        let address = match ip {
            IpAddr::V4(ip) => u128::from(ip.to_ipv6_mapped()),
            IpAddr::V6(ip) => u128::from(ip) >> 64 << 64,
        };
        (!ip.is_loopback()).then_some(Self(address))
    }
}

/// The address of each session, and the number of connections and members of each address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Addresses {
    limits: Limits,
    of: BTreeMap<SessionId, PeerAddress>,
    counts: BTreeMap<PeerAddress, Count>,
}

/// The most connections and members of one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Limits {
    pub(super) connections: usize,
    pub(super) seats: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Count {
    connections: usize,
    seats: usize,
}

impl Addresses {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            of: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Counts a connection from `address`, unless it has its most already; returns whether it did.
    pub(super) fn enter(&mut self, id: SessionId, address: Option<PeerAddress>) -> bool {
        let Some(address) = address else { return true };
        let most = self.limits.connections;
        let connections = self.counts.get(&address).map_or(0, |n| n.connections);
        let is_free = connections < most;
        if is_free {
            self.counts.entry(address).or_default().connections += 1;
            self.of.insert(id, address);
        }
        is_free
    }

    /// Whether the address of the session may have one more seat.
    pub(super) fn has_seat_for(&self, id: SessionId) -> bool {
        self.count(id)
            .is_none_or(|count| count.seats < self.limits.seats)
    }

    /// Counts the seat that the session has taken.
    pub(super) fn seat(&mut self, id: SessionId) {
        let address = self.of.get(&id);
        if let Some(count) = address.and_then(|address| self.counts.get_mut(address)) {
            count.seats += 1;
        }
    }

    /// The session has ended; it gives up its seat if it `was_seated`.
    pub(super) fn leave(&mut self, id: SessionId, was_seated: bool) {
        let Some(address) = self.of.remove(&id) else {
            return;
        };
        let Some(count) = self.counts.get_mut(&address) else {
            return;
        };
        count.connections -= 1;
        count.seats -= usize::from(was_seated);
        if *count == Count::default() {
            self.counts.remove(&address);
        }
    }

    /// All sessions have ended.
    pub(super) fn clear(&mut self) {
        self.of.clear();
        self.counts.clear();
    }

    fn count(&self, id: SessionId) -> Option<&Count> {
        self.counts.get(self.of.get(&id)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(ip: &str) -> Option<PeerAddress> {
        PeerAddress::of(ip.parse().expect("an address"))
    }

    /// CONN-3, JOIN-3, SEC-5
    ///
    /// > SEC-5: On the server's own machine nothing is counted by address.
    #[test]
    fn an_address_is_an_ipv4_address_or_half_an_ipv6_address_and_loopback_is_none() {
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
        assert_eq!(address("192.0.2.1"), address("::ffff:192.0.2.1"));
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:2"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        for own in ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(address(own), None, "{own}");
        }
        assert!(address("::").is_some());
    }

    /// CONN-3, JOIN-3
    #[test]
    fn what_an_address_has_left_it_can_have_again() {
        let mut addresses = Addresses::new(Limits {
            connections: 2,
            seats: 1,
        });
        let new = addresses.clone();
        let [here, there] = ["192.0.2.1", "192.0.2.2"].map(address);
        let [one, two, three] = [1, 2, 3].map(SessionId);
        assert!(addresses.enter(one, here) && addresses.enter(two, here));
        assert!(!addresses.enter(three, here) && addresses.enter(three, there));
        addresses.seat(one);
        assert!(!addresses.has_seat_for(two) && addresses.has_seat_for(three));
        addresses.leave(one, true);
        assert!(addresses.has_seat_for(two) && addresses.enter(one, here));
        for id in [one, two, three] {
            addresses.leave(id, false);
        }
        assert_eq!(addresses, new);
    }
}
