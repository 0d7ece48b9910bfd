//! The names that a program tries when no person is there to choose one.

use crate::protocol::UserName;

/// The names under which to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamePolicy {
    /// This name and no other.
    Exact(UserName),
    /// This name or, if it is taken, the same with a number.
    Preferred(UserName),
}

impl NamePolicy {
    /// The most names to try.
    pub const MAX_TRIES: usize = 99;

    /// Exactly `name` if given; else `user` as the preferred name, or `guest` if `user` is not a
    /// valid name.
    ///
    /// ```
    /// use parlour::client::NamePolicy;
    /// let policy = NamePolicy::new(None, Some("dani"));
    /// let (first, others) = policy.names();
    /// let others: Vec<_> = others.take(2).map(|name| name.to_string()).collect();
    /// assert_eq!((first.as_str(), others), ("dani", vec!["dani-2".into(), "dani-3".into()]));
    /// ```
    pub fn new(name: Option<UserName>, user: Option<&str>) -> Self {
        name.map_or_else(|| Self::Preferred(valid_or_guest(user)), Self::Exact)
    }

    /// The name to try first, and those to try in order as long as each is taken.
    pub fn names(&self) -> (UserName, impl Iterator<Item = UserName>) {
        let (first, tries) = match self {
            Self::Exact(name) => (name.clone(), 1),
            Self::Preferred(name) => (name.clone(), Self::MAX_TRIES),
        };
        let name = first.clone();
        let others = (2..=tries).filter_map(move |number| numbered(&name, number));
        (first, others)
    }
}

fn valid_or_guest(user: Option<&str>) -> UserName {
    let named = user.and_then(|user| UserName::new(user).ok());
    named.unwrap_or_else(|| UserName::new("guest").expect("guest is a name"))
}

/// The name with a number at its end, shortened to fit.
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
    fn an_exact_name_has_no_alternatives() {
        let policy = NamePolicy::new(Some(name("bot")), Some("dani"));
        let (first, others) = policy.names();
        assert_eq!((first, others.count()), (name("bot"), 0));
    }

    /// NAME-1
    #[test]
    fn a_long_name_makes_room_for_its_number() {
        let long = "д".repeat(UserName::MAX_CHARS);
        let policy = NamePolicy::new(None, Some(&long));
        let others: Vec<_> = policy.names().1.collect();
        assert_eq!(others[0].as_str(), "д".repeat(30) + "-2");
        assert_eq!(1 + others.len(), NamePolicy::MAX_TRIES);
    }

    /// NAME-3, NAME-5
    #[test]
    fn an_invalid_user_name_becomes_guest() {
        for user in ["", "two words", "DOMAIN\\dani", "server"] {
            let policy = NamePolicy::new(None, Some(user));
            assert_eq!(policy, NamePolicy::Preferred(name("guest")), "{user}");
        }
    }
}
