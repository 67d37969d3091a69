//! Equality of results, as the design defines it.

use std::fmt;

use metricwright_formula::Value;

use super::evaluate::Values;
use super::number::{Number, identity};

/// How far floating point numbers may be apart, relative to the larger one.
pub const TOLERANCE: f64 = 1e-9;

/// How many differences are written out.
const SHOWN: usize = 20;

/// Whether two values are equal: counts, decimals and everything else exactly, floating point within [`TOLERANCE`].
///
/// ```
/// use metricwright_formula::Value;
/// use metricwright_testkit::reference::same;
///
/// assert!(same(&Value::Float(0.1 + 0.2), &Value::Float(0.3)));
/// assert!(!same(&Value::Int(1_000_000_000_000), &Value::Int(1_000_000_000_001)));
/// ```
pub fn same(left: &Value, right: &Value) -> bool {
    match (Number::of(left), Number::of(right)) {
        (Some(Number::Exact(left)), Some(Number::Exact(right))) => left == right,
        (Some(left), Some(right)) => close(left.float(), right.float()),
        _ => identity(left) == identity(right),
    }
}

#[expect(clippy::float_cmp, reason = "equal numbers are close, zeros and infinite ones too")]
fn close(left: f64, right: f64) -> bool {
    left == right || (left - right).abs() <= TOLERANCE * left.abs().max(right.abs())
}

/// Where two results differ; its `Display` has a line for each of the first 20.
#[derive(Clone, Debug, PartialEq)]
pub struct Differences(Vec<String>);

impl Differences {
    /// How many places differ.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl std::error::Error for Differences {}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values differ from the reference", self.count())?;
        self.0.iter().take(SHOWN).try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// Compares a result with the reference. A value that is not there is a missing one.
pub fn compare(reference: &Values, found: &Values) -> Result<(), Differences> {
    let nothing = Value::Null;
    let mut lines = Vec::new();
    for key in reference.keys().chain(found.keys().filter(|key| !reference.contains_key(*key))) {
        let expected = reference.get(key).unwrap_or(&nothing);
        let value = found.get(key).unwrap_or(&nothing);
        if !same(expected, value) {
            let (window, slice) = key;
            let members: Vec<_> = slice
                .iter()
                .map(|(name, member)| format!("{name}={}", member.as_deref().unwrap_or("(none)")))
                .collect();
            lines.push(format!("{window} [{}]: {value}, should be {expected}", members.join(", ")));
        }
    }
    if lines.is_empty() { Ok(()) } else { Err(Differences(lines)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::Slice;

    #[test]
    fn a_missing_value_equals_one_that_is_not_there_and_nothing_else() {
        let at = |value: Value| Values::from([((jiff::Timestamp::UNIX_EPOCH, Slice::new()), value)]);
        assert_eq!(compare(&at(Value::Null), &Values::new()), Ok(()));
        let differences = compare(&at(Value::Int(0)), &Values::new()).unwrap_err().to_string();
        assert!(differences.contains("1970-01-01T00:00:00Z []: null, should be 0"), "{differences}");
        assert!(compare(&Values::new(), &at(Value::Float(0.0))).is_err());
        assert_eq!(compare(&at(Value::Int(2)), &at(Value::Float(2.000_000_000_1))), Ok(()));
        assert!(compare(&at(Value::Int(2)), &at(Value::Float(2.000_001))).is_err());
    }
}
