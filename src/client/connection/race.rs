//! Connects to the first of several addresses that answers (RFC 8305, "Happy Eyeballs").

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::select_all;
use tokio::net::TcpStream;
use tokio::select;
use tokio::time::sleep;

/// The wait for an attempt before the next one starts beside it.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to one of the addresses. An attempt starts when the last one has failed, or after
/// [`ATTEMPT_DELAY`].
///
/// # Errors
/// That of the last attempt to fail, or of one that was refused. No addresses are an error too.
pub(super) async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut waiting = in_turn(addresses).into_iter().peekable();
    let mut attempts = Vec::new();
    let mut error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        match waiting.next() {
            Some(address) => attempts.push(Box::pin(TcpStream::connect(address))),
            None if attempts.is_empty() => return Err(error),
            None => {}
        }
        select! {
            biased;
            (connected, index) = select_all(&mut attempts).map(|(it, index, _)| (it, index)) => {
                drop(attempts.remove(index));
                match connected {
                    Ok(stream) => return Ok(stream),
                    // A refusal tells more about the host than an address family that is missing.
                    Err(_) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                    Err(e) => error = e,
                }
            }
            () = sleep(ATTEMPT_DELAY), if waiting.peek().is_some() => {}
        }
    }
}

/// The addresses of the two families in turn. The family of the first address begins.
fn in_turn(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, others): (Vec<SocketAddr>, Vec<SocketAddr>) = addresses
        .iter()
        .partition(|address| address.is_ipv6() == first);
    let mut others = others.into_iter();
    let mut turns = Vec::with_capacity(addresses.len());
    for address in preferred {
        turns.push(address);
        turns.extend(others.next());
    }
    turns.extend(others);
    turns
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use socket2::{Domain, Socket, Type};
    use tokio::time::{Instant, timeout};

    use super::*;

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    /// A listener whose backlog is full, so that it answers no more, and what fills it.
    fn black_hole() -> (Socket, Vec<TcpStream>, SocketAddr) {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(&any.into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let patience = Duration::from_millis(100);
        let fill = || TcpStream::connect_timeout(&address, patience).ok();
        let filling = std::iter::from_fn(fill).collect();
        (socket, filling, address)
    }

    /// What answers is used while an earlier attempt still waits.
    #[tokio::test]
    async fn an_address_that_does_not_answer_holds_nothing_up() {
        let (_socket, _filling, hole) = black_hole();
        let (_listener, address) = listener();
        let start = Instant::now();
        let addresses = [hole, hole, address];
        let stream = timeout(Duration::from_secs(60), connect(&addresses))
            .await
            .unwrap();
        assert_eq!(stream.unwrap().peer_addr().unwrap(), address);
        assert!(
            start.elapsed() >= 2 * ATTEMPT_DELAY,
            "{:?}",
            start.elapsed()
        );
    }

    #[tokio::test]
    async fn a_refusal_is_the_error_if_nothing_answers() {
        let refusing = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        refusing.bind(&any.into()).unwrap();
        let refusing = refusing.local_addr().unwrap().as_socket().unwrap();
        let error = connect(&[refusing, "[::1]:0".parse().unwrap()])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert!(connect(&[]).await.is_err());
    }

    #[test]
    fn the_families_take_turns() {
        let all = ["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"];
        let all = all.map(|address| address.parse().unwrap());
        let [a, b, c, x, y] = all;
        assert_eq!(in_turn(&all), [a, x, b, y, c]);
        assert_eq!(in_turn(&[x, a, b, y]), [x, a, y, b]);
        assert_eq!(in_turn(&[]), []);
    }
}
