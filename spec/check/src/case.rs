//! All cases for servers: the vectors beside the specification, the conversations in it, and the
//! cases that are code.

use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use parlour_spec::Document;
use parlour_spec::script::{Action, Head, Script, Step};

use crate::outcome::{Case, Stage};
use crate::run::Selectable;
use crate::server::cases::{CODED, Coded};
use crate::vector::files;

/// A case for servers, and how it is played.
#[derive(Clone, Debug)]
pub struct ServerCase {
    /// Its name, clauses and stage.
    pub case: Case,
    /// Its purpose, and the limits it needs.
    pub head: Head,
    /// How it is played.
    pub play: Play,
}

/// How a case is played.
#[derive(Clone, Debug)]
pub enum Play {
    /// By a script.
    Script(Script),
    /// By code.
    Coded(&'static Coded),
}

/// The folder `spec/vectors`.
static VECTORS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../vectors");

impl ServerCase {
    /// All cases, in the order of the stages and, within a stage, of their names.
    ///
    /// # Panics
    /// If a vector that is part of the program can't be read.
    pub fn all() -> &'static [Self] {
        static ALL: LazyLock<Vec<ServerCase>> = LazyLock::new(|| {
            let mut all = files(&VECTORS, |stage, id, text| {
                let (head, script) = Head::split(text)?;
                let script = Script::read(script)?;
                let is_inside = |step: &Step| matches!(step.action, Action::Inside(_));
                if let Some(step) = script.steps.iter().find(|step| is_inside(step)) {
                    return Err(format!("not for any server: {}", step.source));
                }
                Ok(entry(id, stage, head, Play::Script(script)))
            });
            all.extend(conversations());
            all.extend(CODED.iter().copied().map(coded));
            all.sort_by(|a, b| (a.case.stage, &a.case.id).cmp(&(b.case.stage, &b.case.id)));
            all
        });
        &ALL
    }

    /// What is sent and expected, line by line, for people.
    pub fn script(&self) -> Vec<String> {
        match &self.play {
            Play::Script(script) => script
                .steps
                .iter()
                .map(|step| step.source.clone())
                .collect(),
            Play::Coded(coded) => vec![coded.about.to_owned()],
        }
    }
}

impl Selectable for ServerCase {
    fn case(&self) -> &Case {
        &self.case
    }

    fn head(&self) -> &Head {
        &self.head
    }
}

/// The conversations of section 11.
fn conversations() -> Vec<ServerCase> {
    let of = |(n, conversation): (usize, &str)| {
        let script = Script::read(conversation).expect("a conversation is a script");
        let mut steps = script.steps.iter();
        let closes = steps.any(|step| step.action == Action::ExpectLine(b"close".to_vec()));
        let head = Head {
            clauses: vec!["STATE-2".to_owned(), "CONN-2".to_owned()],
            why: "It is the example that the specification itself gives.".to_owned(),
            ..Head::default()
        };
        let stage = if closes {
            Stage::ListAndQuit
        } else {
            Stage::Errors
        };
        let id = format!("conversation_{}_of_the_document", n + 1);
        entry(&id, stage, head, Play::Script(script))
    };
    let document = Document::parlour();
    let conversations = document.blocks("conversation");
    conversations.enumerate().map(of).collect()
}

fn coded(coded: &'static Coded) -> ServerCase {
    entry(coded.id, coded.stage, coded.head(), Play::Coded(coded))
}

fn entry(id: &str, stage: Stage, head: Head, play: Play) -> ServerCase {
    let case = Case {
        id: id.to_owned(),
        clauses: head.clauses.clone(),
        stage,
    };
    ServerCase { case, head, play }
}
