//! The correct server over raw sockets, so that its correctness does not rest on the check alone.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A hang shows as a failure.
const PATIENCE: Duration = Duration::from_secs(20);

const GREETING: &str = "Enter JOIN followed by your username: JOIN username";

/// A running server, on a port of its own.
struct Running {
    process: Child,
    port: u16,
}

impl Running {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_broken"));
        let mut process = command
            .args(["correct", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let console = process.stdout.take().expect("it is piped");
        let mut said = String::new();
        let read = BufReader::new(console).read_line(&mut said);
        read.expect("it says where it listens");
        let port = said.trim_end().rsplit(' ').next().expect("a port");
        let port = port.parse().expect("a port");
        Self { process, port }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it has ended");
    }
}

fn connect(server: &Running) -> BufReader<TcpStream> {
    let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)).expect("a connection");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
    BufReader::new(socket)
}

fn send(peer: &BufReader<TcpStream>, octets: impl AsRef<[u8]>) {
    peer.get_ref()
        .write_all(octets.as_ref())
        .expect("it is taken");
}

fn line(peer: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    peer.read_line(&mut line).expect("UTF-8, in time");
    line
}

fn rest(peer: &mut BufReader<TcpStream>) -> String {
    let mut rest = String::new();
    peer.read_to_string(&mut rest).expect("UTF-8, in time");
    rest
}

/// CONN-5, LINE-7, ORDER-3
#[test]
fn the_reference_server_takes_a_burst_and_a_half_close() {
    let server = Running::start();
    let mut ann = connect(&server);
    send(&ann, "JOIN ann\r\nMESG ann hi\nBCST \u{e9}\nPING 1\n\nQUI");
    ann.get_ref().shutdown(Shutdown::Write).expect("a socket");
    let told = format!(
        "{GREETING}\nSERVER: ann joined the chat!\nann: MESG ann hi\nann: BCST \u{e9}\nPONG \
         1\nclose\n"
    );
    assert_eq!(rest(&mut ann), told);
}

/// LINE-8, LINE-9
#[test]
fn the_reference_server_serves_who_sends_no_newline() {
    let server = Running::start();
    let mut ann = connect(&server);
    assert_eq!(line(&mut ann), format!("{GREETING}\n"));
    send(&ann, "JOIN ann");
    assert_eq!(line(&mut ann), "SERVER: ann joined the chat!\n");
    let asked = Instant::now();
    send(&ann, "QUIT");
    assert_eq!(rest(&mut ann), "close");
    assert!(
        asked.elapsed() >= Duration::from_millis(100),
        "two quiet times"
    );
}

/// LINE-2
#[test]
fn the_reference_server_counts_octets() {
    let server = Running::start();
    let mut ann = connect(&server);
    send(&ann, format!("PING {}\n", "x".repeat(4096 - 6)));
    assert_eq!(line(&mut ann), format!("{GREETING}\n"));
    assert!(line(&mut ann).starts_with("PONG xxx"));
    send(&ann, "x".repeat(4096));
    assert!(line(&mut ann).starts_with("ERROR line-too-long: "));
    send(&ann, "xxx\nPING 1\n");
    assert_eq!(line(&mut ann), "PONG 1\n");
}

/// SLOW-1, CONN-6, QUIT-2
#[test]
fn the_reference_server_drops_who_does_not_read() {
    let server = Running::start();
    let (mut ann, slow) = (connect(&server), connect(&server));
    send(&ann, "JOIN ann\n");
    assert_eq!(line(&mut ann), format!("{GREETING}\n"));
    assert_eq!(line(&mut ann), "SERVER: ann joined the chat!\n");
    send(&slow, "JOIN slow\n");
    assert_eq!(line(&mut ann), "SERVER: slow joined the chat!\n");
    let text = "x".repeat(4000);
    for _ in 0..20_000 {
        send(&ann, format!("BCST {text}\n"));
        if line(&mut ann) == "slow has left the chat\n" {
            return;
        }
    }
    panic!("who does not read is a member for good");
}
