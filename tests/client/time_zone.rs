//! The times on the full screen are those of the zone in `TZ`, as `date` understands it.

use std::io::Read as _;
use std::process::Command;

use parlour_testkit::Server;
use pty_process::{Size, blocking};

use crate::SERVER;

const ZONES: [&str; 9] = [
    "Asia/Tokyo",
    ":Asia/Tokyo",
    "EST5EDT",
    "EST5EDT,M3.2.0,M11.1.0",
    "<+0330>-3:30",
    "/usr/share/zoneinfo/Asia/Kolkata",
    ":/usr/share/zoneinfo/Asia/Kolkata",
    "",
    "No/Such",
];

/// The minute that it is in the zone, as `date` says.
fn date(zone: &str) -> String {
    let mut date = Command::new("date");
    let output = date.arg("+%H:%M").env("TZ", zone).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What the full screen shows until the person is in the room.
fn screen(server: &Server, zone: &str) -> String {
    let (mut pty, pts) = blocking::open().unwrap();
    pty.resize(Size::new(16, 80)).unwrap();
    let mut child = blocking::Command::new(env!("CARGO_BIN_EXE_parlour"))
        .args([&server.addr.to_string(), "--name", "dani"])
        .env("TERM", "xterm")
        .env("TZ", zone)
        .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .spawn(pts)
        .unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("you are in the room as dani") {
        let mut octets = [0; 4096];
        let len = pty.read(&mut octets).unwrap();
        seen.extend_from_slice(&octets[..len]);
    }
    drop(pty);
    child.wait().unwrap();
    String::from_utf8(seen).unwrap()
}

#[test]
fn the_full_screen_shows_the_time_of_the_zone() {
    for zone in ZONES {
        let server = Server::start(SERVER, &[]);
        let before = date(zone);
        let shown = screen(&server, zone);
        let after = date(zone);
        let is_shown = shown.contains(&before) || shown.contains(&after);
        assert!(is_shown, "{zone}: {before} is not in {shown:?}");
    }
}
