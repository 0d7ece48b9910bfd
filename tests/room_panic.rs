//! A panic anywhere in the room ends the whole process, with a message and an exit code; no zombie
//! process goes on without a room.
//!
//! The program has no way to make its room panic, and needs none: this test builds a copy in which
//! the room panics on HELP, and talks to that. Because it has to build the program, it only runs on
//! demand: `cargo test --test room_panic -- --ignored`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(30);

/// Where the room begins to handle an input, and the fault that is inserted there.
const PLACE: &str = "        use Session::{Member, Visitor};\n";
const FAULT: &str =
    "        assert!(input != Input::Line(Ok(Command::Help)), \"a planted fault\");\n";

#[test]
#[ignore = "it builds the program anew"]
fn a_panic_in_the_room_ends_the_process_with_a_message_and_code_70() {
    let mut server = Server::start(&faulty_server());
    let port = server.port();
    let [mut ann, mut bob] = [(); 2].map(|()| {
        let socket = TcpStream::connect(("127.0.0.1", port)).expect("the server accepts");
        let set = socket.set_read_timeout(Some(DEADLINE));
        set.expect("sockets have timeouts");
        BufReader::new(socket)
    });
    for socket in [&mut ann, &mut bob] {
        let mut greeting = String::new();
        socket.read_line(&mut greeting).expect("a greeting");
        assert!(greeting.starts_with("Enter JOIN"), "{greeting}");
    }
    let sent = ann.get_mut().write_all(b"HELP\n");
    sent.expect("the server takes it");
    for mut socket in [ann, bob] {
        // The end of the stream, or a reset: no client is left waiting.
        let mut rest = String::new();
        let ended = socket.read_to_string(&mut rest);
        let timed_out = ended.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        assert!(!timed_out && rest.is_empty(), "{rest}");
    }
    let (code, said) = server.end();
    assert_eq!(code, Some(70), "{said}");
    assert!(said.contains("a planted fault"), "{said}");
    let last = said.lines().last();
    let message = "parlour-server: the room has died of a fault in the server";
    assert_eq!(last, Some(message), "{said}");
}

/// Killed when dropped.
struct Server(Child);

impl Server {
    fn start(program: &Path) -> Self {
        let mut server = Command::new(program);
        let server = server
            .arg("0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(server.spawn().expect("the server starts"))
    }

    /// The port that the console names first.
    fn port(&mut self) -> u16 {
        let mut first = String::new();
        let console = self.0.stdout.as_mut().expect("it is piped");
        let read = BufReader::new(console).read_line(&mut first);
        read.expect("the console is UTF-8");
        let port = first.trim_end().strip_prefix("Server is listening on ");
        port.and_then(|port| port.parse().ok()).expect("a port")
    }

    /// The exit code, and the output until then.
    fn end(&mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        let log = self.0.stderr.as_mut().expect("it is piped");
        log.read_to_string(&mut said).expect("the log is UTF-8");
        let ended = self.0.wait().expect("the server has ended");
        (ended.code(), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _waited_for = self.0.wait();
    }
}

/// Builds a copy of the program that contains the fault.
fn faulty_server() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("room_panic");
    fs::create_dir_all(&copy).expect("a folder is made");
    for part in ["Cargo.toml", "Cargo.lock", "src", "spec", "benches"] {
        copy_all(&root.join(part), &copy.join(part));
    }
    let room = copy.join("src/room.rs");
    let source = fs::read_to_string(&room).expect("the room has its file");
    assert!(source.contains(PLACE), "the room begins in another way");
    let faulty = source.replacen(PLACE, &format!("{PLACE}{FAULT}"), 1);
    fs::write(room, faulty).expect("the copy is written");
    let target = copy.join("target");
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--locked",
            "--no-default-features",
            "--features=server",
            "--bin",
            "parlour-server",
            "--target-dir",
        ])
        .arg(&target)
        .current_dir(&copy)
        .status();
    assert!(built.expect("cargo runs").success());
    target.join("debug/parlour-server")
}

fn copy_all(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).expect("a file is copied");
        return;
    }
    fs::create_dir_all(to).expect("a folder is made");
    for entry in fs::read_dir(from).expect("a folder is read") {
        let entry = entry.expect("an entry");
        copy_all(&entry.path(), &to.join(entry.file_name()));
    }
}
