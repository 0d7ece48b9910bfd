//! Who sits under which name (spec sections 4 and 6).

use std::collections::BTreeMap;

use super::SessionId;
use crate::protocol::{Skeleton, UserName};

/// The seats of a room: no more than its capacity, and no two under the same name (JOIN-2, JOIN-3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Roster {
    capacity: usize,
    /// In the order of joining.
    seats: Vec<(SessionId, UserName)>,
    as_written: BTreeMap<Skeleton, SessionId>,
    case_folded: BTreeMap<Skeleton, (SessionId, UserName)>,
}

/// Why a session gets no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoSeat {
    /// All seats are taken.
    Full,
    /// A member has the same name.
    Taken,
}

impl Roster {
    /// An empty roster of this many seats.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            seats: Vec::new(),
            as_written: BTreeMap::new(),
            case_folded: BTreeMap::new(),
        }
    }

    /// Gives the session a seat under this name, the last in the order of joining.
    ///
    /// # Errors
    /// [`NoSeat`]. Nothing has changed then.
    pub fn seat(&mut self, id: SessionId, name: &UserName) -> Result<(), NoSeat> {
        if self.seats.len() >= self.capacity {
            return Err(NoSeat::Full);
        }
        let key = name.key();
        if self.as_written.contains_key(&key.as_written)
            || self.case_folded.contains_key(&key.case_folded)
        {
            return Err(NoSeat::Taken);
        }
        self.seats.push((id, name.clone()));
        self.as_written.insert(key.as_written, id);
        self.case_folded.insert(key.case_folded, (id, name.clone()));
        Ok(())
    }

    /// Frees the seat of this session, and `name`, under which it sits, at once (QUIT-1).
    pub fn vacate(&mut self, id: SessionId, name: &UserName) {
        let key = name.key();
        self.seats.retain(|&(seated, _)| seated != id);
        self.as_written.remove(&key.as_written);
        self.case_folded.remove(&key.case_folded);
    }

    /// Frees all seats.
    pub fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }

    /// The member that a MESG to `name` reaches, and its name as it writes it (ADDR-1, NAME-6).
    pub fn addressee(&self, name: &UserName) -> Option<(SessionId, UserName)> {
        self.case_folded.get(&name.key().case_folded).cloned()
    }

    /// The names, in the order of joining (LIST-1).
    pub fn names(&self) -> impl ExactSizeIterator<Item = &UserName> {
        self.seats.iter().map(|(_, name)| name)
    }

    /// The members' sessions, in the order of joining.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = SessionId> + '_ {
        self.seats.iter().map(|&(id, _)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// JOIN-2, JOIN-3, QUIT-1
    #[test]
    fn a_seat_and_a_name_are_free_when_they_are_left() {
        let name = |name| UserName::new(name).expect("a name");
        let (ann, bob) = (SessionId(1), SessionId(2));
        let mut roster = Roster::new(1);
        assert_eq!(roster.seat(ann, &name("ann")), Ok(()));
        assert_eq!(roster.seat(bob, &name("bob")), Err(NoSeat::Full));
        assert_eq!(roster.sessions().collect::<Vec<_>>(), [ann]);
        roster.vacate(ann, &name("ann"));
        assert_eq!(roster.addressee(&name("ann")), None);
        assert_eq!(roster.seat(bob, &name("ANN")), Ok(()));
        assert_eq!(roster.addressee(&name("ann")), Some((bob, name("ANN"))));
        roster.clear();
        assert_eq!(roster, Roster::new(1));
    }
}
