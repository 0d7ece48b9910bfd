//! What the machine has to do with it: open files, and the addresses by which the room is reached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tracing::{info, warn};

/// As many open files as the system allows; says so if they are too few.
pub(crate) fn raise_descriptor_limit(max_connections: u64) {
    /// Standard streams, the listener, the runtime's own, and some to spare.
    const OTHERS: u64 = 32;
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) if limit < max_connections.saturating_add(OTHERS) => warn!(
            limit,
            max_connections, "the system allows fewer open files than connections may come"
        ),
        Ok(_) => {}
        Err(error) => warn!(%error, "the limit of open files stays as it is"),
    }
}

/// Says how to join from here, and on loopback how to open the room to the network.
pub(crate) fn say_how_to_join(address: SocketAddr) {
    let port = address.port();
    let host = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let open = if host.is_loopback() && !address.ip().is_unspecified() {
        format!("; to open the room to your network: parlour-server 0.0.0.0:{port}")
    } else {
        String::new()
    };
    info!("to join from here: parlour {host} {port}, or: nc {host} {port}{open}");
}
