//! The log line that says how to join the room.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tracing::info;

/// Logs how to join from this machine and, on loopback, how to open the room to the network.
pub(crate) fn log_join_hint(address: SocketAddr) {
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
