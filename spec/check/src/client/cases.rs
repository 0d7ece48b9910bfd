//! The cases for clients: the scripts beside the specification, stage by stage.

use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use parlour_spec::Document;
use parlour_spec::script::Head;

use super::script::Script;
use crate::outcome::{Case, Stage};
use crate::run::Selectable;
use crate::vector::files;

/// A case for clients.
#[derive(Clone, Debug)]
pub struct ClientCase {
    /// Its name, clauses and stage.
    pub case: Case,
    /// Its purpose.
    pub head: Head,
    /// The script as it is written, for people.
    pub source: String,
    pub(super) script: Script,
}

/// The folder `spec/vectors/client`.
static VECTORS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../vectors/client");

/// All cases, in the order of the stages and, within a stage, of their names.
///
/// # Panics
/// If a script that is part of the program can't be read.
pub fn all() -> &'static [ClientCase] {
    static ALL: LazyLock<Vec<ClientCase>> = LazyLock::new(|| {
        let mut all = files(&VECTORS, entry);
        all.sort_by(|a, b| (a.case.stage, &a.case.id).cmp(&(b.case.stage, &b.case.id)));
        all
    });
    &ALL
}

fn entry(stage: Stage, id: &str, source: &str) -> Result<ClientCase, String> {
    let (head, script) = Head::split(source)?;
    let case = Case {
        id: id.to_owned(),
        clauses: head.clauses.clone(),
        stage,
    };
    Ok(ClientCase {
        case,
        head,
        source: script.to_owned(),
        script: Script::read(script)?,
    })
}

/// Why no case for a client holds a clause; `None` if there is no such clause.
pub fn why_not(clause: &str) -> Option<String> {
    let mut clauses = Document::parlour().clauses.into_iter();
    let there = clauses.any(|other| other.id.eq_ignore_ascii_case(clause));
    there.then(|| "no client is held to it".to_owned())
}

impl ClientCase {
    /// Whether it observes the client's output, or whether its process runs.
    pub fn observes_process(&self) -> bool {
        self.script.observes_process()
    }
}

impl Selectable for ClientCase {
    fn case(&self) -> &Case {
        &self.case
    }

    fn head(&self) -> &Head {
        &self.head
    }
}
