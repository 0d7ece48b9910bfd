//! ORDER-1 and ORDER-2 where everybody speaks at once: what one member is told, from the first to the last, is what all the
//! others must have been told between their joining and their leaving.

mod stage;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::thread;

use stage::on_sockets::{DEADLINE, RunningServer};
use stage::script::Limits;

const GUESTS: usize = 12;
const LINES: usize = 30;

/// ORDER-1, ORDER-2, JOIN-1, QUIT-2
#[test]
fn everyone_is_told_the_room_as_it_is_from_joining_to_leaving() {
    let limits = Limits {
        capacity: GUESTS + 1,
        ..Limits::default()
    };
    let server = RunningServer::start(limits);
    let mut host = connect(&server);
    send(&mut host, "JOIN host\n");
    assert_eq!(line(&mut host), "SERVER: host joined the chat!");
    let guests: Vec<_> = (0..GUESTS).map(|_| connect(&server)).collect();
    thread::scope(|scope| {
        let visits = guests.into_iter().enumerate();
        let visits: Vec<_> = visits
            .map(|(guest, socket)| scope.spawn(move || visit(socket, guest)))
            .collect();
        let mut left = 0;
        let mut room = Vec::new();
        while left < GUESTS {
            let event = line(&mut host);
            left += usize::from(event.ends_with(" has left the chat"));
            room.push(event);
        }
        for (guest, visit) in visits.into_iter().enumerate() {
            let told = visit.join().expect("a visit ends in order");
            let at = |wanted: String| room.iter().position(|event| *event == wanted);
            let joined = at(format!("SERVER: guest{guest} joined the chat!"));
            let left = at(format!("guest{guest} has left the chat"));
            let (Some(joined), Some(left)) = (joined, left) else {
                panic!("guest {guest} came and went unseen");
            };
            assert_eq!(told, room[joined..left], "guest {guest}");
        }
        assert_eq!(room.len(), GUESTS * (LINES + 2));
    });
    drop(host);
    server.stop();
}

/// Joins, speaks and leaves, in three segments; returns what was told between the greeting and `close`.
fn visit(mut socket: BufReader<TcpStream>, guest: usize) -> Vec<String> {
    send(&mut socket, &format!("JOIN guest{guest}\nBCST 0\n"));
    let said: String = (1..LINES).map(|n| format!("BCST {n}\n")).collect();
    send(&mut socket, &said);
    send(&mut socket, "QUIT\n");
    let mut told = Vec::new();
    loop {
        match line(&mut socket) {
            close if close == "close" => return told,
            event => told.push(event),
        }
    }
}

fn connect(server: &RunningServer) -> BufReader<TcpStream> {
    let socket = TcpStream::connect(server.address).expect("the server accepts");
    let set = socket.set_read_timeout(Some(DEADLINE));
    set.expect("sockets have timeouts");
    socket.set_nodelay(true).expect("each write is a segment");
    let mut socket = BufReader::new(socket);
    let greeting = "Enter JOIN followed by your username: JOIN username";
    assert_eq!(line(&mut socket), greeting);
    socket
}

fn send(socket: &mut BufReader<TcpStream>, lines: &str) {
    let sent = socket.get_mut().write_all(lines.as_bytes());
    sent.expect("the server takes octets");
}

fn line(socket: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    socket.read_line(&mut line).expect("an event comes in time");
    assert!(line.ends_with('\n'), "the stream ended in `{line}`");
    line.pop();
    line
}
