//! A panic anywhere in the room ends the whole process, with a message and an exit code; no zombie
//! process goes on without a room.
//!
//! The program has no way to make its room panic, and needs none: this test builds a copy in which
//! the room panics on HELP, and talks to that. Because it has to build the program, it only runs on
//! demand: `cargo test --test room_panic -- --ignored`.

use std::fs;
use std::path::Path;
use std::process::Command;

use parlour_testkit::{Peer, Server};

/// Where the room begins to handle an input, and the fault that is inserted there.
const PLACE: &str = "        use Session::{Member, Visitor};\n";
const FAULT: &str =
    "        assert!(input != Input::Line(Ok(Command::Help)), \"a planted fault\");\n";

#[test]
#[ignore = "it builds the program anew"]
fn a_panic_in_the_room_ends_the_process_with_a_message_and_code_70() {
    let server = Server::start(&faulty_server(), &[]);
    let [mut ann, bob] = [(); 2].map(|()| Peer::visitor(server.addr));
    ann.send("HELP\n");
    for mut peer in [ann, bob] {
        // The end of the stream, or a reset: no client is left waiting.
        peer.hears_the_end();
    }
    let said = server.log_rest();
    let code = server.ended().code();
    assert_eq!(code, Some(70), "{said}");
    assert!(said.contains("a planted fault"), "{said}");
    let last = said.lines().last();
    let message = "parlour-server: the room has died of a fault in the server";
    assert_eq!(last, Some(message), "{said}");
}

/// Builds a copy of the program that contains the fault.
fn faulty_server() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("room_panic");
    fs::create_dir_all(&copy).expect("a folder is made");
    for part in [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "spec",
        "benches",
        "tests/kit",
    ] {
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
    let program = target.join("debug/parlour-server");
    program.into_os_string().into_string().expect("UTF-8")
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
