//! Vectors: conversations with a server as plain files, for everyone; `spec/vectors/README.md` describes the form.
//!
//! A head of `key: value` lines says what the conversation is for, an empty line ends it, and the script follows, in the marks of
//! the specification's conversations and of its records, with a few more for octets and cuts.

use crate::octets::unescaped;

/// A conversation to be had with a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    /// What it is for.
    pub head: Head,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// What a case is for, and what it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The clauses that it holds; the first is the one that it is for.
    pub clauses: Vec<String>,
    /// In which profiles it is played.
    pub profiles: Profiles,
    /// The specification advises, and does not demand.
    pub should: bool,
    /// Why it matters.
    pub why: String,
    /// The usual cause where it fails.
    pub hint: Option<String>,
    /// The limits that the server must have.
    pub needs: Vec<Need>,
}

/// In which profiles a case is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profiles {
    /// In `full`.
    #[default]
    Full,
    /// In `seed`.
    Seed,
    /// In both.
    Both,
}

/// What a limit must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The limit, as section 8 calls it.
    pub limit: String,
    /// In the unit of section 8.
    pub value: u64,
    /// Whether it may be any that is not 0.
    pub any: bool,
}

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// As it is written.
    pub source: String,
    /// Whose connection it is about.
    pub who: String,
    /// What is done.
    pub deed: Deed,
    /// It stands after `seed:`, and is done in that profile alone.
    pub seed_only: bool,
}

/// What is done on a connection, which is opened when it is first named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// `C ann: BCST hi`: this line is sent.
    Line(Vec<u8>),
    /// `B ann: BC\|ST hi\n`: these octets are sent, each part in a segment of its own.
    Segments(Vec<Vec<u8>>),
    /// `S ann: ann: BCST hi`: the next line that comes is this.
    Read(Vec<u8>),
    /// `X ann`, `X ann: close`: all that still comes is this, and the stream ends.
    End(Vec<u8>),
    /// `H ann`: the client ends its side.
    HalfClose,
    /// `R ann`: the connection is reset.
    Reset,
    /// `P ann`: nothing has come that was not read. A PING is sent, and what comes next is its answer.
    Prove,
}

impl Vector {
    /// Reads a vector.
    ///
    /// # Errors
    /// What is wrong with which line.
    pub fn read(source: &str) -> Result<Self, String> {
        let (head, script) = source
            .split_once("\n\n")
            .ok_or("no empty line after the head")?;
        Ok(Self {
            head: Head::read(head)?,
            steps: steps(script)?,
        })
    }
}

impl Head {
    fn read(source: &str) -> Result<Self, String> {
        let mut head = Self::default();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            let wrong = || format!("no line of a head: {line}");
            let (key, value) = line.split_once(": ").ok_or_else(wrong)?;
            match (key, value) {
                ("clauses", _) => head.clauses = value.split(", ").map(str::to_owned).collect(),
                ("profile", "full") => head.profiles = Profiles::Full,
                ("profile", "seed") => head.profiles = Profiles::Seed,
                ("profile", "both") => head.profiles = Profiles::Both,
                ("level", "must") => head.should = false,
                ("level", "should") => head.should = true,
                ("why", _) => head.why = value.to_owned(),
                ("hint", _) => head.hint = Some(value.to_owned()),
                ("needs", _) => head.needs = needs(value).ok_or_else(wrong)?,
                _ => return Err(wrong()),
            }
        }
        if head.clauses.is_empty() || head.why.is_empty() {
            return Err("a head says which clauses, and why".to_owned());
        }
        Ok(head)
    }
}

/// `capacity 2, quiet-ms any`
pub(crate) fn needs(value: &str) -> Option<Vec<Need>> {
    let need = |need: &str| {
        let (limit, value) = need.split_once(' ')?;
        let any = value == "any";
        Some(Need {
            limit: limit.to_owned(),
            value: if any { 0 } else { value.parse().ok()? },
            any,
        })
    };
    value
        .split(", ")
        .filter(|part| !part.is_empty())
        .map(need)
        .collect()
}

/// The steps of a script.
pub(crate) fn steps(script: &str) -> Result<Vec<Step>, String> {
    let mut seed_only = false;
    let mut steps = Vec::new();
    for line in script
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if line == "seed:" {
            seed_only = true;
            continue;
        }
        let step = step(line).ok_or_else(|| format!("no line of a script: {line}"))?;
        steps.push(Step { seed_only, ..step });
    }
    Ok(steps)
}

fn step(line: &str) -> Option<Step> {
    let (mark, rest) = line.split_once(' ')?;
    let (who, text) = match rest.split_once(": ") {
        Some((who, text)) => (who, Some(text)),
        None => (rest, None),
    };
    let octets = || unescaped(text?);
    let deed = match (mark, text) {
        ("C", Some(_)) => Deed::Line(octets()?),
        ("B", Some(text)) => {
            Deed::Segments(text.split("\\|").map(unescaped).collect::<Option<_>>()?)
        }
        ("O", Some(_)) => Deed::Segments(octets()?.into_iter().map(|octet| vec![octet]).collect()),
        ("S", Some(_)) => Deed::Read(octets()?),
        ("X", Some(_)) => Deed::End(octets()?),
        ("X", None) => Deed::End(Vec::new()),
        ("H", None) => Deed::HalfClose,
        ("R", None) => Deed::Reset,
        ("P", None) => Deed::Prove,
        _ => return None,
    };
    let is_name = !who.is_empty() && who.bytes().all(|octet| octet.is_ascii_alphanumeric());
    is_name.then(|| Step {
        source: line.to_owned(),
        who: who.to_owned(),
        deed,
        seed_only: false,
    })
}
