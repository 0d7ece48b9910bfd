//! Conversations, line by line, and what the session concludes from them.

use super::*;
use crate::protocol::{parse_event, parse_line};

/// A session, driven by commands and lines in text form.
#[derive(Default)]
struct Talk {
    session: Session,
    next_tag: Tag,
}

impl Talk {
    /// Sends a command. Its tag is the number of commands sent before it.
    fn sends(&mut self, line: &str) {
        let command = parse_line(line.as_bytes()).expect(line).expect(line);
        self.session.sent(&command, Some(self.next_tag));
        self.next_tag += 1;
    }

    /// Receives a line. Returns what it answers, in words.
    fn hears(&mut self, line: &str) -> String {
        let line = Ok(parse_event(line.as_bytes()).expect(line));
        let word = |answer| match answer {
            Answer::Admitted(name) => format!("in as {name}"),
            Answer::NotAdmitted(name, why) => format!("not in as {name}: {why}"),
            Answer::Taken(tag) => format!("took {tag}"),
            Answer::Refused { command, tag } => {
                let tag = tag.map_or_else(String::new, |tag| format!(" {tag}"));
                format!("refused{tag} {command}")
            }
        };
        let answers: Vec<String> = self.session.heard(&line).into_iter().map(word).collect();
        answers.join(", ")
    }

    fn member(&self) -> &str {
        self.session.member().map_or("", UserName::as_str)
    }
}

const GREETING: &str = "Enter JOIN followed by your username: JOIN username";
const FULL: &str = "Sorry the chat is full, please try later";

/// ann, in the room.
fn ann() -> Talk {
    let mut talk = Talk::default();
    talk.sends("JOIN ann");
    assert_eq!(talk.hears(GREETING), "");
    assert_eq!(
        talk.hears("SERVER: ann joined the chat!"),
        "took 0, in as ann"
    );
    talk
}

/// JOIN-4
#[test]
fn joins_sent_in_a_row_are_answered_in_a_row() {
    let mut talk = Talk::default();
    for join in ["JOIN ann", "JOIN bob", "JOIN cyd"] {
        talk.sends(join);
    }
    talk.hears(GREETING);
    assert_eq!(talk.session.joining().map(UserName::as_str), Some("ann"));
    assert_eq!(talk.hears("ERROR name-taken: no"), "not in as ann: no");
    assert_eq!(
        talk.hears("SERVER: bob joined the chat!"),
        "took 1, in as bob"
    );
    assert_eq!(talk.hears("ERROR already-joined: no"), "refused 2 JOIN cyd");
    assert_eq!((talk.member(), talk.session.joining()), ("bob", None));
}

/// BCST-1, MESG-2, ORDER-3
#[test]
fn the_answer_to_a_later_command_says_that_the_earlier_were_taken() {
    let mut talk = ann();
    for line in ["MESG bob hi", "MESG ann hi", "BCST hi", "LIST", "PING 1"] {
        talk.sends(line);
    }
    assert_eq!(talk.hears("bob: BCST hi"), "", "another's");
    assert_eq!(talk.hears("ann: MESG ann hi"), "took 1, took 2");
    assert_eq!(talk.hears("ann: BCST hi"), "took 3");
    assert_eq!(talk.hears("PONG 2"), "");
    assert_eq!(talk.hears("PONG 1"), "took 4, took 5");
}

/// ADDR-1, ORDER-3
#[test]
fn an_error_is_about_the_first_command_that_it_can_be_about() {
    let mut talk = ann();
    for line in ["BCST hi", "MESG zed hi", "PING 1"] {
        talk.sends(line);
    }
    let refused = "took 1, refused 2 MESG zed hi";
    assert_eq!(talk.hears("ERROR no-such-user: no"), refused);
    assert_eq!(talk.hears("ERROR no-such-user: no"), "");
    assert_eq!(talk.hears("ERROR line-too-long: no"), "refused 3 PING 1");
    assert_eq!(
        talk.hears("ERROR usage: LIST"),
        "",
        "well-formed commands have no such fault"
    );
}

/// The server does not answer a private line to its sender (MESG-2).
#[test]
fn a_private_line_is_said_with_a_receipt() {
    let name = |name| UserName::new(name).expect("a name");
    let commands = say(Some(name("bob")), Text::new("hi").expect("a text"), 7);
    let written: Vec<String> = commands.iter().map(|(it, _)| it.to_string()).collect();
    assert_eq!(written, ["MESG bob hi", "PING parlour-receipt-7"]);
    let mut talk = ann();
    for (command, tag) in &commands {
        talk.session.sent(command, *tag);
    }
    assert_eq!(talk.hears("PONG parlour-receipt-7"), "took 7");
    assert!(is_receipt(&Word::new("parlour-receipt-7").expect("a word")));
}

/// CONN-3, JOIN-3
#[test]
fn only_a_full_without_a_greeting_turns_the_connection_away() {
    let mut talk = Talk::default();
    talk.sends("JOIN ann");
    assert_eq!(talk.hears(FULL), "not in as ann: the room is full");
    assert_eq!(talk.hears("close"), "");
    assert!(matches!(talk.session.ended(None), Disconnect::Full));

    let mut talk = Talk::default();
    talk.sends("JOIN ann");
    talk.hears(GREETING);
    assert_eq!(talk.hears(FULL), "not in as ann: the room is full");
    assert!(matches!(talk.session.ended(None), Disconnect::NotJoined));
    talk.sends("JOIN ann");
    assert_eq!(
        talk.hears("SERVER: ann joined the chat!"),
        "took 1, in as ann"
    );
}

/// A server may send no greeting, such as one written for a class.
#[test]
fn a_full_that_is_followed_by_more_was_the_answer_to_the_join() {
    let mut talk = Talk::default();
    talk.sends("JOIN ann");
    talk.hears(FULL);
    talk.hears("PONG 1");
    assert!(matches!(talk.session.ended(None), Disconnect::NotJoined));
}

/// CONN-4, SHUT-1, QUIT-1, JOIN-5
#[test]
fn the_end_means_what_was_said_before_it() {
    let end = |talk: &Talk| talk.session.ended(None);
    let mut talk = Talk::default();
    talk.hears(GREETING);
    assert!(matches!(end(&talk), Disconnect::NotJoined));
    let mut talk = ann();
    assert!(matches!(end(&talk), Disconnect::Closed));
    talk.hears("SERVER: shutting down");
    assert!(matches!(end(&talk), Disconnect::ShuttingDown));
    talk.sends("QUIT");
    assert!(matches!(end(&talk), Disconnect::Left));
    let hung_up = talk.session.ended(Some(Lost::Ended));
    assert!(matches!(hung_up, Disconnect::Left));
    let hung_up = ann().session.ended(Some(Lost::Ended));
    assert!(matches!(hung_up, Disconnect::Lost(Lost::Ended)));
}

#[test]
fn what_is_remembered_is_bounded_and_a_join_is_not_forgotten() {
    let mut talk = Talk::default();
    talk.hears(GREETING);
    talk.sends("JOIN ann");
    for _ in 0..2 * MAX_UNANSWERED {
        talk.sends("PING 1");
    }
    assert_eq!(talk.session.unanswered.len(), MAX_UNANSWERED);
    assert_eq!(
        talk.hears("SERVER: ann joined the chat!"),
        "took 0, in as ann"
    );
}

/// ERR-2, ERR-3
///
/// > ERR-2: An `error` answers one line of a client. It has a code for programs and a text for
/// > people; programs MUST NOT depend on the text.
///
/// > ERR-3: Later versions may add codes: a client MUST take an `error` with a code that it does
/// > not know as the answer to its line, which has changed nothing (ERR-1), and SHOULD show its
/// > user the text.
#[test]
fn a_code_of_a_later_version_refuses_the_command_that_it_answers() {
    let mut talk = ann();
    for line in ["MESG bob hi", "PING 1", "BCST hi", "LIST"] {
        talk.sends(line);
    }
    assert_eq!(talk.hears("ERROR not-now: later"), "refused 1 MESG bob hi");
    assert_eq!(talk.hears("PONG 1"), "took 2");
    assert_eq!(talk.hears("ERROR muted-2: later"), "refused 3 BCST hi");

    let mut visitor = Talk::default();
    visitor.sends("JOIN bob");
    visitor.hears(GREETING);
    let refused = visitor.hears("ERROR banned: not here");
    assert_eq!(refused, "not in as bob: not here");
}
