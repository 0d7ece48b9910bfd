//! The cases that no script can express: many clients at once, much traffic at once, and what only
//! the order of everything shows.

use std::future::Future;
use std::pin::Pin;

mod close_alone;
mod crowd;
mod cuts;
mod fairness;
mod races;
mod shutdown;
mod slow_readers;

use parlour_spec::script::{Head, Profiles, needs};

use super::fixture::Fixture;
use crate::failure::Failure;
use crate::outcome::Stage;

/// A case that is code.
#[derive(Debug)]
pub struct Coded {
    pub(crate) id: &'static str,
    /// Separated by `, `.
    pub(crate) clauses: &'static str,
    pub(crate) stage: Stage,
    pub(crate) profiles: Profiles,
    /// The limits it needs, as in the head of a vector.
    pub(crate) needs: &'static str,
    pub(crate) why: &'static str,
    pub(crate) hint: &'static str,
    /// What is sent and expected, in words.
    pub(crate) about: &'static str,
    /// The events it relies on where no single event is expected: rules of the grammar, and codes
    /// of errors.
    pub(crate) relies_on: &'static [&'static str],
    pub(crate) run: for<'a> fn(&'a mut Fixture) -> Played<'a>,
}

/// A case that is being played.
pub(crate) type Played<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// All cases that are code.
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

/// The first line on every connection.
const GREETING: &str = "Enter JOIN followed by your username: JOIN username";

/// Lets people join one after the other; each reads of its own joining and of those after it.
async fn join_in_turn(fixture: &mut Fixture, people: &[impl AsRef<str>]) -> Result<(), Failure> {
    for (n, who) in people.iter().enumerate() {
        join(fixture, who.as_ref(), &people[..n]).await?;
    }
    Ok(())
}

/// Lets one more person join; the members and the new one read of it.
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
    /// The head that a vector of this case would have.
    ///
    /// # Panics
    /// If `needs` is not a list of limits.
    pub(crate) fn head(&self) -> Head {
        Head {
            clauses: self.clauses.split(", ").map(str::to_owned).collect(),
            profiles: self.profiles,
            should: false,
            why: self.why.to_owned(),
            needs: needs(self.needs).expect("a list of limits"),
            room_only: None,
        }
    }
}
