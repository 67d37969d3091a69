//! The functions of the language.

use std::fmt;

/// A share of a whole, from 0 to 1, in millionths: it can be compared and hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fraction(u32);

impl Fraction {
    /// One half.
    pub const HALF: Self = Self(500_000);

    /// A share; none where the number is not from 0 to 1 or has more than six digits after the point.
    pub fn new(number: f64) -> Option<Self> {
        let millionths = (number * 1e6).round();
        let fits = (0.0..=1e6).contains(&millionths) && (number * 1e6 - millionths).abs() < 1e-6;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is whole and in range"
        )]
        fits.then_some(Self(millionths as u32))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl From<Fraction> for f64 {
    fn from(fraction: Fraction) -> Self {
        Self::from(fraction.0) / 1e6
    }
}

/// A function of many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AggregateFunction {
    /// `sum(x)`: missing where no row has a value.
    Sum,
    /// `count(*)`: rows; `count(x)`: rows with a value.
    Count,
    /// `count(distinct x)`: different values.
    CountDistinct,
    /// `avg(x)`: always floating point.
    Avg,
    /// `min(x)`
    Min,
    /// `max(x)`
    Max,
    /// `percentile(x, 0.95)`, `median(x)`: the value below which that share of the rows lies, between two values on the
    /// straight line (continuous, as `percentile_cont` of SQL:2003 has it); always floating point.
    Percentile(Fraction),
    /// `first(x)`: the value at the earliest second that has one, the smallest of several.
    First,
    /// `last(x)`: the value at the latest second that has one, the largest of several.
    Last,
    /// `approx_count_distinct(x)`: different values, estimated by a sketch (`HyperLogLog`, within about 2 %).
    ApproxCountDistinct,
}

impl AggregateFunction {
    /// The name in formulas; `count` for [`CountDistinct`](Self::CountDistinct) too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Count | Self::CountDistinct => "count",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Percentile(_) => "percentile",
            Self::First => "first",
            Self::Last => "last",
            Self::ApproxCountDistinct => "approx_count_distinct",
        }
    }

    /// Whether it counts: a group without rows has 0, where every other function has nothing.
    pub fn counts(self) -> bool {
        matches!(self, Self::Count | Self::CountDistinct | Self::ApproxCountDistinct)
    }

    /// Whether it depends on when the rows are.
    pub fn needs_time(self) -> bool {
        matches!(self, Self::First | Self::Last)
    }

    /// Whether it needs the rows in an order.
    pub fn needs_order(self) -> bool {
        self.needs_time() || matches!(self, Self::Percentile(_))
    }

    /// The function of that lower-case name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Sum, Self::Count, Self::Avg, Self::Min, Self::Max, Self::First, Self::Last];
        all.into_iter().chain([Self::ApproxCountDistinct]).find(|function| function.name() == name)
    }
}

/// A function of one row. Where an argument is missing the result is missing, except for [`Coalesce`](Self::Coalesce).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScalarFunction {
    /// `abs(x)`
    Abs,
    /// `round(x [, digits])`: half away from zero; `digits` is a literal from 0 to 15.
    Round,
    /// `floor(x)`: the next whole number below.
    Floor,
    /// `ceil(x)`: the next whole number above.
    Ceil,
    /// `coalesce(a, b, …)`: the first that is not missing.
    Coalesce,
    /// `nullif(a, b)`: missing where they are equal, else `a`.
    Nullif,
    /// `greatest(a, b, …)`
    Greatest,
    /// `least(a, b, …)`
    Least,
    /// `lower(text)`: the letters A to Z only, as not every engine knows the others.
    Lower,
    /// `upper(text)`: the letters a to z only.
    Upper,
    /// `trim(text)`: spaces at both ends.
    Trim,
    /// `length(text)`: number of characters (Unicode code points).
    Length,
    /// `substr(text, start [, length])`: `start` counts from 1; both are literals.
    Substr,
    /// `concat(a, b, …)` of texts.
    Concat,
}

impl ScalarFunction {
    /// Every function of one row.
    pub const ALL: [Self; 14] = [
        Self::Abs,
        Self::Round,
        Self::Floor,
        Self::Ceil,
        Self::Coalesce,
        Self::Nullif,
        Self::Greatest,
        Self::Least,
        Self::Lower,
        Self::Upper,
        Self::Trim,
        Self::Length,
        Self::Substr,
        Self::Concat,
    ];

    /// The name in formulas.
    pub fn name(self) -> &'static str {
        self.signature().0
    }

    /// The function of that lower-case name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// How it is written, such as `round(x [, digits])`.
    pub fn usage(self) -> &'static str {
        self.signature().1
    }

    /// Whether it can have that many arguments.
    pub(crate) fn takes(self, count: usize) -> bool {
        let (_, _, least, most) = self.signature();
        (least..=most).contains(&count)
    }

    /// Whether some engines need its arguments written several times, so that nesting it multiplies them.
    pub(crate) fn is_repeating(self) -> bool {
        self.is_extreme() || matches!(self, Self::Floor | Self::Ceil | Self::Round)
    }

    /// Whether it is `greatest` or `least`.
    pub(crate) fn is_extreme(self) -> bool {
        matches!(self, Self::Greatest | Self::Least)
    }

    /// Name, usage, and the least and greatest number of arguments.
    fn signature(self) -> (&'static str, &'static str, usize, usize) {
        match self {
            Self::Abs => ("abs", "abs(x)", 1, 1),
            Self::Round => ("round", "round(x [, digits])", 1, 2),
            Self::Floor => ("floor", "floor(x)", 1, 1),
            Self::Ceil => ("ceil", "ceil(x)", 1, 1),
            Self::Coalesce => ("coalesce", "coalesce(a, b, …)", 2, 32),
            Self::Nullif => ("nullif", "nullif(a, b)", 2, 2),
            Self::Greatest => ("greatest", "greatest(a, b, …)", 2, 32),
            Self::Least => ("least", "least(a, b, …)", 2, 32),
            Self::Lower => ("lower", "lower(text)", 1, 1),
            Self::Upper => ("upper", "upper(text)", 1, 1),
            Self::Trim => ("trim", "trim(text)", 1, 1),
            Self::Length => ("length", "length(text)", 1, 1),
            Self::Substr => ("substr", "substr(text, start [, length])", 2, 3),
            Self::Concat => ("concat", "concat(a, b, …)", 2, 32),
        }
    }
}
