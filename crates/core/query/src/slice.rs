//! Slices: one combination of members.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How a missing member is shown.
pub const NO_MEMBER: &str = "(none)";

/// One member for each of some dimensions; empty for the total. A member is missing where the column is
/// null or a join finds nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slice(pub BTreeMap<String, Option<String>>);

impl Slice {
    /// The whole, without dimensions.
    pub fn total() -> Self {
        Self::default()
    }

    /// The slice of these dimensions and members.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, Option<String>)>) -> Self {
        Self(pairs.into_iter().map(|(name, member)| (name.to_owned(), member)).collect())
    }

    /// Canonical JSON: equal slices have equal keys.
    pub fn key(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// Reads a key.
    pub fn from_key(key: &str) -> Option<Self> {
        serde_json::from_str(key).ok().map(Self)
    }

    /// Dimension to member as people see it, a missing one as `(none)`.
    pub fn display(&self) -> BTreeMap<String, String> {
        self.0
            .iter()
            .map(|(name, member)| (name.clone(), member.clone().unwrap_or_else(|| NO_MEMBER.to_owned())))
            .collect()
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("total");
        }
        let parts: Vec<_> =
            self.display().into_iter().map(|(name, member)| format!("{name}={member}")).collect();
        f.write_str(&parts.join(", "))
    }
}

/// The key of a grouping: its dimensions' names, sorted, joined by commas; empty for the total.
pub fn grouping_key(names: &[String]) -> String {
    let mut names = names.to_vec();
    names.sort();
    names.join(",")
}
