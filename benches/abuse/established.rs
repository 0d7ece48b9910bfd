//! Which connections a server still holds, whether or not their peers have noticed the loss.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::{fs, io};

use super::process::Process;

/// The states ESTABLISHED and CLOSE_WAIT of `/proc/net/tcp`.
const HELD: [&str; 2] = ["01", "08"];

/// Returns the peer ports of the connections that `server`, an IPv4 address, has not closed.
pub(crate) fn peers(server: SocketAddr) -> io::Result<BTreeSet<u16>> {
    let table = fs::read_to_string("/proc/net/tcp")?;
    let own = format!(":{:04X}", server.port());
    let held = |line: &str| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (local, remote, state) = (words.next()?, words.next()?, words.next()?);
        let port = remote.rsplit(':').next()?;
        let is_held = local.ends_with(&own) && HELD.contains(&state);
        is_held
            .then(|| u16::from_str_radix(port, 16).ok())
            .flatten()
    };
    Ok(table.lines().filter_map(held).collect())
}

/// Polls for the connections that a server has closed.
pub(crate) struct Watch<'s> {
    server: &'s Process,
    /// The server's open files, which cost less to count than its connections.
    files: usize,
    had_changed: bool,
}

impl<'s> Watch<'s> {
    pub(crate) fn new(server: &'s Process) -> io::Result<Self> {
        Ok(Self {
            server,
            files: server.open_files()?,
            had_changed: false,
        })
    }

    /// The ports of the connections that the server still holds, or `None` if nothing can have
    /// changed since the last call. The server closes the file a moment before the connection, so
    /// one change triggers two checks.
    pub(crate) fn look(&mut self) -> io::Result<Option<BTreeSet<u16>>> {
        let files = self.server.open_files()?;
        let has_changed = std::mem::replace(&mut self.files, files) != files;
        if std::mem::replace(&mut self.had_changed, has_changed) || has_changed {
            return peers(self.server.address).map(Some);
        }
        Ok(None)
    }
}
