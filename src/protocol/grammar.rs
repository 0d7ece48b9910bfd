//! The grammar of spec section 3: one function for each rule, with the rule's name, in the spec's
//! order, with the rule above it.
//!
//! [`parse_line`] and [`parse_event`] are the entry points. They accept what the ABNF derives, and
//! then check names by [`UserName::new`], whose rules (section 4) ABNF cannot express. They read a
//! whole line, from its beginning (SEC-4).

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while, take_while1};
use nom::combinator::{all_consuming, cut, map, map_opt, map_res, rest, value, verify};
use nom::error::{ErrorKind, FromExternalError, ParseError};
use nom::multi::separated_list1;
use nom::sequence::{delimited, preceded, separated_pair, terminated};
use nom::{IResult, Parser};

use super::event::words;
use super::text::{forbidden, is_visible};
use super::{
    Command, ErrorCode, Event, Line, Malformed, NameError, Names, Text, UserName, Verb, Word,
};

/// Parses a client's line, without its line end. `None` for a line that is ignored (LINE-5).
pub fn parse_line(octets: &[u8]) -> Option<Line> {
    if octets.iter().all(|&octet| octet == b' ') {
        return None;
    }
    Some(
        characters(octets).and_then(|line| match all_consuming(command).parse(line) {
            Ok((_, command)) => Ok(command),
            Err(nom::Err::Error(malformed) | nom::Err::Failure(malformed)) => Err(malformed),
            Err(nom::Err::Incomplete(_)) => unreachable!("these are parsers of complete lines"),
        }),
    )
}

/// Parses a server's line, without its line end. `None` for a line that is no event.
pub fn parse_event(octets: &[u8]) -> Option<Event> {
    let line = characters(octets).ok()?;
    let (_, event) = all_consuming(event).parse(line).ok()?;
    Some(event)
}

/// LINE-3 and LINE-4, in the order of LINE-6.
fn characters(octets: &[u8]) -> Result<&str, Malformed> {
    let line = std::str::from_utf8(octets).map_err(|_| Malformed::NotUtf8)?;
    match forbidden(line) {
        None => Ok(line),
        Some(_) => Err(Malformed::ControlCharacter),
    }
}

/// `text = text-start *char`
fn text<'a, E: LineError<'a>>(i: &'a str) -> IResult<&'a str, Text, E> {
    map_opt(rest, |text| Text::new(text).ok()).parse(i)
}

/// `word = 1*visible`
fn word<'a, E: LineError<'a>>(i: &'a str) -> IResult<&'a str, &'a str, E> {
    take_while1(is_visible).parse(i)
}

/// `1*SP` (GRAM-2)
fn spaces<'a, E: LineError<'a>>(i: &'a str) -> IResult<&'a str, &'a str, E> {
    take_while1(|c| c == ' ').parse(i)
}

/// `*SP`, at the end of a line
fn trailing<'a, E: LineError<'a>>(i: &'a str) -> IResult<&'a str, &'a str, E> {
    all_consuming(take_while(|c| c == ' ')).parse(i)
}

/// `command = join / bcst / mesg / list / quit / help / ping`
fn command(i: &str) -> IResult<&str, Command, Malformed> {
    alt((join, bcst, mesg, list, quit, help, ping)).parse(i)
}

/// `join = "JOIN" 1*SP word *SP`
fn join(i: &str) -> IResult<&str, Command, Malformed> {
    let arguments = delimited(spaces, word, trailing);
    let name = map_res(with(Verb::Join, arguments), UserName::new);
    preceded(verb(Verb::Join), cut(map(name, Command::Join))).parse(i)
}

/// `bcst = "BCST" 1*SP text`
fn bcst(i: &str) -> IResult<&str, Command, Malformed> {
    let arguments = preceded(spaces, map(text, Command::Bcst));
    preceded(verb(Verb::Bcst), with(Verb::Bcst, arguments)).parse(i)
}

/// `mesg = "MESG" 1*SP word 1*SP text`
fn mesg(i: &str) -> IResult<&str, Command, Malformed> {
    let arguments = preceded(spaces, separated_pair(word, spaces, text));
    let addressed = map_res(with(Verb::Mesg, arguments), |(name, text)| {
        UserName::new(name).map(|to| Command::Mesg { to, text })
    });
    preceded(verb(Verb::Mesg), cut(addressed)).parse(i)
}

/// `list = "LIST" [SP *char]`
fn list(i: &str) -> IResult<&str, Command, Malformed> {
    value(Command::List, (verb(Verb::List), rest)).parse(i)
}

/// `quit = "QUIT" [SP *char]`
fn quit(i: &str) -> IResult<&str, Command, Malformed> {
    value(Command::Quit, (verb(Verb::Quit), rest)).parse(i)
}

/// `help = "HELP" *SP`
fn help(i: &str) -> IResult<&str, Command, Malformed> {
    value(
        Command::Help,
        (verb(Verb::Help), with(Verb::Help, trailing)),
    )
    .parse(i)
}

/// `ping = "PING" 1*SP word *SP`
fn ping(i: &str) -> IResult<&str, Command, Malformed> {
    let arguments = delimited(spaces, map_opt(word, |word| Word::new(word).ok()), trailing);
    preceded(
        verb(Verb::Ping),
        with(Verb::Ping, map(arguments, Command::Ping)),
    )
    .parse(i)
}

/// The first word of a line, if it is this verb (GRAM-1, GRAM-3).
fn verb<'a>(wanted: Verb) -> impl Parser<&'a str, Output = &'a str, Error = Malformed> {
    verify(take_till(|c| c == ' '), move |word: &str| {
        word.eq_ignore_ascii_case(wanted.as_str())
    })
}

/// What follows a verb. If `arguments` does not parse it, the line is malformed, and no other rule
/// is tried (GRAM-3).
fn with<'a, O>(
    verb: Verb,
    mut arguments: impl Parser<&'a str, Output = O, Error = Malformed>,
) -> impl FnMut(&'a str) -> IResult<&'a str, O, Malformed> {
    move |i| {
        let usage = |_| nom::Err::Failure(Malformed::Usage(verb));
        arguments.parse(i).map_err(usage)
    }
}

/// `event = greeting / joined / left / broadcast / private / online / pong / help-line / full
/// / error / shutting-down / close`
fn event(i: &str) -> IResult<&str, Event> {
    let alternatives = (
        greeting,
        joined,
        left,
        broadcast,
        private,
        online,
        pong,
        help_line,
        full,
        error,
        shutting_down,
        close,
    );
    alt(alternatives).parse(i)
}

/// `greeting = %s"Enter JOIN followed by your username: JOIN username"`
fn greeting(i: &str) -> IResult<&str, Event> {
    value(Event::Greeting, all_consuming(tag(words::GREETING))).parse(i)
}

/// `joined = %s"SERVER: " username %s" joined the chat!"`
fn joined(i: &str) -> IResult<&str, Event> {
    let name = delimited(
        tag(words::SERVER),
        username,
        all_consuming(tag(words::JOINED)),
    );
    map(name, Event::Joined).parse(i)
}

/// `left = username %s" has left the chat"`
fn left(i: &str) -> IResult<&str, Event> {
    let name = terminated(username, all_consuming(tag(words::LEFT)));
    map(name, Event::Left).parse(i)
}

/// `broadcast = username %s": BCST " text`
fn broadcast(i: &str) -> IResult<&str, Event> {
    let parts = separated_pair(username, tag(words::BCST), text);
    map(parts, |(from, text)| Event::Broadcast { from, text }).parse(i)
}

/// `private = username %s": MESG " username SP text`
fn private(i: &str) -> IResult<&str, Event> {
    let parts = (username, tag(words::MESG), username, tag(" "), text);
    map(parts, |(from, _, to, _, text)| Event::Private {
        from,
        to,
        text,
    })
    .parse(i)
}

/// `online = %s"Online: " username *(%s", " username)`
fn online(i: &str) -> IResult<&str, Event> {
    let names = all_consuming(separated_list1(tag(", "), username));
    map_opt(preceded(tag(words::ONLINE), names), |names| {
        Names::new(names).map(Event::Online)
    })
    .parse(i)
}

/// `pong = %s"PONG " word`
fn pong(i: &str) -> IResult<&str, Event> {
    let word = map_opt(all_consuming(word), |word| Word::new(word).ok());
    map(preceded(tag(words::PONG), word), Event::Pong).parse(i)
}

/// `help-line = %s"HELP " text`
fn help_line(i: &str) -> IResult<&str, Event> {
    map(preceded(tag(words::HELP), text), Event::Help).parse(i)
}

/// `full = %s"Sorry the chat is full, please try later"`
fn full(i: &str) -> IResult<&str, Event> {
    value(Event::Full, all_consuming(tag(words::FULL))).parse(i)
}

/// `error = %s"ERROR " code %s": " text`
fn error(i: &str) -> IResult<&str, Event> {
    let parts = preceded(tag(words::ERROR), separated_pair(code, tag(": "), text));
    map(parts, |(code, text)| Event::Error { code, text }).parse(i)
}

/// `shutting-down = %s"SERVER: shutting down"`
fn shutting_down(i: &str) -> IResult<&str, Event> {
    value(
        Event::ShuttingDown,
        all_consuming(tag(words::SHUTTING_DOWN)),
    )
    .parse(i)
}

/// `close = %s"close"`
fn close(i: &str) -> IResult<&str, Event> {
    value(Event::Close, all_consuming(tag(words::CLOSE))).parse(i)
}

/// `username = 1*32name-char`, in NFC, where NAME-2 says which characters beyond ASCII are
/// `name-char`, and NAME-5 excludes `reserved`
fn username(i: &str) -> IResult<&str, UserName> {
    let name = take_while1(|c| is_visible(c) && !matches!(c, ':' | ','));
    map_opt(name, |name| {
        UserName::new(name)
            .ok()
            .filter(|made| made.as_str() == name)
    })
    .parse(i)
}

/// `code = 1*32(%x61-7A / DIGIT / "-")`
fn code(i: &str) -> IResult<&str, ErrorCode> {
    map_opt(take_till(|c| c == ':'), ErrorCode::new).parse(i)
}

/// The error types with which a rule that both directions share can fail.
trait LineError<'a>: ParseError<&'a str> {}

impl<'a, E: ParseError<&'a str>> LineError<'a> for E {}

impl ParseError<&str> for Malformed {
    /// No verb fits (GRAM-3).
    fn from_error_kind(_: &str, _: ErrorKind) -> Self {
        Self::UnknownCommand
    }

    fn append(_: &str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl FromExternalError<&str, NameError> for Malformed {
    fn from_external_error(_: &str, _: ErrorKind, name: NameError) -> Self {
        Self::Name(name)
    }
}
