//! The server as a separate process, so that its memory can be measured.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};

pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    pub(crate) fn start(capacity: usize) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlour-server"));
        let capacity = capacity.to_string();
        command.args(["0", "--max-connections", "4000", "--capacity", &capacity]);
        command.args(["--talk-rate", "0"]);
        command.env("RUST_LOG", "warn").stdout(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut first = String::new();
        out.read_line(&mut first).expect("a first line");
        std::thread::spawn(move || out.read_to_end(&mut Vec::new()));
        let port = first.trim_end().strip_prefix("Server is listening on ");
        let port = port.and_then(|port| port.parse().ok()).expect(&first);
        Self { child, port }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("a connection");
        socket.set_nodelay(true).expect("an option");
        socket
    }

    pub(crate) fn resident_kib(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(status).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        kib.expect("its memory")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _is_gone = self.child.kill();
        let _status = self.child.wait();
    }
}
