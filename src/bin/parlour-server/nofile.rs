//! The limit of open files (`RLIMIT_NOFILE`).

use std::io;

use tracing::warn;

/// Whether the limit of open files is enough for the connections that may come.
#[derive(Debug)]
pub(crate) enum NofileLimit {
    Enough,
    /// The system allows no more than `limit`.
    TooLow {
        limit: u64,
        max_connections: u64,
    },
    /// The limit cannot be raised or read.
    Unknown(io::Error),
}

impl NofileLimit {
    /// Raises the limit as far as the system allows, and makes the descriptor table large.
    ///
    /// To be called before there are threads: from then on, whenever Linux enlarges the table, the
    /// thread that opens a file waits for tens of milliseconds.
    pub(crate) fn raise(max_connections: u64) -> Self {
        /// The standard streams, the listener, the runtime's own files, and some spare.
        const OTHERS: u64 = 32;
        /// Spare descriptors for connections beyond `max_connections` that are closing.
        const ENDING: u64 = 512;
        /// A table of this size takes 8 MiB of the system's memory.
        const MAX_TABLE: u64 = 1 << 20;
        let needed = max_connections.saturating_add(OTHERS);
        match rlimit::increase_nofile_limit(u64::MAX) {
            Ok(limit) => {
                let last = (needed + ENDING).min(limit).min(MAX_TABLE) as i32 - 1;
                // A duplicate with this number enlarges the table. If it fails, only time is lost.
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
                max_connections, "the system allows too few open files for this many connections"
            ),
            Self::Unknown(error) => warn!(%error, "the limit of open files cannot be raised"),
        }
    }
}
