//! Commands: what a client sends (spec section 3.2).

use std::fmt;

use thiserror::Error;

use super::{ErrorCode, NameError, Text, UserName, Word};

/// What a client sends, one a line. Its `Display` is the line without its line end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    /// Take a name and enter the room.
    Join(UserName),
    /// Say something to everyone.
    Bcst(Text),
    /// Say something to one member.
    Mesg {
        /// The addressee, found by ADDR-1.
        to: UserName,
        /// What is said.
        text: Text,
    },
    /// Ask who is here.
    List,
    /// Leave.
    Quit,
    /// Ask for a line about each command.
    Help,
    /// Ask for an answer that carries this word.
    Ping(Word),
}

impl Command {
    /// The verb the command begins with.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Join(_) => Verb::Join,
            Self::Bcst(_) => Verb::Bcst,
            Self::Mesg { .. } => Verb::Mesg,
            Self::List => Verb::List,
            Self::Quit => Verb::Quit,
            Self::Help => Verb::Help,
            Self::Ping(_) => Verb::Ping,
        }
    }

    /// Whether it is *talk*: it may make the room tell others something (spec section 1).
    pub fn is_talk(&self) -> bool {
        match self {
            Self::Join(_) | Self::Bcst(_) | Self::Mesg { .. } => true,
            Self::List | Self::Quit | Self::Help | Self::Ping(_) => false,
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = self.verb();
        match self {
            Self::Join(name) => write!(f, "{verb} {name}"),
            Self::Bcst(text) => write!(f, "{verb} {text}"),
            Self::Mesg { to, text } => write!(f, "{verb} {to} {text}"),
            Self::Ping(word) => write!(f, "{verb} {word}"),
            Self::List | Self::Quit | Self::Help => write!(f, "{verb}"),
        }
    }
}

/// The first word of a command. Its `Display` is in capitals (GRAM-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// `JOIN username`
    Join,
    /// `BCST text`
    Bcst,
    /// `MESG username text`
    Mesg,
    /// `LIST`
    List,
    /// `QUIT`
    Quit,
    /// `HELP`
    Help,
    /// `PING word`
    Ping,
}

impl Verb {
    /// All of them, in the order of the grammar.
    pub const ALL: [Self; 7] = [
        Self::Join,
        Self::Bcst,
        Self::Mesg,
        Self::List,
        Self::Quit,
        Self::Help,
        Self::Ping,
    ];

    /// The verb that is `word`, in upper or lower case (GRAM-1).
    pub fn of(word: &str) -> Option<Self> {
        let named = |verb: &Self| verb.as_str().eq_ignore_ascii_case(word);
        Self::ALL.into_iter().find(named)
    }

    /// The verb in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Join => "JOIN",
            Self::Bcst => "BCST",
            Self::Mesg => "MESG",
            Self::List => "LIST",
            Self::Quit => "QUIT",
            Self::Help => "HELP",
            Self::Ping => "PING",
        }
    }

    /// How a command of this verb is written.
    pub fn usage(self) -> &'static str {
        match self {
            Self::Join => "JOIN username",
            Self::Bcst => "BCST text",
            Self::Mesg => "MESG username text",
            Self::List => "LIST",
            Self::Quit => "QUIT",
            Self::Help => "HELP",
            Self::Ping => "PING word",
        }
    }

    /// The text of this verb's line in the answer to HELP (HELP-1).
    pub fn help(self) -> &'static str {
        match self {
            Self::Join => "JOIN username: take a name and enter the room",
            Self::Bcst => "BCST text: say it to everyone in the room",
            Self::Mesg => "MESG username text: say it to one member alone",
            Self::List => "LIST: see who is in the room",
            Self::Quit => "QUIT: leave",
            Self::Help => "HELP: see these lines",
            Self::Ping => "PING word: get PONG and the word back",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a line is no command (spec sections 2, 3.2 and 4). Its `Display` is the text for people in
/// the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum Malformed {
    /// LINE-2
    #[error("the line is too long")]
    LineTooLong,
    /// LINE-3
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// LINE-4
    #[error("control characters, line separators and bidirectional overrides are not allowed")]
    ControlCharacter,
    /// GRAM-3: the first word is no verb.
    #[error("no such command, HELP lists them all")]
    UnknownCommand,
    /// GRAM-3: the verb is right, the rest is not.
    #[error("{}", .0.usage())]
    Usage(Verb),
    /// GRAM-4
    #[error(transparent)]
    Name(#[from] NameError),
}

impl Malformed {
    /// The error code of the answer.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::LineTooLong => ErrorCode::LineTooLong,
            Self::NotUtf8 => ErrorCode::NotUtf8,
            Self::ControlCharacter => ErrorCode::ControlCharacter,
            Self::UnknownCommand => ErrorCode::UnknownCommand,
            Self::Usage(_) => ErrorCode::Usage,
            Self::Name(NameError::Invalid) => ErrorCode::NameInvalid,
            Self::Name(NameError::Reserved) => ErrorCode::NameReserved,
        }
    }
}

/// What the server reads from a client, one item a line.
pub type Line = Result<Command, Malformed>;
