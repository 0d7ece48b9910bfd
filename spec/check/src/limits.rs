//! The server's limits (spec section 8), by the names and in the units of that section.

use std::collections::BTreeMap;
use std::time::Duration;

use parlour_spec::Document;
use parlour_spec::script::Need;

/// The limits of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits(BTreeMap<String, u64>);

impl Limits {
    /// The document's defaults.
    ///
    /// # Panics
    /// If the document's table has another shape than that of Parlour's document.
    pub fn of(document: &Document) -> Self {
        let row = |row: &Vec<String>| {
            let number = row[1]
                .split(' ')
                .next()
                .and_then(|number| number.parse().ok());
            (row[0].clone(), number.expect("a default is a number"))
        };
        Self(document.table("limit").rows.iter().map(row).collect())
    }

    /// The value of a limit, in its unit.
    ///
    /// # Panics
    /// If the document has no limit of this name.
    pub fn get(&self, limit: &str) -> u64 {
        *self
            .0
            .get(limit)
            .unwrap_or_else(|| panic!("there is no limit {limit}"))
    }

    /// The value of a limit that is a count.
    pub fn size(&self, limit: &str) -> usize {
        usize::try_from(self.get(limit)).unwrap_or(usize::MAX)
    }

    /// Sets a limit. Returns whether there is one of this name.
    pub fn set(&mut self, limit: &str, value: u64) -> bool {
        let found = self.0.get_mut(limit);
        found.map(|found| *found = value).is_some()
    }

    /// How long a server with these limits may wait, besides its own processing, in a case with
    /// these needs.
    pub fn waiting(&self, needs: &[Need]) -> Duration {
        let seconds = needs.iter().filter(|need| need.limit.ends_with("-timeout"));
        let seconds = seconds.map(|need| Duration::from_secs(need.value));
        seconds.sum::<Duration>() + Duration::from_millis(self.get("quiet-ms"))
    }

    /// The limits as they apply to one address other than the server's own machine (CONN-3,
    /// JOIN-3).
    pub(crate) fn of_one_address(mut self) -> Self {
        for (of_all, of_one) in [
            ("capacity", "seats-per-address"),
            ("max-connections", "connections-per-address"),
        ] {
            let least = self.get(of_all).min(self.get(of_one));
            self.set(of_all, least);
        }
        self
    }

    /// The names and values of all limits.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(limit, value)| (limit.as_str(), *value))
    }

    /// These limits, changed to what `needs` says where `can_set` allows it.
    ///
    /// # Errors
    /// Why a need can't be met.
    pub fn with(&self, needs: &[Need], can_set: impl Fn(&str) -> bool) -> Result<Self, String> {
        let mut limits = self.clone();
        for need in needs {
            let (limit, has) = (&need.limit, self.get(&need.limit));
            if need.any && has > 0 || !need.any && has == need.value {
                continue;
            }
            if need.any {
                return Err(format!("{limit} is 0"));
            }
            if !can_set(limit) {
                return Err(format!(
                    "needs a server with {limit} {}: --spawn '… {{{limit}}}' lets it be set",
                    need.value
                ));
            }
            limits.set(limit, need.value);
        }
        Ok(limits)
    }
}
