//! A reader: how far it has come in the record.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

use super::super::process::Process;
use super::super::target::Target;

pub(super) struct Member {
    pub(super) socket: TcpStream,
    /// Octets and texts so far.
    pub(super) heard: u64,
    pub(super) texts: u64,
    pub(super) ear: Ear,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ear {
    Hears,
    /// It received something that differs from the record, and is not compared any more.
    Differs,
    /// It does not read.
    Deaf,
}

impl Member {
    pub(super) fn join(target: Target, server: &Process, id: usize) -> io::Result<Self> {
        let member = Self {
            socket: connect(server)?,
            heard: 0,
            texts: 0,
            ear: Ear::Hears,
        };
        member.log_in(target, id)?;
        Ok(member)
    }

    pub(super) fn log_in(&self, target: Target, id: usize) -> io::Result<()> {
        (&self.socket).write_all(target.login(id).as_bytes())
    }

    /// Reads once; `None` when there is nothing to read.
    pub(super) fn read(&self, input: &mut [u8]) -> io::Result<Option<usize>> {
        match (&self.socket).read(input) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(len) => Ok(Some(len)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A non-blocking connection.
pub(crate) fn connect(server: &Process) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(server.address)?;
    socket.set_nodelay(true)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}
