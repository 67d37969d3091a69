//! The functions of the language.

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
        }
    }

    /// The function of that lower-case name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Sum, Self::Count, Self::Avg, Self::Min, Self::Max]
            .into_iter()
            .find(|function| function.name() == name)
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
