//! The table of spec section 9 against the program, row by row: when an error is sent, with which
//! code, and with which text (`spec/parlour.md`).

mod room;

use bytes::BytesMut;
use parlour::protocol::{ServerCodec, Verb};
use parlour::room::{Input, Limits, Outbox, Room};
use parlour_spec::{Conn, Document};
use room::{Both, handle};
use tokio_util::codec::Decoder as _;

const VISITOR: Conn = 1;
const MEMBER: Conn = 2;
const OTHER: Conn = 3;

/// The most octets of a line, with its LF.
const MAX_LINE: usize = 64;

/// Placeholder for a text that differs from command to command.
const OF_THE_COMMAND: &str = "the usage of the command, ";

/// Section 9, ERR-1
#[test]
fn every_error_is_told_when_its_row_says_so_and_in_its_words() {
    let (protocol, product) = (Document::parlour(), Document::product());
    let [codes, texts] = [&protocol, &product].map(|document| &document.table("code").rows);
    assert_eq!(codes.len(), texts.len());
    for (row, in_parlour) in codes.iter().zip(texts) {
        let ([code, _, when], [of, text]) = (&row[..], &in_parlour[..]) else {
            panic!("three cells and two: {row:?} {in_parlour:?}");
        };
        assert_eq!(code, of);
        if let Some(example) = text.strip_prefix(OF_THE_COMMAND) {
            assert_eq!(example, format!("`{}`", Verb::Mesg.usage()));
        }
        for (session, line) in occasions(when) {
            let text = match text.strip_prefix(OF_THE_COMMAND) {
                Some(_) => usage(&line),
                None => text,
            };
            assert_eq!(
                told(session, &line),
                [format!("ERROR {code}: {text}")],
                "{when}: {}",
                line.escape_ascii()
            );
        }
    }
}

/// Who sends which line in this case.
fn occasions(when: &str) -> Vec<(Conn, Vec<u8>)> {
    let both = [VISITOR, MEMBER];
    let (sessions, lines): (&[Conn], Vec<&[u8]>) = match when {
        "the line has more than `max-line` octets" => (&both, vec![&[b'x'; MAX_LINE]]),
        "the line is not UTF-8" => (&both, vec![b"BCST \xff"]),
        "LINE-4" => {
            let said = ["BCST \x07", "BCST \u{2028}", "BCST \u{202e}"];
            (&both, said.map(str::as_bytes).to_vec())
        }
        "the first word is no verb" => (&both, vec![b"hello", b"JOINann"]),
        "the verb is right and the rest is not" => (
            &both,
            vec![b"JOIN", b"BCST", b"MESG bob", b"HELP me", b"PING"],
        ),
        "the name breaks NAME-1, NAME-2 or NAME-7" => {
            let said = [
                "JOIN abcdefghijklmnopqrstuvwxyz0123456",
                "MESG b/b hi",
                "JOIN a\u{301}\u{301}",
            ];
            (&both, said.map(str::as_bytes).to_vec())
        }
        "NAME-5" => (&both, vec![b"JOIN server", b"MESG close hi"]),
        "a visitor's BCST, MESG or LIST" => (&[VISITOR], vec![b"BCST hi", b"MESG bob hi", b"LIST"]),
        "a member's JOIN" => (&[MEMBER], vec![b"JOIN zed", b"JOIN ann", b"JOIN bob"]),
        "the name is the same as a member's" => (&[VISITOR], vec![b"JOIN bob", b"JOIN BOB"]),
        "ADDR-1 finds nobody" => (&[MEMBER], vec![b"MESG zed hi"]),
        _ => panic!("when is that? {when}"),
    };
    let said = |&session| lines.iter().map(move |line| (session, line.to_vec()));
    sessions.iter().flat_map(said).collect()
}

/// What the session is told about the line by a room that holds it, another member and a visitor.
fn told(session: Conn, line: &[u8]) -> Vec<String> {
    let limits = Limits::by_count(3, 3);
    let (mut room, mut out) = (Room::new(limits), Outbox::new());
    for (id, join) in [(VISITOR, None), (MEMBER, Some("ann")), (OTHER, Some("bob"))] {
        handle(&mut room, id, Input::Connect(None), &mut out);
        let join = join.map(|name| Both::line(&format!("JOIN {name}")));
        if let Some(input) = join.and_then(|join| join.input) {
            handle(&mut room, id, input, &mut out);
        }
    }
    let mut octets = BytesMut::from(line);
    octets.extend_from_slice(b"\n");
    let read = ServerCodec::new(MAX_LINE, false).decode(&mut octets);
    let input = Input::Line(read.expect("no IO is done").expect("a line"));
    let told = handle(&mut room, session, input, &mut out);
    let own = told.into_iter().filter(|(to, _)| *to == session);
    own.map(|(_, event)| event.to_string()).collect()
}

/// The usage of the line's verb.
fn usage(line: &[u8]) -> &'static str {
    let line = std::str::from_utf8(line).expect("it was typed");
    let verb = line.split(' ').next().and_then(Verb::of);
    verb.expect("the verb is right").usage()
}
