//! Names that are not checked, or not compared, as section 4 says.

use parlour::protocol::{NameError, UserName};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::behaviour::Behaviour;
use crate::grammar::{self, Line};
use crate::limits::Limits;
use crate::room::{Room, same};

/// `Dani` and `dani` are two members.
pub(crate) struct NamesComparedExactly;

impl Behaviour for NamesComparedExactly {
    fn room(&mut self, limits: Limits) -> Room {
        let mut room = Room::new(limits);
        room.same = |a, b| a == b;
        room
    }
}

/// `dani` and `dаni` with a Cyrillic letter are two members.
pub(crate) struct LookalikesTaken;

impl Behaviour for LookalikesTaken {
    fn room(&mut self, limits: Limits) -> Room {
        let mut room = Room::new(limits);
        room.same = |a, b| a.to_lowercase() == b.to_lowercase();
        room
    }
}

/// A name is sent without normalization to NFC.
pub(crate) struct NameNotNormalized;

impl Behaviour for NameNotNormalized {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        grammar::read_with(line, |word| grammar::name(word).map(|_| word.into()))
    }
}

/// अनिल can't join: combining marks are refused.
pub(crate) struct MarksRefused;

impl Behaviour for MarksRefused {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        grammar::read_with(line, |word| match grammar::name(word)? {
            name if name.chars().any(is_combining_mark) => Err("name-invalid"),
            name => Ok(name),
        })
    }
}

/// A letter may have any number of any marks.
pub(crate) struct PilesTaken;

impl Behaviour for PilesTaken {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        grammar::read_with(line, |word| {
            let name: String = word.nfc().collect();
            grammar::name(&name.replace(is_combining_mark, "")).map(|_| name)
        })
    }
}

/// Names that differ only in the order of marks are two names.
pub(crate) struct OrderOfMarksKept;

impl Behaviour for OrderOfMarksKept {
    fn room(&mut self, limits: Limits) -> Room {
        let mut room = Room::new(limits);
        room.same = |a, b| {
            let marks =
                |name: &str| -> String { name.nfd().filter(|&c| is_combining_mark(c)).collect() };
            same(a, b) && marks(&a.to_lowercase()) == marks(&b.to_lowercase())
        };
        room
    }
}

/// `SERVER` can join.
pub(crate) struct ReservedNamesTaken;

impl Behaviour for ReservedNamesTaken {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        grammar::read_with(line, |word| match UserName::new(word) {
            Err(NameError::Reserved) => Ok(word.into()),
            Ok(_) | Err(NameError::Invalid) => grammar::name(word),
        })
    }
}

/// A name can have any length.
pub(crate) struct LongNamesTaken;

impl Behaviour for LongNamesTaken {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        grammar::read_with(line, |word| {
            let start: String = word.nfc().take(UserName::MAX_CHARS).collect();
            grammar::name(&start).map(|_| word.into())
        })
    }
}

/// `b/o/b` can join.
pub(crate) struct AnyCharacterInNames;

impl Behaviour for AnyCharacterInNames {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        grammar::read_with(line, |word| {
            let without: String = word.replace(|c: char| c.is_ascii_punctuation(), "x");
            grammar::name(&without).map(|_| word.nfc().collect())
        })
    }
}
