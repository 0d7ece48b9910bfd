//! What can happen to a session.

use std::fmt;
use std::rc::Rc;

use crate::class::Class;
use crate::reference_room::Name;

/// What can happen to a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The connection was accepted.
    Connect,
    /// `JOIN` with a name.
    Join(Rc<Name>),
    /// `BCST` with a text.
    Bcst(String),
    /// `MESG` to a name with a text.
    Mesg(Rc<Name>, String),
    /// `LIST`
    List,
    /// `QUIT`
    Quit,
    /// `HELP`
    Help,
    /// `PING` with a word.
    Ping(String),
    /// A malformed line.
    Malformed(Class),
    /// CONN-5
    HalfClose,
    /// CONN-6
    Lost,
    /// JOIN-5
    JoinTimeout,
    /// SHUT-1
    Shutdown,
}

impl Input {
    /// The input of a line, given as the command that [`Oracle`](crate::Oracle) reads in it, or as
    /// the code of its error.
    ///
    /// # Panics
    /// If the command is not in canonical form, or if there is no such code.
    pub fn of(line: Result<&str, &str>) -> Self {
        let command = match line {
            Ok(command) => command,
            Err(code) => return Self::Malformed(Class::named(code)),
        };
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let name = |name| Rc::new(Name::new(name));
        match verb {
            "JOIN" => Self::Join(name(rest)),
            "BCST" => Self::Bcst(rest.to_owned()),
            "MESG" => {
                let (to, text) = rest.split_once(' ').expect("a MESG has a name and a text");
                Self::Mesg(name(to), text.to_owned())
            }
            "LIST" => Self::List,
            "QUIT" => Self::Quit,
            "HELP" => Self::Help,
            "PING" => Self::Ping(rest.to_owned()),
            other => panic!("{other} is no verb"),
        }
    }

    /// The classes that it can fall into; which one it is depends on the room.
    pub fn classes(&self) -> &'static [Class] {
        match self {
            Self::Connect => &[Class::Connect, Class::ConnectTooMany],
            Self::Join(_) => &[Class::JoinFree, Class::JoinTaken, Class::JoinFull],
            Self::Mesg(..) => &[Class::MesgAnother, Class::MesgOneself, Class::MesgNobody],
            Self::Bcst(_) => &[Class::Bcst],
            Self::List => &[Class::List],
            Self::Quit => &[Class::Quit],
            Self::Help => &[Class::Help],
            Self::Ping(_) => &[Class::Ping],
            Self::Malformed(class) => {
                let all = &Class::ALL;
                let at = all.iter().position(|known| known == class);
                at.map_or(&[], |at| &all[at..=at])
            }
            Self::HalfClose => &[Class::HalfClose],
            Self::Lost => &[Class::Lost],
            Self::JoinTimeout => &[Class::JoinTimeout],
            Self::Shutdown => &[Class::Shutdown],
        }
    }

    /// The name in a JOIN.
    pub(crate) fn name(&self) -> Rc<Name> {
        let Self::Join(name) = self else {
            panic!("the table makes a member of one who did not join: {self:?}");
        };
        Rc::clone(name)
    }

    pub(crate) fn text(&self) -> &str {
        if let Self::Bcst(text) | Self::Mesg(_, text) | Self::Ping(text) = self {
            text
        } else {
            ""
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Join(name) => write!(f, "JOIN {}", name.as_str()),
            Self::Bcst(text) => write!(f, "BCST {text}"),
            Self::Mesg(to, text) => write!(f, "MESG {} {text}", to.as_str()),
            Self::Ping(word) => write!(f, "PING {word}"),
            Self::Connect
            | Self::List
            | Self::Quit
            | Self::Help
            | Self::Malformed(_)
            | Self::HalfClose
            | Self::Lost
            | Self::JoinTimeout
            | Self::Shutdown => f.write_str(self.classes()[0].name()),
        }
    }
}
