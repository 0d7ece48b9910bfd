//! What is tried with a client, stage by stage.

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;

use super::scene::Scene;
use crate::asked::Choice;
use crate::outcome::{Profile, Stage};
use crate::trouble::Trouble;

mod framing;
mod mishaps;
mod order;
mod talk;

/// One thing that is tried with a client.
#[derive(Debug)]
pub struct Coded {
    pub(super) id: &'static str,
    /// Separated by `, `; the first is the one that it is for.
    pub(super) clauses: &'static str,
    pub(super) stage: Stage,
    /// The original's clients are held to it too.
    pub(super) seed: bool,
    /// The specification advises, and does not demand.
    pub(super) should: bool,
    /// It looks at what the client shows, or whether it runs.
    pub(super) looks: bool,
    pub(super) why: &'static str,
    /// The usual cause where it fails.
    pub(super) hint: &'static str,
    pub(super) run: for<'a> fn(&'a mut Scene) -> Played<'a>,
}

/// A case that is being played.
type Played<'a> = Pin<Box<dyn Future<Output = Result<(), Trouble>> + 'a>>;

/// All of them, in the order of the stages.
pub fn all() -> &'static [Coded] {
    static ALL: LazyLock<Vec<Coded>> = LazyLock::new(|| {
        let mut all = talk::cases();
        all.extend(mishaps::cases());
        all.extend(framing::cases());
        all.extend(order::cases());
        all.sort_by_key(|case| case.stage);
        all
    });
    &ALL
}

impl Coded {
    /// What it is called.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The clause that it is for.
    pub fn clause(&self) -> &'static str {
        self.clauses.split(", ").next().unwrap_or(self.clauses)
    }

    /// All the clauses that it can show to be broken, separated by `, `.
    pub fn clauses(&self) -> &'static str {
        self.clauses
    }

    /// Why it matters.
    pub fn why(&self) -> &'static str {
        self.why
    }

    /// The usual cause where it fails.
    pub fn hint(&self) -> &'static str {
        self.hint
    }

    /// Whether the specification advises it, and does not demand it.
    pub fn is_advice(&self) -> bool {
        self.should
    }

    /// Whether it looks at what the client shows, or whether it runs.
    pub fn looks(&self) -> bool {
        self.looks
    }
}

impl Choice for Coded {
    fn stage(&self) -> Stage {
        self.stage
    }

    fn is_in(&self, profile: Profile) -> bool {
        profile == Profile::Full || self.seed
    }

    fn is_called(&self, only: &str) -> bool {
        self.id == only
            || self
                .clauses
                .split(", ")
                .any(|clause| clause.eq_ignore_ascii_case(only))
    }
}

/// A case that is a `must` of the whole protocol, and looks.
const CASE: Coded = Coded {
    id: "",
    clauses: "",
    stage: Stage::Join,
    seed: false,
    should: false,
    looks: true,
    why: "",
    hint: "",
    run: |_| Box::pin(std::future::ready(Ok(()))),
};
