//! Parses what a person types.
//!
//! A line is a command of the protocol in capitals with nothing to spare, a slash command, or else
//! a text for everyone. This is stricter than the grammar (GRAM-1, GRAM-2), to which every sentence
//! that begins with `quit` or `list` is a command. A space before a line, or a second slash, makes
//! a text of what looks like a command.

use std::fmt::Write;
use std::io;

use bytes::BytesMut;
use thiserror::Error;
use tokio_util::codec::Decoder;

use crate::client::MAX_LINE;
use crate::protocol::{Command, Frame, LineFramer, Malformed, UserName, Verb, parse_line};

/// The slash commands, their verbs and their usage. A verb with a slash before it is one too.
const SLASH_COMMANDS: [(&str, Verb, &str); 4] = [
    ("/join", Verb::Join, "/join username"),
    ("/msg", Verb::Mesg, "/msg username text"),
    ("/who", Verb::List, "/who"),
    ("/quit", Verb::Quit, "/quit"),
];

/// What a typed line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// A command to send.
    Command(Command),
    /// The BCST for a line without a verb, which only a member can send.
    Say(Command),
    /// The BCST for a line that looks like something else: ask the person before sending it.
    Unsure(Command, Doubt),
    /// Show the help; nothing is sent.
    Help,
}

/// What a line may be meant as that is said if it is taken as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Doubt {
    #[error("in capitals it is a command")]
    Command(Command),
    #[error("/msg {0} says it to {0} alone")]
    Private(UserName),
}

/// Why a typed line is wrong. Escape its `Display` before it goes to a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum TypedError {
    /// LINE-2
    #[error("not sent, the line is too long: the server takes {MAX_LINE} octets")]
    TooLong,
    /// LINE-3, LINE-4, GRAM-4
    #[error("not sent: {0}")]
    Malformed(Malformed),
    /// GRAM-3
    #[error("not sent: the usage is {0} (to say it, type a space before it)")]
    Usage(&'static str),
    #[error("not sent: there is no {0}, /help lists what there is (to say it, type //)")]
    NoSuchCommand(String),
}

/// Parses a line, given without its end. Returns `None` if it is empty or only spaces.
pub(crate) fn parse(line: &[u8]) -> Option<Result<Typed, TypedError>> {
    let parsed = parse_line(line)?;
    let line = &String::from_utf8_lossy(line);
    let (word, rest) = split_word(line);
    let is_capital = !word.contains(|c: char| c.is_lowercase());
    Some(match parsed {
        Err(malformed @ (Malformed::NotUtf8 | Malformed::ControlCharacter)) => {
            Err(TypedError::Malformed(malformed))
        }
        Ok(Command::List | Command::Quit) | Err(Malformed::Usage(Verb::Help))
            if !rest.trim_matches(' ').is_empty() =>
        {
            say(line)
        }
        // These two verbs are no words of a language.
        Ok(command @ (Command::Bcst(_) | Command::Mesg { .. })) => Ok(Typed::Command(command)),
        Ok(command) if is_capital => Ok(Typed::Command(command)),
        Ok(command) => unsure(line, Doubt::Command(command)),
        Err(Malformed::UnknownCommand) => parse_unknown(line),
        Err(_) if !is_capital && matches!(Verb::of(word), Some(Verb::Join | Verb::Ping)) => {
            say(line)
        }
        Err(Malformed::Usage(verb)) => Err(TypedError::Usage(verb.usage())),
        Err(malformed) => Err(TypedError::Malformed(malformed)),
    })
}

/// The first word of a line, and the rest with the spaces before it.
fn split_word(line: &str) -> (&str, &str) {
    line.split_at(line.find(' ').unwrap_or(line.len()))
}

/// Parses a line that does not begin with a verb.
fn parse_unknown(line: &str) -> Result<Typed, TypedError> {
    if let Some(to) = private(line) {
        return unsure(line, Doubt::Private(to));
    }
    let (word, rest) = split_word(line);
    if !word.starts_with('/') {
        return say(line);
    }
    if let Some(text) = line.strip_prefix("//") {
        return say(&format!("/{text}"));
    }
    if word == "/help" {
        return Ok(Typed::Help);
    }
    let named = |(slashed, ..): &(&str, _, _)| slashed.eq_ignore_ascii_case(word);
    let known = SLASH_COMMANDS.into_iter().find(named);
    let known = known.map(|(_, verb, usage)| (verb, usage));
    let known = known.or_else(|| Verb::of(&word[1..]).map(|verb| (verb, verb.usage())));
    let Some((verb, usage)) = known else {
        return Err(TypedError::NoSuchCommand(word.to_owned()));
    };
    command(&format!("{verb}{rest}"), usage).map(Typed::Command)
}

/// The verbs of private lines, here and elsewhere.
const PRIVATE_VERBS: [&str; 3] = ["mesg", "msg", "privmsg"];

/// The addressee, if this looks like a private line without its slash or with a space before it.
fn private(line: &str) -> Option<UserName> {
    let bare = line.trim_start_matches(' ');
    let slashed = bare.strip_prefix('/').filter(|_| bare.len() < line.len());
    let (word, rest) = split_word(slashed.unwrap_or(bare));
    let mut verbs = PRIVATE_VERBS.iter();
    verbs.find(|verb| verb.eq_ignore_ascii_case(word))?;
    match parse_line(format!("MESG{rest}").as_bytes()) {
        Some(Ok(Command::Mesg { to, .. })) => Some(to),
        _ => None,
    }
}

fn say(text: &str) -> Result<Typed, TypedError> {
    bcst(text).map(Typed::Say)
}

fn unsure(text: &str, doubt: Doubt) -> Result<Typed, TypedError> {
    bcst(text).map(|bcst| Typed::Unsure(bcst, doubt))
}

fn bcst(text: &str) -> Result<Command, TypedError> {
    command(&format!("BCST {text}"), Verb::Bcst.usage())
}

fn command(line: &str, usage: &'static str) -> Result<Command, TypedError> {
    let read = parse_line(line.as_bytes()).expect("a line with a verb is not empty");
    read.map_err(|malformed| {
        if let Malformed::Usage(_) = malformed {
            TypedError::Usage(usage)
        } else {
            TypedError::Malformed(malformed)
        }
    })
}

/// All slash commands.
pub(crate) fn slash_commands() -> impl Iterator<Item = &'static str> {
    SLASH_COMMANDS
        .into_iter()
        .map(|(slashed, ..)| slashed)
        .chain(["/help"])
}

/// The help text: everything that a person can type.
pub(crate) fn help() -> String {
    let mut help = String::new();
    for verb in Verb::ALL {
        writeln!(help, "{}", verb.help()).expect("a String grows as needed");
    }
    for (_, verb, usage) in SLASH_COMMANDS {
        writeln!(help, "{usage}: the same as {}", verb.usage()).expect("a String grows as needed");
    }
    help.push_str(
        "/help: see these lines\n\
         anything else, in lower case too, is said to everyone in the room;\n\
         a space before a line, or // for a /, says what would be a command",
    );
    help
}

/// Splits the input into lines (LINE-1, LINE-2) and parses them. The last line needs no LF.
pub(crate) struct TypedLines(LineFramer);

impl TypedLines {
    pub(crate) fn new() -> Self {
        Self(LineFramer::new(MAX_LINE))
    }
}

impl Decoder for TypedLines {
    type Item = Result<Typed, TypedError>;
    type Error = io::Error;

    fn decode(&mut self, src: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        Ok(self.0.next(src, parse_frame))
    }

    fn decode_eof(&mut self, src: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        let typed = self.0.next(src, parse_frame);
        Ok(typed.or_else(|| self.0.rest(src, parse_frame)))
    }
}

fn parse_frame(frame: Frame<'_>) -> Option<Result<Typed, TypedError>> {
    match frame {
        Frame::Line(line) => parse(line),
        Frame::TooLong => Some(Err(TypedError::TooLong)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the line means, as text.
    fn meaning(line: &str) -> String {
        match parse(line.as_bytes()) {
            None => "nothing".to_owned(),
            Some(Ok(Typed::Command(command))) => format!("ask {command}"),
            Some(Ok(Typed::Say(command))) => format!("say {command}"),
            Some(Ok(Typed::Unsure(command, doubt))) => format!("say {command}? {doubt}"),
            Some(Ok(Typed::Help)) => "help".to_owned(),
            Some(Err(complaint)) => complaint.to_string(),
        }
    }

    /// GRAM-1
    #[test]
    fn commands_of_the_protocol_are_in_capitals_with_nothing_to_spare() {
        for line in [
            "JOIN dani",
            "BCST hi",
            "MESG drew hi",
            "LIST",
            "QUIT",
            "HELP",
            "PING 1",
        ] {
            assert_eq!(meaning(line), format!("ask {line}"));
        }
        assert_eq!(meaning("QUIT  "), "ask QUIT");
        // No word of a language begins so, and a private line stays private.
        assert_eq!(meaning("bcst  hi"), "ask BCST hi");
        assert_eq!(meaning("Mesg drew hi"), "ask MESG drew hi");
        assert!(meaning("mesg drew").contains("usage is MESG username text"));
    }

    /// GRAM-1, GRAM-2: the server would take some of these for commands.
    #[test]
    fn a_sentence_that_begins_with_a_verb_is_said() {
        for line in [
            "help me",
            "list of things",
            "quit smoking today",
            "QUIT now please",
            "HELP me",
            "LIST of things",
            "join us now",
            "join b/o/b",
            "ping",
            "Ping me later",
        ] {
            assert_eq!(meaning(line), format!("say BCST {line}"));
        }
    }

    #[test]
    fn a_slip_is_asked_about() {
        for line in ["quit", "List", "help ", "join us", "Ping bob"] {
            let asked = format!("say BCST {line}? in capitals it is a command");
            assert_eq!(meaning(line), asked);
        }
        for line in [
            "msg zed psst",
            "PRIVMSG zed psst",
            " msg zed psst",
            " /msg zed psst",
            "  /mesg zed psst",
            " MESG zed psst",
        ] {
            let said = line.trim_start();
            let asked = format!("say BCST {said}? /msg zed says it to zed alone");
            assert_eq!(meaning(line), asked);
        }
        assert_eq!(meaning("msg zed"), "say BCST msg zed");
        assert_eq!(meaning("//msg zed psst"), "say BCST /msg zed psst");
    }

    #[test]
    fn slash_commands_mean_the_same_as_verbs() {
        assert_eq!(meaning("/mesg drew hi"), "ask MESG drew hi");
        assert_eq!(meaning("/MSG drew hi"), "ask MESG drew hi");
        assert_eq!(meaning("/msg drew hi, drew"), "ask MESG drew hi, drew");
        assert_eq!(meaning("/join dani "), "ask JOIN dani");
        assert_eq!(meaning("/who"), "ask LIST");
        assert_eq!(meaning("/quit"), "ask QUIT");
        assert_eq!(meaning("/help"), "help");
    }

    #[test]
    fn a_line_that_begins_with_no_verb_is_said() {
        assert_eq!(meaning("hello, everyone!"), "say BCST hello, everyone!");
        assert_eq!(meaning("lists are nice"), "say BCST lists are nice");
        assert_eq!(meaning("//x"), "say BCST /x");
        assert_eq!(meaning("//"), "say BCST /");
        assert_eq!(meaning(" quit smoking"), "say BCST quit smoking");
        assert_eq!(meaning(" /who"), "say BCST /who");
        assert_eq!(meaning("a/b"), "say BCST a/b");
    }

    /// LINE-5
    #[test]
    fn an_empty_line_is_nothing() {
        assert_eq!(meaning(""), "nothing");
        assert_eq!(meaning("   "), "nothing");
    }

    /// GRAM-3, GRAM-4, LINE-3, LINE-4
    #[test]
    fn lines_that_cannot_be_sent_are_reported() {
        assert!(meaning("JOIN").contains("usage is JOIN username"));
        assert!(meaning("/msg drew").contains("usage is /msg username text"));
        assert!(meaning("/join b/o/b").contains("a name has"));
        assert!(meaning("JOIN server").contains("reserved"));
        assert!(meaning("/nick dani").contains("there is no /nick"));
        assert!(meaning("/").contains("there is no /"));
        assert!(meaning("a\u{1b}[2J").contains("control characters"));
        assert!(meaning("//\u{202e}").contains("control characters"));
        assert_eq!(
            parse(b"caf\xe9"),
            Some(Err(TypedError::Malformed(Malformed::NotUtf8)))
        );
    }

    /// LINE-1, LINE-2
    #[test]
    fn the_last_line_needs_no_end_and_a_long_one_is_one_error() {
        let mut lines = TypedLines::new();
        let mut src = BytesMut::from("/who\r\n");
        src.extend_from_slice(&[b'x'; 3 * MAX_LINE]);
        src.extend_from_slice(b"\nLIST");
        let mut read = Vec::new();
        while let Some(typed) = lines.decode_eof(&mut src).unwrap() {
            read.push(typed);
        }
        let list = Ok(Typed::Command(Command::List));
        assert_eq!(read, [list.clone(), Err(TypedError::TooLong), list]);
    }
}
