//! The values that a line stands for according to the document, built from its derivation.

use parlour::protocol::{
    Command, ErrorCode, Event, Line, Malformed, NameError, Names, Text, UserName, Verb, Word,
};
use parlour_spec::{Derivation, Oracle, Reading};

/// The expected result of `parse_line` for `line`.
pub(crate) fn line(oracle: &Oracle, line: &[u8]) -> Option<Line> {
    let (derivation, name) = match oracle.read_line(line) {
        Reading::Ignored => return None,
        Reading::Malformed(code, rule) => return Some(Err(malformed(code, rule.as_deref()))),
        Reading::Command(derivation, name) => (derivation, name),
    };
    let name = name.map(|name| UserName::new(&name).expect(&name));
    Some(Ok(match &*derivation.rule {
        "join" => Command::Join(name.expect("JOIN has a name")),
        "bcst" => Command::Bcst(text(&derivation, line)),
        "mesg" => Command::Mesg {
            to: name.expect("MESG has a name"),
            text: text(&derivation, line),
        },
        "list" => Command::List,
        "quit" => Command::Quit,
        "help" => Command::Help,
        "ping" => Command::Ping(word(&derivation, line)),
        rule => panic!("a command {rule} that the program does not know"),
    }))
}

/// The expected result of `parse_event` for `line`.
pub(crate) fn event(oracle: &Oracle, line: &[u8]) -> Option<Event> {
    let derivation = oracle.event(line)?;
    let name = |n| {
        let name = derivation.part(line, "username", n);
        UserName::new(name).expect(name)
    };
    Some(match &*derivation.rule {
        "greeting" => Event::Greeting,
        "joined" => Event::Joined(name(0)),
        "left" => Event::Left(name(0)),
        "broadcast" => Event::Broadcast {
            from: name(0),
            text: text(&derivation, line),
        },
        "private" => Event::Private {
            from: name(0),
            to: name(1),
            text: text(&derivation, line),
        },
        "online" => {
            let count = derivation.all("username").len();
            Event::Online(Names::new((0..count).map(name).collect()).expect("there is a name"))
        }
        "pong" => Event::Pong(word(&derivation, line)),
        "help-line" => Event::Help(text(&derivation, line)),
        "full" => Event::Full,
        "error" => {
            let code = derivation.part(line, "code", 0);
            Event::Error {
                code: ErrorCode::new(code).expect(code),
                text: text(&derivation, line),
            }
        }
        "shutting-down" => Event::ShuttingDown,
        "close" => Event::Close,
        rule => panic!("an event {rule} that the program does not know"),
    })
}

fn text(derivation: &Derivation, line: &[u8]) -> Text {
    let text = derivation.part(line, "text", 0);
    Text::new(text).expect(text)
}

fn word(derivation: &Derivation, line: &[u8]) -> Word {
    let word = derivation.part(line, "word", 0);
    Word::new(word).expect(word)
}

fn malformed(code: &str, rule: Option<&str>) -> Malformed {
    match code {
        "not-utf8" => Malformed::NotUtf8,
        "control-character" => Malformed::ControlCharacter,
        "unknown-command" => Malformed::UnknownCommand,
        "usage" => Malformed::Usage(
            rule.and_then(Verb::of)
                .expect("a rule is named like its verb"),
        ),
        "name-invalid" => Malformed::Name(NameError::Invalid),
        "name-reserved" => Malformed::Name(NameError::Reserved),
        code => panic!("a code {code} that no line has"),
    }
}
