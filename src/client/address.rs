//! The server's address, as the command line gives it.

use std::fmt;
use std::net::Ipv6Addr;

use thiserror::Error;

/// A host, by name or number, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// The default host.
    pub const HOST: &'static str = "127.0.0.1";

    /// The default port (CONN-1).
    pub const PORT: u16 = 8001;

    /// Parses `HOST`, `HOST:PORT`, `[IPV6]:PORT`, an IPv6 address alone, or a port alone. `port` is
    /// the port if it is a separate argument.
    ///
    /// # Errors
    /// [`AddressError`]: there is no host, or the port is wrong or given twice.
    pub fn new(host: Option<&str>, port: Option<u16>) -> Result<Self, AddressError> {
        let (host, inner) = parts(host.unwrap_or(Self::HOST))?;
        if inner.is_some() && port.is_some() {
            return Err(AddressError::TwoPorts);
        }
        let port = inner.or(port).unwrap_or(Self::PORT);
        let host = host.to_owned();
        Ok(Self { host, port })
    }

    /// Parses a port.
    ///
    /// # Errors
    /// [`AddressError::NoPort`].
    pub fn port(written: &str) -> Result<u16, AddressError> {
        let port = written.parse().ok().filter(|port| *port != 0);
        port.ok_or(AddressError::NoPort)
    }

    /// The pair that [`Connection::connect`](super::Connection::connect) takes.
    pub fn as_pair(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Why the arguments are not an address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// There is no host, it has a space or a slash in it, or it has brackets or several colons and
    /// is not an IPv6 address.
    #[error("a server is written HOST, HOST:PORT, [IPV6]:PORT or PORT")]
    NoHost,
    /// The port is not a number from 1 to 65535.
    #[error("a port is a number from 1 to 65535")]
    NoPort,
    /// HOST contains a port, and PORT is given too.
    #[error("the port is given twice")]
    TwoPorts,
}

fn parts(written: &str) -> Result<(&str, Option<u16>), AddressError> {
    if written.contains(|c: char| c.is_whitespace() || c == '/') {
        return Err(AddressError::NoHost);
    }
    if written.parse::<Ipv6Addr>().is_ok() {
        return Ok((written, None));
    }
    if !written.is_empty() && written.bytes().all(|b| b.is_ascii_digit()) {
        return Ok((Address::HOST, Some(Address::port(written)?)));
    }
    let (host, inner) = match written.strip_prefix('[') {
        Some(bracketed) => {
            let (host, rest) = bracketed.split_once(']').ok_or(AddressError::NoHost)?;
            host.parse::<Ipv6Addr>().map_err(|_| AddressError::NoHost)?;
            let inner = match rest.strip_prefix(':') {
                Some(digits) => Some(digits),
                None if rest.is_empty() => None,
                None => return Err(AddressError::NoHost),
            };
            (host, inner)
        }
        None => match written.split_once(':') {
            Some((host, digits)) if !digits.contains(':') => (host, Some(digits)),
            Some(_) => return Err(AddressError::NoHost),
            None => (written, None),
        },
    };
    if host.is_empty() {
        return Err(AddressError::NoHost);
    }
    Ok((host, inner.map(Address::port).transpose()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(host: &str, port: Option<u16>) -> String {
        match Address::new(Some(host), port) {
            Ok(address) => address.to_string(),
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn every_way_to_write_an_address() {
        assert_eq!(
            Address::new(None, None).unwrap().to_string(),
            "127.0.0.1:8001"
        );
        assert_eq!(read("chat.lan", None), "chat.lan:8001");
        assert_eq!(read("chat.lan", Some(9)), "chat.lan:9");
        assert_eq!(read("chat.lan:9", None), "chat.lan:9");
        assert_eq!(read("9", None), "127.0.0.1:9");
        assert_eq!(read("::1", None), "[::1]:8001");
        assert_eq!(read("::1", Some(9)), "[::1]:9");
        assert_eq!(read("[::1]", Some(9)), "[::1]:9");
        assert_eq!(read("[::1]:9", None), "[::1]:9");
    }

    #[test]
    fn invalid_addresses_are_rejected() {
        let new = |host, port| Address::new(Some(host), port);
        for wrong in [
            "",
            ":9",
            "[::1",
            "[::1]9",
            "[chat]:9",
            "a:b:c",
            "[]:9",
            "chat 9",
            "http://chat",
            "a/b",
        ] {
            assert_eq!(new(wrong, None), Err(AddressError::NoHost), "{wrong}");
        }
        for wrong in [
            "chat:",
            "chat:x",
            "chat:65536",
            "65536",
            "0",
            "chat:0",
            "[::1]:0",
        ] {
            assert_eq!(new(wrong, None), Err(AddressError::NoPort), "{wrong}");
        }
        assert_eq!(new("chat:9", Some(9)), Err(AddressError::TwoPorts));
        assert_eq!(new("9", Some(9)), Err(AddressError::TwoPorts));
    }
}
