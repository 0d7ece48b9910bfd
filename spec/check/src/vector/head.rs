//! The head of a vector: its purpose, and the limits it needs.

use crate::outcome::Profile;

/// The purpose of a case, and the limits it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The clauses that it checks; the first is its main one.
    pub clauses: Vec<String>,
    /// The profiles in which it is played.
    pub profiles: Profiles,
    /// Whether the specification only advises it.
    pub should: bool,
    /// Why it matters.
    pub why: String,
    /// The limits that the server must have.
    pub needs: Vec<Need>,
}

/// The profiles in which a case is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profiles {
    /// `full` only.
    #[default]
    Full,
    /// `seed` only.
    Seed,
    /// Both.
    Both,
}

/// A limit that a case needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The limit's name in section 8.
    pub limit: String,
    /// The value, in the unit of section 8.
    pub value: u64,
    /// Whether any value other than 0 will do.
    pub any: bool,
}

impl Profiles {
    /// Whether `profile` is one of them.
    pub fn has(self, profile: Profile) -> bool {
        matches!(
            (self, profile),
            (Self::Both, _) | (Self::Full, Profile::Full) | (Self::Seed, Profile::Seed)
        )
    }
}

impl Head {
    /// Splits a file into its head and the script after it.
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
