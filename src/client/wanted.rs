//! Under which name to enter where nobody is there to choose another.

use std::iter;

use crate::protocol::UserName;

/// A name to enter under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This name and no other.
    Exactly(UserName),
    /// This name, or one like it that is free.
    Like(UserName),
}

impl Wanted {
    /// As many names are tried, then the refusal stands.
    pub const TRIES: usize = 99;

    /// The name that is asked for, or else one like `user`'s, or like `guest` if that is no name.
    ///
    /// ```
    /// use parlour::client::Wanted;
    /// let names: Vec<_> = Wanted::new(None, Some("dani")).names().map(|name| name.to_string()).collect();
    /// assert_eq!(names[..3], ["dani", "dani-2", "dani-3"]);
    /// ```
    pub fn new(name: Option<UserName>, user: Option<&str>) -> Self {
        name.map_or_else(|| Self::Like(like(user)), Self::Exactly)
    }

    /// The names to try, in this order; at least one, at most [`Wanted::TRIES`].
    pub fn names(&self) -> impl Iterator<Item = UserName> {
        let (first, tries) = match self {
            Self::Exactly(name) => (name, 1),
            Self::Like(name) => (name, Self::TRIES),
        };
        iter::once(first.clone()).chain((2..=tries).filter_map(|number| numbered(first, number)))
    }
}

fn like(user: Option<&str>) -> UserName {
    let named = user.and_then(|user| UserName::new(user).ok());
    named.unwrap_or_else(|| UserName::new("guest").expect("guest is a name"))
}

/// The name with a number after it, and as much shorter as that takes.
fn numbered(name: &UserName, number: usize) -> Option<UserName> {
    let end = format!("-{number}");
    let start = name.as_str().chars().take(UserName::MAX_CHARS - end.len());
    UserName::new(&(start.collect::<String>() + &end)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(written: &str) -> UserName {
        UserName::new(written).unwrap()
    }

    #[test]
    fn a_name_that_is_asked_for_has_no_second() {
        let wanted = Wanted::new(Some(name("bot")), Some("dani"));
        assert!(wanted.names().eq([name("bot")]));
    }

    /// NAME-1
    #[test]
    fn a_long_name_makes_room_for_its_number() {
        let long = "д".repeat(UserName::MAX_CHARS);
        let wanted = Wanted::new(None, Some(&long));
        let second = wanted.names().nth(1).unwrap();
        assert_eq!(second.as_str(), "д".repeat(30) + "-2");
        assert_eq!(wanted.names().count(), Wanted::TRIES);
    }

    /// NAME-3, NAME-5
    #[test]
    fn a_user_whose_name_is_none_here_is_a_guest() {
        for user in ["", "two words", "DOMAIN\\dani", "server"] {
            let wanted = Wanted::new(None, Some(user));
            assert_eq!(wanted, Wanted::Like(name("guest")), "{user}");
        }
    }
}
