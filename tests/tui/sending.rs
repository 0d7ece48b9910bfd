//! What Enter does: what is sent, to whom, under which name, and with what result.

use crossterm::event::KeyCode;
use parlour::client::{Disconnect, Update};
use parlour::tui::Bell;

use crate::person::Person;

/// BCST-1, MESG-1, GRAM-1
#[test]
fn enter_says_it_and_commands_are_commands() {
    let mut person = Person::member();
    person.says("hello, everyone!");
    assert_eq!(
        person.done(),
        ["keep hello, everyone!", "BCST hello, everyone!"]
    );
    person.says("/msg drew hi");
    let sent = [
        "keep /msg drew hi",
        "MESG drew hi",
        "PING parlour-receipt-1",
    ];
    assert_eq!(person.done(), sent);
    person.says("mesg ann hi");
    assert_eq!(person.done()[1], "MESG ann hi");
    person.says("//x");
    assert_eq!(person.done()[1], "BCST /x");
    person.says("/who");
    assert_eq!(person.done()[1], "LIST");
    person.says("PING 42");
    assert_eq!(person.done()[1], "PING 42");
    person.says("/quit");
    assert_eq!(person.done(), ["QUIT"]);
}

/// JOIN-4, NAME-3, NAME-5
#[test]
fn a_refused_name_is_asked_for_again_and_the_reason_said() {
    let mut person = Person::visitor();
    person.says("a/b");
    assert!(person.status().contains("a name has 1 to 32 letters"));
    person.ctrl('u');
    person.says("server");
    assert!(person.status().contains("that name is reserved"));
    assert_eq!(person.done(), [""; 0]);
    person.ctrl('u');
    person.says("dani");
    assert_eq!(person.done(), ["JOIN dani"]);
    person.types("typed ahead");
    person.hears("ERROR name-taken: that name is taken, choose another");
    assert_eq!(
        person.status().trim(),
        "dani: that name is taken, choose another | 127.0.0.1:8001"
    );
    assert_eq!(person.input(), "What should people call you? |");
    person.says("/join dina");
    assert_eq!(person.done(), ["JOIN dina"]);
    assert_eq!(person.input(), "> typed ahead|");
}

/// NAME-3
#[test]
fn what_is_typed_next_replaces_a_refused_name() {
    let mut person = Person::visitor();
    person.says("server");
    assert!(person.status().contains("that name is reserved"));
    person.types("da");
    assert_eq!(person.input(), "What should people call you? da|");
    person.ctrl('u');
    person.says("da ni");
    person.hits(KeyCode::Backspace);
    person.types("x");
    assert_eq!(person.input(), "What should people call you? da nx|");
    person.hits(KeyCode::Enter);
    person.pastes("dani\n");
    assert_eq!(person.input(), "What should people call you? dani|");
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), ["JOIN dani"]);
}

#[test]
fn what_is_said_before_the_room_admits_us_is_sent_when_it_does() {
    let mut person = Person::new(Some("dani"), Bell::default());
    assert_eq!(
        person.input(),
        "> |what you type waits until you are in the room"
    );
    person.says("early");
    assert_eq!(person.done(), ["keep early"]);
    assert!(person.screen(80, 16).contains(&"WAITING early".to_owned()));
    person.joins();
    assert_eq!(person.done(), ["LIST", "BCST early"]);
}

/// MESG-2, ORDER-3
#[test]
fn a_private_line_to_nobody_is_given_back() {
    let mut person = Person::member();
    person.says("/msg zed psst");
    person.hears("ERROR no-such-user: nobody here has that name");
    person.hears("PONG parlour-receipt-0");
    let screen = person.screen(80, 16).join("\n");
    assert!(
        screen.contains("!! not sent to zed, nobody here has that name: psst"),
        "{screen}"
    );
    assert!(!screen.contains("private"), "{screen}");
}

/// LINE-2, ORDER-3: the limit of the server may be shorter than the default.
#[test]
fn a_refusal_is_that_of_the_command_it_answers() {
    let too_long = "ERROR line-too-long: the line is too long";
    let mut person = Person::member();
    person.says("/msg drew psst");
    person.says("everyone!");
    person.hears(too_long);
    person.hears("PONG parlour-receipt-0");
    person.hears("dani: BCST everyone!");
    let screen = person.screen(80, 16).join("\n");
    let refused = "!! not sent to drew, the line is too long: psst";
    assert!(screen.contains(refused), "{screen}");
    assert!(!screen.contains("[private]"), "{screen}");
    assert!(screen.contains("dani: everyone!"), "{screen}");

    person.says("one");
    person.says("/msg drew two");
    person.hears(too_long);
    person.hears("PONG parlour-receipt-3");
    let screen = person.screen(80, 16).join("\n");
    let refused = "!! not sent, the line is too long: one";
    assert!(screen.contains(refused), "{screen}");
    assert!(screen.contains("[private] dani → drew: two"), "{screen}");
}

/// ORDER-3
#[test]
fn the_refusal_of_a_command_is_not_that_of_a_line_behind_it() {
    for (command, error) in [
        ("PING a-long-word", "line-too-long: the line is too long"),
        ("JOIN dina", "already-joined: you have joined already"),
        (
            "JOIN dina",
            "name-invalid: the names of this server are others",
        ),
    ] {
        let mut person = Person::member();
        person.says(command);
        person.says("everyone!");
        person.says("/msg drew psst");
        person.hears(&format!("ERROR {error}"));
        person.hears("dani: BCST everyone!");
        person.hears("PONG parlour-receipt-1");
        let screen = person.screen(80, 16).join("\n");
        let words = error.split_once(": ").unwrap().1;
        assert!(screen.contains(&format!("!! {words}")), "{screen}");
        assert!(!screen.contains("not sent"), "{screen}");
        assert!(screen.contains("[private] dani → drew: psst"), "{screen}");
    }
}

/// GRAM-4: a server whose name rules are stricter than ours refuses the addressee.
#[test]
fn an_addressee_that_is_no_name_to_the_server_is_told_nothing() {
    let mut person = Person::member();
    person.says("/msg drew psst");
    person.hears("ERROR name-invalid: the names of this server are others");
    person.hears("PONG parlour-receipt-0");
    let screen = person.screen(80, 16).join("\n");
    let refused = "!! not sent to drew, the names of this server are others: psst";
    assert!(screen.contains(refused), "{screen}");
    assert!(!screen.contains("[private]"), "{screen}");
}

/// JOIN-3, JOIN-4: the name is valid.
#[test]
fn in_front_of_a_full_room_enter_tries_again() {
    let full = "Sorry the chat is full, please try later";
    let mut person = Person::visitor();
    person.says("dani");
    assert_eq!(person.done(), ["JOIN dani"]);
    person.hears(full);
    let status = person.status();
    let words = "the room is full (Enter: try again) | dani | 127.0.0.1:8001";
    assert_eq!(status.trim(), words);
    let waits_for = "> |the room is full: Enter tries again, /join under another name";
    assert_eq!(person.input(), waits_for);
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), ["JOIN dani"]);
    assert!(person.status().contains("joining..."));
    person.hears(full);
    person.says("early");
    assert_eq!(person.done(), ["keep early"]);

    // JOIN-5: the server closed the visitor's connection meanwhile.
    person.loses(1);
    person.happens(Update::Connected);
    assert_eq!(person.done(), ["JOIN dani"]);
    let screen = person.screen(80, 16).join("\n");
    assert!(!screen.contains("lost"), "{screen}");
    person.hears("SERVER: dani joined the chat!");
    assert_eq!(person.done(), ["LIST", "BCST early"]);
    assert!(!person.status().contains("full"));
}

/// JOIN-4
#[test]
fn in_front_of_a_full_room_another_name_can_be_tried() {
    let mut person = Person::visitor();
    person.says("dani");
    person.hears("Sorry the chat is full, please try later");
    person.done();
    person.says("/join dina");
    assert_eq!(person.done(), ["keep /join dina", "JOIN dina"]);
    assert!(person.status().starts_with(" joining... | dina | "));
    person.hears("ERROR name-taken: that name is taken, choose another");
    assert!(person.status().contains("dina: that name is taken"));
    person.says("dani");
    person.hears("SERVER: dani joined the chat!");
    assert_eq!(person.done(), ["JOIN dani", "LIST"]);
}

#[test]
fn a_room_that_was_full_is_no_reason_for_a_later_end() {
    let mut person = Person::visitor();
    person.says("dani");
    person.hears("Sorry the chat is full, please try later");
    person.says("/join dina");
    person.hears("SERVER: dina joined the chat!");
    person.done();
    person.happens(Update::Ended(Disconnect::Closed));
    assert_eq!(person.done(), ["Refused the server closed the connection"]);
}

/// CONN-3
#[test]
fn a_server_without_room_for_a_connection_says_why_it_ends() {
    let mut person = Person::new(Some("dani"), Bell::default());
    person.happens(Update::Connected);
    person.hears("Sorry the chat is full, please try later");
    person.happens(Update::Ended(Disconnect::Full));
    assert_eq!(
        person.done(),
        ["Refused the room is full, please try later"]
    );
}

/// LIST-1
#[test]
fn only_a_list_that_was_asked_for_is_shown() {
    let mut person = Person::member();
    assert!(!person.screen(80, 16).join("\n").contains("-- 3 here"));
    person.says("/who");
    person.hears("Online: drew, ann, dani");
    assert!(
        person
            .screen(80, 16)
            .join("\n")
            .contains("-- 3 here: drew, ann, dani")
    );
}

/// LIST-1
#[test]
fn everyone_in_a_large_room_can_be_seen() {
    let mut person = Person::member();
    let names: Vec<String> = (0..1501)
        .map(|i| format!("a_rather_long_name-{i}"))
        .collect();
    person.says("/who");
    person.hears(&format!("Online: {}", names.join(", ")));
    let mut seen = String::new();
    for _ in 0..400 {
        seen.extend(
            person.screen(80, 16)[1..14]
                .iter()
                .map(|row| format!("{row} ")),
        );
        person.hits(KeyCode::PageUp);
    }
    assert!(seen.contains("-- 1501 here: a_rather_long_name-0, "));
    for name in names {
        assert!(seen.contains(&format!(" {name}")), "{name}");
    }
}

/// GRAM-2: a text about leaving does not leave.
#[test]
fn a_sentence_that_begins_with_a_command_is_said() {
    for sentence in [
        "quit smoking, drew",
        "List them all",
        "join us now!",
        "help me please",
        "QUIT now please",
        "Ping me when you are there",
        "msg me when you are there",
        "msg",
    ] {
        let mut person = Person::member();
        person.says(sentence);
        assert_eq!(person.done()[1], format!("BCST {sentence}"));
    }
}

#[test]
fn what_looks_like_a_command_or_a_private_line_is_asked_about_once() {
    for line in [
        "quit",
        "Help",
        "list",
        "join us",
        "ping bob",
        "msg drew psst",
        "PRIVMSG Drew x",
    ] {
        let mut person = Person::member();
        person.says(line);
        assert_eq!(person.done(), [""; 0]);
        let status = person.status();
        assert!(
            status.contains("Enter again says this to everyone"),
            "{status}"
        );
        assert_eq!(person.input(), format!("> {line}|"));
        // Not the next Enter, but the one that follows the question at once.
        person.types("x");
        person.hits(KeyCode::Backspace);
        person.hits(KeyCode::Enter);
        assert_eq!(person.done(), [""; 0]);
        person.hits(KeyCode::Enter);
        assert_eq!(person.done()[1], format!("BCST {line}"));
    }
    for line in [" /msg drew psst", " MESG drew psst", "msg drew one\ntwo"] {
        let mut person = Person::member();
        person.pastes(line);
        person.hits(KeyCode::Enter);
        assert_eq!(person.done(), [""; 0], "{line}");
        assert!(person.status().contains("/msg drew says it to drew alone"));
        person.hits(KeyCode::Enter);
        let first = line.trim_start().lines().next().unwrap();
        assert_eq!(person.done()[1], format!("BCST {first}"));
    }
    for (line, sent) in [
        ("/mesg drew psst", "MESG drew psst"),
        ("MESG drew psst", "MESG drew psst"),
        ("bcst hi", "BCST hi"),
        ("LIST", "LIST"),
        ("PING bob", "PING bob"),
        (" /msg zed psst", "BCST /msg zed psst"),
    ] {
        let mut person = Person::member();
        person.says(line);
        assert_eq!(person.done()[1], sent, "{line}");
    }
}

/// Where nothing can be said, a command needs no capitals.
#[test]
fn who_is_asked_for_a_name_can_leave_instead() {
    for line in ["quit", "QUIT", "/quit"] {
        let mut person = Person::visitor();
        person.says(line);
        assert_eq!(person.done(), ["QUIT"]);
    }
    let mut person = Person::visitor();
    person.says("join dani");
    assert_eq!(person.done(), ["JOIN dani"]);
}

#[test]
fn the_conversation_is_searched() {
    let mut person = Person::member();
    for i in 0..60 {
        person.hears(&format!(
            "drew: BCST line {i}, {}",
            if i % 20 == 3 { "Tea?" } else { "" }
        ));
    }
    person.says("/find tea?");
    assert_eq!(person.done(), ["keep /find tea?"]);
    assert!(
        person
            .status()
            .contains("1 of 3 with `tea?` (/find: older)")
    );
    let is_found = |screen: &[String], line: &str| {
        screen
            .iter()
            .any(|row| row.starts_with("====> ") && row.contains(line))
    };
    assert!(is_found(&person.screen(80, 16), "line 43, Tea?"));
    person.says("/find");
    assert!(person.status().contains("2 of 3"));
    assert!(is_found(&person.screen(80, 16), "line 23, Tea?"));
    person.says("/find coffee");
    assert!(person.status().contains("nothing has these words in it"));
    person.ctrl('u');
    person.hits(KeyCode::Esc);
    assert!(!person.screen(80, 16).join("\n").contains("====>"));
    assert!(person.screen(80, 16)[13].contains("line 59"));
}
