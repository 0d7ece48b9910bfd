//! The limit of open files (`RLIMIT_NOFILE`).

use std::io;

use tracing::warn;

/// Whether there are open files enough for the connections that may come.
#[derive(Debug)]
pub(crate) enum NofileLimit {
    Enough,
    /// The system allows no more than `limit`.
    TooLow {
        limit: u64,
        max_connections: u64,
    },
    /// How many there are the system does not say.
    Unknown(io::Error),
}

impl NofileLimit {
    /// Has the system allow as many as it can, and take the memory for them.
    ///
    /// To be called before there are threads: from then on whoever needs one more waits for tens of
    /// milliseconds each time that Linux makes the table larger.
    pub(crate) fn raise(max_connections: u64) -> Self {
        /// Standard streams, the listener, the runtime's own, and some to spare.
        const OTHER_FILES: u64 = 32;
        /// More than there are connections at their end beyond `max_connections`.
        const ENDING: u64 = 512;
        /// A table of as many takes 8 MiB of the system's memory.
        const MOST: u64 = 1 << 20;
        let needed = max_connections.saturating_add(OTHER_FILES);
        match rlimit::increase_nofile_limit(u64::MAX) {
            Ok(limit) => {
                let last = (needed + ENDING).min(limit).min(MOST) as i32 - 1;
                // Without it all that is lost is time.
                let _last = rustix::io::fcntl_dupfd_cloexec(io::stderr(), last);
                if limit < needed {
                    Self::TooLow {
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

    pub(crate) fn warn_if_too_low(&self) {
        match self {
            Self::Enough => {}
            Self::TooLow {
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
