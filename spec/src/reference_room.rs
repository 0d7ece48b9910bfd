//! The atomic room: who has come how far, who is in it in which order (LIST-1), and whom a name finds (NAME-4, ADDR-1).
//!
//! What happens in it, and how many it takes, is for [`ReferenceModel`](crate::Rules) to say.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::input::Input;
use crate::name::{folded_skeleton, lower_case_skeleton};

/// A connection, as whoever drives the room numbers them.
pub type Conn = u32;

/// Where the document's states are in its order of them.
pub(crate) type State = u8;

/// The state of an atomic room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReferenceRoom {
    /// Neither those that are New nor those that are Closed.
    pub(crate) sessions: BTreeMap<Conn, State>,
    /// In the order of joining.
    pub(crate) members: Vec<(Conn, Rc<Name>)>,
}

/// A name and what it looks like.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    written: String,
    /// Its case-folded skeleton (NAME-4).
    skeleton: String,
    /// That of its lower-case form.
    lower_case_skeleton: String,
}

impl ReferenceRoom {
    /// A room with nobody in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The members, in the order of joining.
    pub fn members(&self) -> impl ExactSizeIterator<Item = Conn> + '_ {
        self.members.iter().map(|&(id, _)| id)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(_, name)| name.as_str())
    }

    /// The sessions that are neither New nor Closed.
    pub fn sessions(&self) -> impl Iterator<Item = Conn> + '_ {
        self.sessions.keys().copied()
    }

    /// Whether this session is neither New nor Closed.
    pub fn has_session(&self, id: Conn) -> bool {
        self.sessions.contains_key(&id)
    }

    /// Whether this session is a member.
    pub fn is_member(&self, id: Conn) -> bool {
        self.members().any(|member| member == id)
    }

    pub(crate) fn name_of(&self, id: Conn) -> Option<Rc<Name>> {
        let mut members = self.members.iter();
        members.find_map(|(member, name)| (*member == id).then(|| name.clone()))
    }

    /// The name of a member, as it wrote it.
    pub fn written(&self, id: Conn) -> Option<&str> {
        let mut members = self.members.iter();
        members.find_map(|(member, name)| (*member == id).then(|| name.as_str()))
    }

    /// NAME-4
    pub(crate) fn has(&self, name: &Name) -> bool {
        self.members.iter().any(|(_, member)| member.is_same(name))
    }

    /// ADDR-1
    pub(crate) fn addressee(&self, input: &Input) -> Option<(Conn, Rc<Name>)> {
        let Input::Mesg(to, _) = input else {
            return None;
        };
        let meant = |member: &Name| member.lower_case_skeleton == to.lower_case_skeleton;
        self.members
            .iter()
            .find(|(_, member)| meant(member))
            .cloned()
    }
}

impl Name {
    /// A name, in NFC.
    pub fn new(written: &str) -> Self {
        Self {
            written: written.to_owned(),
            skeleton: folded_skeleton(written),
            lower_case_skeleton: lower_case_skeleton(written),
        }
    }

    /// The name as its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// NAME-4
    pub fn is_same(&self, other: &Self) -> bool {
        self.skeleton == other.skeleton || self.lower_case_skeleton == other.lower_case_skeleton
    }
}
