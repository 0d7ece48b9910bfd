//! The cases that no plain script can say: many at once, much at once, and what only the order of everything shows.

use std::future::Future;
use std::pin::Pin;

mod burst;
mod close_alone;
mod crowd;
mod cuts;
mod full_room;
mod long_line;
mod races;
mod shutdown;
mod slow;

use super::scene::Scene;
use crate::outcome::Stage;
use crate::trouble::Trouble;
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
    pub(crate) run: for<'a> fn(&'a mut Scene) -> Played<'a>,
}

/// A case that is being played.
pub(crate) type Played<'a> = Pin<Box<dyn Future<Output = Result<(), Trouble>> + 'a>>;

/// All of them.
pub(crate) static CODED: &[&Coded] = &[
    &full_room::CASE,
    &cuts::CASE,
    &close_alone::CASE,
    &crowd::SPEAKS,
    &crowd::COMES_AND_GOES,
    &races::FOR_SEATS,
    &races::FOR_A_NAME,
    &long_line::CASE,
    &burst::CASE,
    &slow::BEHIND,
    &slow::STALLED,
    &shutdown::CASE,
];

/// What comes first on every connection.
const GREETING: &str = "Enter JOIN followed by your username: JOIN username";

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
            hint: Some(self.hint.to_owned()),
            needs: needs(self.needs).expect("a list of limits"),
        }
    }
}
