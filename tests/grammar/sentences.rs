//! Random lines: of the grammar, close to it, and from values. The seeds are fixed.

use parlour::protocol::{
    Command, ErrorCode, Event, Names, Text, UserName, Verb, Word, is_char, parse_event, parse_line,
};
use parlour_spec::{Kind, Oracle, Random, Sentences};

use crate::parser::show;
use crate::{expected, is_deep};

const NAMES: &[&str] = &[
    "dani",
    "Drew",
    "a",
    "BCST",
    "JOIN",
    "_",
    "-.-",
    "dани",
    "李",
    "é",
    "e\u{301}",
    "ǅ",
    "٣",
    "½",
    "a:b",
    "b/o/b",
    "x\u{300}",
    "x\u{300}\u{300}",
    "x\u{300}\u{302}\u{323}\u{331}",
    "x\u{300}\u{302}\u{303}",
    "\u{1ebf}\u{300}",
    "ก\u{e48}\u{e49}\u{e34}\u{e4a}",
    "ကျွော်",
    "i\u{307}",
    "x\u{93f}",
    "\u{93f}",
    "_\u{301}",
    "अनिल",
    "ကျော်",
    "ខ្មែរ",
    "0nline",
    "cIose",
    "SERVER",
    "server",
    "Sorry",
    "PONG",
    "HELP",
    "S\u{415}RVER",
    "\u{fb01}",
    "ß",
    "abcdefghijklmnopqrstuvwxyzabcdef",
    "abcdefghijklmnopqrstuvwxyzabcdefg",
    "\u{2126}",
    "a\u{200d}b",
    "한글",
    "\u{1112}\u{1161}\u{11ab}",
    "Ⓐ",
    "ﬀ",
    "ⅷ",
];
const BEYOND: &[&str] = &[
    "é",
    "ß",
    "ж",
    "李",
    "한",
    "👩",
    "\u{a0}",
    "\u{301}",
    "\u{200d}",
    "\u{2027}",
    "\u{202f}",
    "\u{2065}",
    "\u{206a}",
    "\u{feff}",
    "\u{10ffff}",
    "\u{d7ff}",
    "\u{e000}",
    "\u{7ff}",
    "\u{800}",
    "\u{ffff}",
    "\u{10000}",
];

fn sentences(seed: u64) -> Sentences<'static> {
    let sentences = Sentences::new(&Oracle::parlour().grammar, seed);
    sentences
        .with("word", NAMES)
        .with("beyond", BEYOND)
        .with("name-char", &["a", "é", "Z", "9"])
}

fn rounds() -> usize {
    if is_deep() { 500_000 } else { 5_000 }
}

/// GRAM-2, GRAM-4, NAME-1, NAME-2, NAME-5, NAME-7
///
/// > GRAM-2: One space or more part a verb, a name and a text, and belong to none of them. A `text`
/// > is taken as it stands, the spaces at its end included. Spaces at the end of any other command,
/// > and anything that follows `LIST` or `QUIT` after a space, are ignored.
#[test]
fn a_command_of_the_grammar_is_read_as_the_value_it_was_derived_with() {
    let oracle = Oracle::parlour();
    let mut sentences = sentences(1);
    let mut read = 0;
    for _ in 0..rounds() {
        let line = sentences.derive("command");
        let kind = &oracle.kinds[oracle.commands.label(&line) as usize];
        assert!(matches!(kind, Kind::Command(_)), "{}", show(&line));
        let expected = expected::line(oracle, &line);
        assert_eq!(parse_line(&line), expected, "{}", show(&line));
        read += usize::from(matches!(expected, Some(Ok(_))));
    }
    assert!(read > rounds() / 2, "most have a name that is one: {read}");
}

/// GRAM-5
#[test]
fn an_event_of_the_grammar_is_read_as_the_value_it_was_derived_with() {
    let oracle = Oracle::parlour();
    let mut sentences = sentences(2);
    let mut read = 0;
    for _ in 0..rounds() {
        let line = sentences.derive("event");
        assert_ne!(oracle.events.label(&line), 0, "{}", show(&line));
        let expected = expected::event(oracle, &line);
        let event = parse_event(&line);
        assert_eq!(event, expected, "{}", show(&line));
        if let Some(event) = event {
            assert_eq!(
                event.to_string().as_bytes(),
                line,
                "an event is written in one way"
            );
            read += 1;
        }
    }
    assert!(read > rounds() / 4, "many have names that are: {read}");
}

/// GRAM-3, LINE-3, LINE-4, LINE-6
#[test]
fn next_to_the_grammar_the_parser_and_the_document_agree() {
    let oracle = Oracle::parlour();
    let mut sentences = sentences(3);
    let (mut in_it, mut out_of_it) = (0, 0);
    for round in 0..rounds() {
        let rule = if round % 2 == 0 { "command" } else { "event" };
        let line = sentences.derive(rule);
        let line = sentences.mutate(&line);
        let command = parse_line(&line);
        assert_eq!(command, expected::line(oracle, &line), "{}", show(&line));
        let event = parse_event(&line);
        assert_eq!(event, expected::event(oracle, &line), "{}", show(&line));
        match matches!(command, Some(Ok(_))) || event.is_some() {
            true => in_it += 1,
            false => out_of_it += 1,
        }
    }
    assert!(
        in_it > rounds() / 20 && out_of_it > rounds() / 20,
        "{in_it} {out_of_it}"
    );
}

/// GRAM-1, CONN-2: everything that can be written is in the language, under its own rule, and reads
/// back.
#[test]
fn every_command_is_written_as_the_grammar_has_it_and_reads_back() {
    let oracle = Oracle::parlour();
    let mut values = Values(Random::new(4));
    for _ in 0..rounds() {
        let command = values.command();
        let line = command.to_string();
        let rule = Kind::Command(command.verb().as_str().to_lowercase());
        let kind = &oracle.kinds[oracle.commands.label(line.as_bytes()) as usize];
        assert_eq!(kind, &rule, "{line:?}");
        assert!(line.starts_with(command.verb().as_str()), "{line:?}");
        assert_eq!(parse_line(line.as_bytes()), Some(Ok(command)), "{line:?}");
    }
}

/// GRAM-5, NAME-6
#[test]
fn every_event_is_written_as_the_grammar_has_it_and_reads_back() {
    let oracle = Oracle::parlour();
    let mut values = Values(Random::new(5));
    for _ in 0..rounds() {
        let (rule, event) = values.event();
        let line = event.to_string();
        let derivation = oracle.event(line.as_bytes());
        let derived_by = derivation.map(|derivation| derivation.rule.to_string());
        assert_eq!(derived_by.as_deref(), Some(rule), "{line:?}");
        assert_eq!(parse_event(line.as_bytes()), Some(event), "{line:?}");
    }
}

/// Random values that their constructors allow.
struct Values(Random);

impl Values {
    fn character(&mut self) -> char {
        let bound = *self.0.one(&[0x80, 0x80, 0x800, 0x1_0000, 0x11_0000]);
        loop {
            if let Some(c) = char::from_u32(self.0.below(bound) as u32) {
                return c;
            }
        }
    }

    fn string(&mut self, max: usize, fits: impl Fn(char) -> bool) -> String {
        let chars = 1 + self.0.below(max);
        let mut string = String::new();
        while string.chars().count() < chars {
            string.extend(Some(self.character()).filter(|&c| fits(c)));
        }
        string
    }

    fn name(&mut self) -> UserName {
        loop {
            let written = match self.0.below(2) {
                0 => (*self.0.one(NAMES)).to_owned(),
                _ => self.string(UserName::MAX_CHARS, char::is_alphanumeric),
            };
            if let Ok(name) = UserName::new(&written) {
                return name;
            }
        }
    }

    fn text(&mut self) -> Text {
        loop {
            if let Ok(text) = Text::new(&self.string(40, is_char)) {
                return text;
            }
        }
    }

    fn word(&mut self) -> Word {
        let word = self.string(20, |c| is_char(c) && c != ' ' && c != '\t');
        Word::new(&word).expect("these are visible")
    }

    /// Of section 9 or of a later version.
    fn code(&mut self) -> ErrorCode {
        match self.0.below(2) {
            0 => self.0.one(&ErrorCode::ALL).clone(),
            _ => {
                let code = self.string(
                    ErrorCode::MAX_LEN,
                    |c| matches!(c, 'a'..='z' | '0'..='9' | '-'),
                );
                ErrorCode::new(&code).expect("it has the characters of a code")
            }
        }
    }

    fn command(&mut self) -> Command {
        match *self.0.one(&Verb::ALL) {
            Verb::Join => Command::Join(self.name()),
            Verb::Bcst => Command::Bcst(self.text()),
            Verb::Mesg => Command::Mesg {
                to: self.name(),
                text: self.text(),
            },
            Verb::List => Command::List,
            Verb::Quit => Command::Quit,
            Verb::Help => Command::Help,
            Verb::Ping => Command::Ping(self.word()),
        }
    }

    /// A line, and the rule that derives it.
    fn event(&mut self) -> (&'static str, Event) {
        let rules = Oracle::parlour().grammar.alternatives("event");
        let rule = *self.0.one(&rules);
        let event = match rule {
            "greeting" => Event::Greeting,
            "joined" => Event::Joined(self.name()),
            "left" => Event::Left(self.name()),
            "broadcast" => Event::Broadcast {
                from: self.name(),
                text: self.text(),
            },
            "private" => Event::Private {
                from: self.name(),
                to: self.name(),
                text: self.text(),
            },
            "online" => {
                let count = 1 + self.0.below(12);
                let names = (0..count).map(|_| self.name()).collect();
                Event::Online(Names::new(names).expect("there is a name"))
            }
            "pong" => Event::Pong(self.word()),
            "help-line" => Event::help(*self.0.one(&Verb::ALL)),
            "full" => Event::Full,
            "error" => Event::Error {
                code: self.code(),
                text: self.text(),
            },
            "shutting-down" => Event::ShuttingDown,
            "close" => Event::Close,
            rule => panic!("an event {rule} that the program does not know"),
        };
        (rule, event)
    }
}
