//! The head of a vector: what it is for, and what it needs.

use crate::outcome::Profile;

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

impl Profiles {
    /// Whether that is one of them.
    pub fn has(self, profile: Profile) -> bool {
        matches!(
            (self, profile),
            (Self::Both, _) | (Self::Full, Profile::Full) | (Self::Seed, Profile::Seed)
        )
    }
}

impl Head {
    /// The head of a file, and the script after it.
    pub(crate) fn split(source: &str) -> Result<(Self, &str), String> {
        let parts = source.split_once("\n\n");
        let (head, script) = parts.ok_or("no empty line after the head")?;
        Ok((Self::read(head)?, script))
    }

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
