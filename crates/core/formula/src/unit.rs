//! Units of numbers and their algebra.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The unit of a number.
///
/// `Count` (how many) and `Fraction` (what share) have no dimension: they vanish in products with real units, and
/// `Count / Count` is a `Fraction`. Still they are not the same: adding or comparing a `Count` and a `Fraction`, or
/// either and a currency, is a fault. Literals are neutral and fit every unit.
///
/// ```
/// use metricwright_formula::Unit;
///
/// let cny: Unit = "CNY".parse()?;
/// assert_eq!(cny.div(&Unit::count()), cny);
/// assert_eq!(cny.div(&cny), Unit::fraction());
/// assert_eq!(cny.combine(&Unit::count()), None);
/// # Ok::<(), metricwright_formula::InvalidUnit>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Unit(Kind);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Unknown,
    Neutral,
    Count,
    Fraction,
    /// Base units with their powers, none of them zero; never empty.
    Product(BTreeMap<String, i16>),
}

impl Unit {
    /// The unit of a column that declares none.
    pub fn unknown() -> Self {
        Self(Kind::Unknown)
    }

    /// The unit of a literal, and of everything that is not a number.
    pub fn neutral() -> Self {
        Self(Kind::Neutral)
    }

    /// How many.
    pub fn count() -> Self {
        Self(Kind::Count)
    }

    /// A share, 0 to 1.
    pub fn fraction() -> Self {
        Self(Kind::Fraction)
    }

    /// A single base unit such as `CNY` or `kg`; `Count` and `Fraction` are what they say.
    pub fn base(name: &str) -> Self {
        match name {
            "Count" => Self::count(),
            "Fraction" => Self::fraction(),
            other => Self(Kind::Product(BTreeMap::from([(other.to_owned(), 1)]))),
        }
    }

    /// Reads a unit; the same as [`str::parse`].
    pub fn parse(text: &str) -> Result<Self, InvalidUnit> {
        text.parse()
    }

    /// Whether it is a unit that was declared or follows from declared ones: neither unknown nor neutral.
    pub fn known(&self) -> bool {
        !matches!(self.0, Kind::Unknown | Kind::Neutral)
    }

    /// The unit of a product.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Self {
        Self(match (&self.0, &other.0) {
            (Kind::Unknown, _) | (_, Kind::Unknown) => Kind::Unknown,
            (Kind::Product(left), Kind::Product(right)) => product(left, right, 1),
            (Kind::Product(unit), _) | (_, Kind::Product(unit)) => Kind::Product(unit.clone()),
            (Kind::Neutral, unit) | (unit, Kind::Neutral) => unit.clone(),
            (Kind::Fraction, Kind::Fraction) => Kind::Fraction,
            (Kind::Count | Kind::Fraction, Kind::Count | Kind::Fraction) => Kind::Count,
        })
    }

    /// The unit of a quotient.
    #[must_use]
    pub fn div(&self, other: &Self) -> Self {
        Self(match (&self.0, &other.0) {
            (Kind::Unknown, _) | (_, Kind::Unknown) => Kind::Unknown,
            (Kind::Product(left), Kind::Product(right)) => product(left, right, -1),
            (Kind::Product(unit), _) => Kind::Product(unit.clone()),
            (_, Kind::Product(unit)) => {
                Kind::Product(unit.iter().map(|(name, power)| (name.clone(), -power)).collect())
            }
            (unit, Kind::Neutral) => unit.clone(),
            (Kind::Count, Kind::Fraction) => Kind::Count,
            (Kind::Neutral | Kind::Count | Kind::Fraction, Kind::Count | Kind::Fraction) => Kind::Fraction,
        })
    }

    /// The unit of a sum, difference or choice of both; none if they must not be mixed. Neutral fits everything, unknown
    /// gives way.
    #[must_use]
    pub fn combine(&self, other: &Self) -> Option<Self> {
        match (&self.0, &other.0) {
            (left, right) if left == right => Some(self.clone()),
            (Kind::Neutral, _) => Some(other.clone()),
            (_, Kind::Neutral) => Some(self.clone()),
            (Kind::Unknown, _) => Some(other.clone()),
            (_, Kind::Unknown) => Some(self.clone()),
            _ => None,
        }
    }
}

/// `left × right^sign`; where everything cancels, a fraction.
fn product(left: &BTreeMap<String, i16>, right: &BTreeMap<String, i16>, sign: i16) -> Kind {
    let mut powers = left.clone();
    for (name, power) in right {
        let entry = powers.entry(name.clone()).or_insert(0);
        *entry = entry.saturating_add(power.saturating_mul(sign));
    }
    powers.retain(|_, power| *power != 0);
    if powers.is_empty() { Kind::Fraction } else { Kind::Product(powers) }
}

impl fmt::Display for Unit {
    /// The form that [`Unit::from_str`] reads: `CNY`, `CNY/kg`, `m^2`, `1/s`; `Unknown` and `None` for the two without.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let powers = match &self.0 {
            Kind::Unknown => return formatter.write_str("Unknown"),
            Kind::Neutral => return formatter.write_str("None"),
            Kind::Count => return formatter.write_str("Count"),
            Kind::Fraction => return formatter.write_str("Fraction"),
            Kind::Product(powers) => powers,
        };
        let side = |above: bool| {
            let named = powers.iter().filter(|(_, power)| (**power > 0) == above);
            named.map(|(name, power)| factor(name, power.unsigned_abs())).collect::<Vec<_>>()
        };
        let (above, below) = (side(true), side(false));
        formatter.write_str(&if above.is_empty() { "1".to_owned() } else { above.join("*") })?;
        below.iter().try_for_each(|factor| write!(formatter, "/{factor}"))
    }
}

fn factor(name: &str, power: u16) -> String {
    if power == 1 { name.to_owned() } else { format!("{name}^{power}") }
}

/// A text that is no unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no unit; write a currency such as CNY, Count, Fraction, or a product such as CNY/kg")]
pub struct InvalidUnit(pub String);

impl FromStr for Unit {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, InvalidUnit> {
        match text.trim() {
            "Unknown" => return Ok(Self::unknown()),
            "None" => return Ok(Self::neutral()),
            _ => {}
        }
        let invalid = || InvalidUnit(text.to_owned());
        let mut unit = Self::neutral();
        let mut divide = false;
        let mut rest = text.trim();
        loop {
            let end = rest.find(['*', '/']).unwrap_or(rest.len());
            let part = parse_factor(rest.get(..end).unwrap_or_default().trim()).ok_or_else(invalid)?;
            unit = if divide { unit.div(&part) } else { unit.mul(&part) };
            let Some(operator) = rest.get(end..).and_then(|tail| tail.chars().next()) else {
                return Ok(unit);
            };
            divide = operator == '/';
            rest = rest.get(end + 1..).unwrap_or_default();
        }
    }
}

/// Reads `kg`, `m^2` or `1`.
fn parse_factor(text: &str) -> Option<Unit> {
    if text == "1" {
        return Some(Unit::neutral());
    }
    let (name, power) = match text.split_once('^') {
        Some((name, power)) => (name, power.parse::<u8>().ok().filter(|power| (1..=9).contains(power))?),
        None => (text, 1),
    };
    let allowed = |letter: char| letter.is_alphabetic() || "_%°$€£¥".contains(letter);
    if name.is_empty() || !name.chars().all(allowed) {
        return None;
    }
    Some((1..power).fold(Unit::base(name), |unit, _| unit.mul(&Unit::base(name))))
}

impl TryFrom<String> for Unit {
    type Error = InvalidUnit;

    fn try_from(text: String) -> Result<Self, InvalidUnit> {
        text.parse()
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_read_what_they_write() {
        let check = |text: &str, expected: &str| {
            let unit: Unit = text.parse().unwrap();
            assert_eq!(unit.to_string(), expected, "{text}");
            assert_eq!(expected.parse::<Unit>().unwrap(), unit, "{text}");
        };
        check("CNY", "CNY");
        check("CNY/Count", "CNY");
        check("kg*m / s^2", "kg*m/s^2");
        check("1/s", "1/s");
        check("m/m", "Fraction");
        check("Count/Count", "Fraction");
        check("Count*Fraction", "Count");
        check("None", "None");
        check("Unknown", "Unknown");
        for wrong in ["", "CNY/", "5", "CNY^0", "C N Y", "kg**m"] {
            assert!(wrong.parse::<Unit>().is_err(), "{wrong}");
        }
    }
}
