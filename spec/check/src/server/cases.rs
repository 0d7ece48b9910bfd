//! The cases that no plain script can say: many at once, much at once, and what only the order of everything shows.

use std::future::Future;
use std::pin::Pin;

mod close_alone;
mod crowd;
mod cuts;
mod fairness;
mod races;
mod shutdown;
mod slow_readers;

use super::fixture::Fixture;
use crate::failure::Failure;
use crate::outcome::Stage;
use crate::vector::{Head, Profiles, needs};

/// A case that is code.
#[derive(Debug)]
pub struct Coded {
    pub(crate) id: &'static str,
    /// Separated by `, `.
    pub(crate) clauses: &'static str,
    pub(crate) stage: Stage,
    pub(crate) profiles: Profiles,
    /// As in the head of a vector.
    pub(crate) needs: &'static str,
    pub(crate) why: &'static str,
    pub(crate) hint: &'static str,
    /// What is sent and awaited, in words.
    pub(crate) about: &'static str,
    /// The rules of the events, and the codes of the errors, by which it judges where no single event was awaited.
    pub(crate) relies_on: &'static [&'static str],
    pub(crate) run: for<'a> fn(&'a mut Fixture) -> Played<'a>,
}

/// A case that is being played.
pub(crate) type Played<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// All of them.
pub(crate) static CODED: &[&Coded] = &[
    &cuts::CASE,
    &close_alone::CASE,
    &crowd::SPEAKS,
    &crowd::COMES_AND_GOES,
    &races::FOR_SEATS,
    &races::FOR_A_NAME,
    &fairness::FLOODED,
    &fairness::TOO_FAST,
    &slow_readers::BEHIND,
    &slow_readers::STALLED,
    &slow_readers::STEADY,
    &slow_readers::NO_MEMORY,
    &shutdown::CASE,
];

/// What comes first on every connection.
const GREETING: &str = "Enter JOIN followed by your username: JOIN username";

/// These join one after the other, and each reads of its own joining and of those after it.
async fn join_in_turn(fixture: &mut Fixture, people: &[impl AsRef<str>]) -> Result<(), Failure> {
    for (n, who) in people.iter().enumerate() {
        join(fixture, who.as_ref(), &people[..n]).await?;
    }
    Ok(())
}

/// One more joins, and the members and the new one read of it.
async fn join(
    fixture: &mut Fixture,
    who: &str,
    members: &[impl AsRef<str>],
) -> Result<(), Failure> {
    fixture.expect(who, GREETING).await?;
    fixture.send_line(who, &format!("JOIN {who}")).await?;
    let joined = format!("SERVER: {who} joined the chat!");
    for member in members {
        fixture.expect(member.as_ref(), &joined).await?;
    }
    fixture.expect(who, &joined).await
}

impl Coded {
    /// The head that its vector would have.
    ///
    /// # Panics
    /// If what it needs is no such list.
    pub(crate) fn head(&self) -> Head {
        Head {
            clauses: self.clauses.split(", ").map(str::to_owned).collect(),
            profiles: self.profiles,
            should: false,
            why: self.why.to_owned(),
            needs: needs(self.needs).expect("a list of limits"),
        }
    }
}
