//! Events: what the server tells a client (spec sections 3.3 and 9).

use std::fmt;

use thiserror::Error;

use super::{Malformed, Text, UserName, Verb, Word};

/// What the server tells a client, one a line. Its `Display` is the line without its line end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The first line on a connection: how to join (CONN-2).
    Greeting,
    /// This member joined (JOIN-1).
    Joined(UserName),
    /// This member left (QUIT-2).
    Left(UserName),
    /// A member says something to everyone (BCST-1).
    Broadcast {
        /// Who says it.
        from: UserName,
        /// What is said.
        text: Text,
    },
    /// A member says something to the receiver alone (MESG-1).
    Private {
        /// Who says it.
        from: UserName,
        /// The addressee, which is the receiver.
        to: UserName,
        /// What is said.
        text: Text,
    },
    /// Who is in the room, in the order of joining (LIST-1).
    Online(Names),
    /// The answer to a PING (PING-1).
    Pong(Word),
    /// One line of the answer to HELP (HELP-1).
    Help(Text),
    /// There is no free seat, or no free connection.
    Full,
    /// Why a line did nothing (ERR-1, ERR-2).
    Error {
        /// For programs.
        code: ErrorCode,
        /// For people.
        text: Text,
    },
    /// The server stops (SHUT-1).
    ShuttingDown,
    /// The last line of every connection that the server ends (CONN-4).
    Close,
}

impl Event {
    /// The line of this verb in the answer to HELP.
    pub fn help(verb: Verb) -> Self {
        Self::Help(Text::new(verb.help()).expect("the help is a text"))
    }

    fn error(code: ErrorCode, reason: &impl ToString) -> Self {
        let text = Text::new(&reason.to_string()).expect("every reason is a text");
        Self::Error { code, text }
    }
}

impl From<Malformed> for Event {
    fn from(malformed: Malformed) -> Self {
        Self::error(malformed.code(), &malformed)
    }
}

impl From<Refusal> for Event {
    fn from(refusal: Refusal) -> Self {
        Self::error(refusal.code(), &refusal)
    }
}

/// The words of the events, for writing and reading (spec section 3.3).
pub(super) mod words {
    pub(in crate::protocol) const GREETING: &str =
        "Enter JOIN followed by your username: JOIN username";
    pub(in crate::protocol) const SERVER: &str = "SERVER: ";
    pub(in crate::protocol) const JOINED: &str = " joined the chat!";
    pub(in crate::protocol) const LEFT: &str = " has left the chat";
    pub(in crate::protocol) const BCST: &str = ": BCST ";
    pub(in crate::protocol) const MESG: &str = ": MESG ";
    pub(in crate::protocol) const ONLINE: &str = "Online: ";
    pub(in crate::protocol) const PONG: &str = "PONG ";
    pub(in crate::protocol) const HELP: &str = "HELP ";
    pub(in crate::protocol) const FULL: &str = "Sorry the chat is full, please try later";
    pub(in crate::protocol) const ERROR: &str = "ERROR ";
    pub(in crate::protocol) const SHUTTING_DOWN: &str = "SERVER: shutting down";
    pub(in crate::protocol) const CLOSE: &str = "close";
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use words::{
            BCST, CLOSE, ERROR, FULL, GREETING, HELP, JOINED, LEFT, MESG, ONLINE, PONG, SERVER,
            SHUTTING_DOWN,
        };
        match self {
            Self::Greeting => f.write_str(GREETING),
            Self::Joined(name) => write!(f, "{SERVER}{name}{JOINED}"),
            Self::Left(name) => write!(f, "{name}{LEFT}"),
            Self::Broadcast { from, text } => write!(f, "{from}{BCST}{text}"),
            Self::Private { from, to, text } => write!(f, "{from}{MESG}{to} {text}"),
            Self::Online(names) => write!(f, "{ONLINE}{names}"),
            Self::Pong(word) => write!(f, "{PONG}{word}"),
            Self::Help(text) => write!(f, "{HELP}{text}"),
            Self::Full => f.write_str(FULL),
            Self::Error { code, text } => write!(f, "{ERROR}{code}: {text}"),
            Self::ShuttingDown => f.write_str(SHUTTING_DOWN),
            Self::Close => f.write_str(CLOSE),
        }
    }
}

/// The names of an [`Event::Online`]: at least one, because the member that asks is in the room.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Names(Vec<UserName>);

impl Names {
    /// The names in their order, or `None` if there are none.
    pub fn new(names: Vec<UserName>) -> Option<Self> {
        (!names.is_empty()).then_some(Self(names))
    }

    /// The names in their order.
    pub fn as_slice(&self) -> &[UserName] {
        &self.0
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            write!(f, "{}{name}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// Why the room does not do a well-formed command. Its `Display` is the text for people in the
/// answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum Refusal {
    /// Only a member may say or ask this.
    #[error("join the room first: JOIN username")]
    NotJoined,
    /// A member cannot join again.
    #[error("you have joined already")]
    AlreadyJoined,
    /// The name is the same as a member's (JOIN-2).
    #[error("that name is taken, choose another")]
    NameTaken,
    /// No member has the name (ADDR-1).
    #[error("nobody here has that name")]
    NoSuchUser,
}

impl Refusal {
    /// The error code of the answer.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::NotJoined => ErrorCode::NotJoined,
            Self::AlreadyJoined => ErrorCode::AlreadyJoined,
            Self::NameTaken => ErrorCode::NameTaken,
            Self::NoSuchUser => ErrorCode::NoSuchUser,
        }
    }
}

/// The code of an [`Event::Error`]: those of spec section 9, in its order, and any that a later
/// version of the protocol adds (ERR-3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorCode {
    /// `line-too-long`: a line has more octets than the server takes (LINE-2).
    LineTooLong,
    /// `not-utf8`: a line is not UTF-8 (LINE-3).
    NotUtf8,
    /// `control-character`: a line has a character that no line may have (LINE-4).
    ControlCharacter,
    /// `unknown-command`: the first word is no verb.
    UnknownCommand,
    /// `usage`: the verb is right and the rest is not.
    Usage,
    /// `name-invalid`: the name breaks NAME-1, NAME-2 or NAME-7.
    NameInvalid,
    /// `name-reserved`: the name is a word with which other events begin (NAME-5).
    NameReserved,
    /// `not-joined`: a visitor asked what only members may.
    NotJoined,
    /// `already-joined`: a member asked to join.
    AlreadyJoined,
    /// `name-taken`: the name is the same as a member's (NAME-4).
    NameTaken,
    /// `no-such-user`: nobody in the room has that name (ADDR-1).
    NoSuchUser,
    /// Any other. Parlour's server sends none.
    Other(OtherCode),
}

/// The code of an error that is not in spec section 9. Made by [`ErrorCode::new`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherCode(Box<str>);

impl ErrorCode {
    /// The longest code, in octets.
    pub const MAX_LEN: usize = 32;

    /// Those of spec section 9, in its order.
    pub const ALL: [Self; 11] = [
        Self::LineTooLong,
        Self::NotUtf8,
        Self::ControlCharacter,
        Self::UnknownCommand,
        Self::Usage,
        Self::NameInvalid,
        Self::NameReserved,
        Self::NotJoined,
        Self::AlreadyJoined,
        Self::NameTaken,
        Self::NoSuchUser,
    ];

    /// The code that is written so. `None` if the grammar's rule `code` does not derive it.
    pub fn new(code: &str) -> Option<Self> {
        let is_code_char = |octet: u8| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if let Some(known) = Self::ALL.into_iter().find(|known| known.as_str() == code) {
            return Some(known);
        }
        let is_code = (1..=Self::MAX_LEN).contains(&code.len()) && code.bytes().all(is_code_char);
        is_code.then(|| Self::Other(OtherCode(code.into())))
    }

    /// The code as it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::LineTooLong => "line-too-long",
            Self::NotUtf8 => "not-utf8",
            Self::ControlCharacter => "control-character",
            Self::UnknownCommand => "unknown-command",
            Self::Usage => "usage",
            Self::NameInvalid => "name-invalid",
            Self::NameReserved => "name-reserved",
            Self::NotJoined => "not-joined",
            Self::AlreadyJoined => "already-joined",
            Self::NameTaken => "name-taken",
            Self::NoSuchUser => "no-such-user",
            Self::Other(OtherCode(code)) => code,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LIST-1
    #[test]
    fn the_names_of_a_list_keep_their_order_and_are_never_none() {
        let names = ["bob", "ann"].map(|name| UserName::new(name).expect("a name"));
        let online = Names::new(names.to_vec()).expect("there are names");
        assert_eq!(online.as_slice(), names);
        assert_eq!(online.to_string(), "bob, ann");
        assert_eq!(Names::new(Vec::new()), None);
    }
}
