//! What the machine has to do with it: open files, and the addresses by which the room is reached.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tracing::{info, warn};

/// Whether there are open files enough for the connections that may come.
#[derive(Debug)]
pub(crate) enum Descriptors {
    Enough,
    /// The system allows no more than `limit`.
    Few {
        limit: u64,
        max_connections: u64,
    },
    /// How many there are the system does not say.
    Unknown(io::Error),
}

impl Descriptors {
    /// Has the system allow as many as it can, and take the memory for them.
    ///
    /// To be called before there are threads: from then on whoever needs one more waits for tens of
    /// milliseconds each time that Linux makes the table larger.
    pub(crate) fn reserve(max_connections: u64) -> Self {
        /// Standard streams, the listener, the runtime's own, and some to spare.
        const OTHERS: u64 = 32;
        /// More than there are connections at their end beyond `max_connections`.
        const ENDING: u64 = 512;
        /// A table of as many takes 8 MiB of the system's memory.
        const MOST: u64 = 1 << 20;
        let needed = max_connections.saturating_add(OTHERS);
        match rlimit::increase_nofile_limit(u64::MAX) {
            Ok(limit) => {
                let last = (needed + ENDING).min(limit).min(MOST) as i32 - 1;
                // Without it all that is lost is time.
                let _last = rustix::io::fcntl_dupfd_cloexec(io::stderr(), last);
                if limit < needed {
                    Self::Few {
                        limit,
                        max_connections,
                    }
                } else {
                    Self::Enough
                }
            }
            Err(error) => Self::Unknown(error),
        }
    }

    pub(crate) fn say_if_too_few(&self) {
        match self {
            Self::Enough => {}
            Self::Few {
                limit,
                max_connections,
            } => warn!(
                limit,
                max_connections, "the system allows fewer open files than connections may come"
            ),
            Self::Unknown(error) => warn!(%error, "the limit of open files stays as it is"),
        }
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
