//! The classes of inputs that the state table distinguishes, by their names in it.

/// A class of inputs: a row's name in the state table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// `connect`
    Connect,
    /// `connect, too many`
    ConnectTooMany,
    /// `JOIN, name free`
    JoinFree,
    /// `JOIN, name taken`
    JoinTaken,
    /// `JOIN, room full`
    JoinFull,
    /// `BCST`
    Bcst,
    /// `MESG to another`
    MesgAnother,
    /// `MESG to oneself`
    MesgOneself,
    /// `MESG to nobody`
    MesgNobody,
    /// `LIST`
    List,
    /// `QUIT`
    Quit,
    /// `HELP`
    Help,
    /// `PING`
    Ping,
    /// `line-too-long`
    LineTooLong,
    /// `not-utf8`
    NotUtf8,
    /// `control-character`
    ControlCharacter,
    /// `unknown-command`
    UnknownCommand,
    /// `usage`
    Usage,
    /// `name-invalid`
    NameInvalid,
    /// `name-reserved`
    NameReserved,
    /// `half-close`
    HalfClose,
    /// `lost`
    Lost,
    /// `join timeout`
    JoinTimeout,
    /// `shutdown`
    Shutdown,
}

impl Class {
    /// All classes, in the document's order.
    pub const ALL: [Self; 24] = [
        Self::Connect,
        Self::ConnectTooMany,
        Self::JoinFree,
        Self::JoinTaken,
        Self::JoinFull,
        Self::Bcst,
        Self::MesgAnother,
        Self::MesgOneself,
        Self::MesgNobody,
        Self::List,
        Self::Quit,
        Self::Help,
        Self::Ping,
        Self::LineTooLong,
        Self::NotUtf8,
        Self::ControlCharacter,
        Self::UnknownCommand,
        Self::Usage,
        Self::NameInvalid,
        Self::NameReserved,
        Self::HalfClose,
        Self::Lost,
        Self::JoinTimeout,
        Self::Shutdown,
    ];

    /// The input's name in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::ConnectTooMany => "connect, too many",
            Self::JoinFree => "JOIN, name free",
            Self::JoinTaken => "JOIN, name taken",
            Self::JoinFull => "JOIN, room full",
            Self::Bcst => "BCST",
            Self::MesgAnother => "MESG to another",
            Self::MesgOneself => "MESG to oneself",
            Self::MesgNobody => "MESG to nobody",
            Self::List => "LIST",
            Self::Quit => "QUIT",
            Self::Help => "HELP",
            Self::Ping => "PING",
            Self::LineTooLong => "line-too-long",
            Self::NotUtf8 => "not-utf8",
            Self::ControlCharacter => "control-character",
            Self::UnknownCommand => "unknown-command",
            Self::Usage => "usage",
            Self::NameInvalid => "name-invalid",
            Self::NameReserved => "name-reserved",
            Self::HalfClose => "half-close",
            Self::Lost => "lost",
            Self::JoinTimeout => "join timeout",
            Self::Shutdown => "shutdown",
        }
    }

    /// The class of this name.
    ///
    /// # Panics
    /// If there is none.
    pub fn named(name: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|class| class.name() == name);
        found.unwrap_or_else(|| panic!("there is no input {name}"))
    }
}
