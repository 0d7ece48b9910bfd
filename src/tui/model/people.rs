//! The people in the room, and when each last spoke.

use crate::protocol::UserName;

/// The most people that are kept. If the server names more, the rest are ignored.
const MAX_PEOPLE: usize = 10_000;

/// The people in the room, in the order of joining.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct People {
    here: Vec<Person>,
    lines: u64,
}

#[derive(Clone, Debug)]
struct Person {
    name: UserName,
    /// The number of this person's last line, among the lines of everyone; 0 if there is none.
    last_spoke: u64,
}

impl People {
    /// Replaces the list by these people.
    pub(in crate::tui) fn set(&mut self, names: &[UserName]) {
        let before = std::mem::take(&mut self.here);
        for name in names.iter().take(MAX_PEOPLE) {
            let last_spoke = before
                .iter()
                .find(|person| person.name == *name)
                .map_or(0, |p| p.last_spoke);
            let name = name.clone();
            self.here.push(Person { name, last_spoke });
        }
    }

    /// This person has joined.
    pub(in crate::tui) fn add(&mut self, name: &UserName) {
        if self.here.len() < MAX_PEOPLE && !self.here.iter().any(|person| person.name == *name) {
            let name = name.clone();
            self.here.push(Person {
                name,
                last_spoke: 0,
            });
        }
    }

    /// This person has left.
    pub(in crate::tui) fn remove(&mut self, name: &UserName) {
        self.here.retain(|person| person.name != *name);
    }

    /// This person has said something.
    pub(in crate::tui) fn speak(&mut self, name: &UserName) {
        self.lines += 1;
        if let Some(person) = self.here.iter_mut().find(|person| person.name == *name) {
            person.last_spoke = self.lines;
        }
    }

    /// Whether a MESG to this name finds somebody (ADDR-1).
    pub(in crate::tui) fn has(&self, name: &UserName) -> bool {
        let key = name.key().case_folded;
        self.here
            .iter()
            .any(|person| person.name.key().case_folded == key)
    }

    /// The number of people in the room.
    pub(in crate::tui) fn count(&self) -> usize {
        self.here.len()
    }

    /// Everyone: the latest speaker first, and the silent in the order of joining.
    pub(in crate::tui) fn latest_first(&self) -> Vec<&UserName> {
        let mut people: Vec<&Person> = self.here.iter().collect();
        people.sort_by_key(|person| std::cmp::Reverse(person.last_spoke));
        people.into_iter().map(|person| &person.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> UserName {
        UserName::new(name).expect(name)
    }

    fn order(people: &People) -> String {
        let names: Vec<&str> = people
            .latest_first()
            .into_iter()
            .map(UserName::as_str)
            .collect();
        names.join(" ")
    }

    /// LIST-1
    #[test]
    fn the_latest_speaker_comes_first_and_the_silent_in_the_order_of_joining() {
        let mut people = People::default();
        people.set(&[name("ann"), name("bob"), name("cy")]);
        people.add(&name("dot"));
        people.add(&name("dot"));
        assert_eq!(order(&people), "ann bob cy dot");
        people.speak(&name("bob"));
        people.speak(&name("dot"));
        people.speak(&name("stranger"));
        assert_eq!(order(&people), "dot bob ann cy");
        assert!(people.has(&name("DOT")) && !people.has(&name("do")));
        people.remove(&name("dot"));
        people.set(&[name("cy"), name("bob"), name("eve")]);
        assert_eq!((order(&people), people.count()), ("bob cy eve".into(), 3));
    }
}
