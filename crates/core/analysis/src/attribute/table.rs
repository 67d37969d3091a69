//! The leaves a change is traced in: dictionary-encoded dimensions beside the numbers of both sides.

use std::collections::HashMap;

/// One dimension of a table: its members and the member of each leaf.
#[derive(Debug, Clone, Default)]
pub struct Dimension {
    name: String,
    members: Vec<String>,
    codes: Vec<u32>,
    known: HashMap<String, u32>,
}

impl Dimension {
    /// A dimension without leaves.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Appends the member of the next leaf.
    pub fn push(&mut self, member: &str) {
        if let Some(code) = self.known.get(member) {
            self.codes.push(*code);
            return;
        }
        let code = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.members.push(member.to_owned());
        self.known.insert(member.to_owned(), code);
        self.codes.push(code);
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its members in the order in which they were first seen.
    pub fn members(&self) -> &[String] {
        &self.members
    }

    /// The place among the members of the member of each leaf.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }
}

/// One measure on both sides of a comparison, a value per leaf; sums of it mean something.
#[derive(Debug, Clone, Default)]
pub struct Pair {
    /// What is explained.
    pub actual: Vec<f64>,
    /// What it is compared with: another window or a forecast.
    pub baseline: Vec<f64>,
}

/// How the metric comes out of the leaves.
#[derive(Debug, Clone)]
pub enum Measure {
    /// The sum of one measure.
    Additive(Pair),
    /// The sum of one measure divided by the sum of another.
    Ratio {
        /// What is divided.
        numerator: Pair,
        /// What it is divided by.
        denominator: Pair,
    },
}

/// Why numbers and dimensions are no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uneven {
    /// The column of another length: the name of a dimension, or what a measure is for.
    pub column: String,
    /// Its length.
    pub found: usize,
    /// The length of the first column.
    pub expected: usize,
}

impl std::fmt::Display for Uneven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { column, found, expected } = self;
        write!(f, "column {column} has {found} values where the others have {expected}")
    }
}

impl std::error::Error for Uneven {}

/// The leaves of a comparison: every combination of members that has a value on either side.
#[derive(Debug, Clone)]
pub struct Table {
    dimensions: Vec<Dimension>,
    measure: Measure,
    leaves: usize,
}

impl Table {
    /// Puts columns together. Values that are not finite count as 0.
    pub fn new(dimensions: Vec<Dimension>, mut measure: Measure) -> Result<Self, Uneven> {
        let leaves = measure.columns().first().map_or(0, |(_, column)| column.len());
        for (name, column) in measure.columns() {
            even(name, column.len(), leaves)?;
        }
        for dimension in &dimensions {
            even(&dimension.name, dimension.codes.len(), leaves)?;
        }
        for value in measure.columns_mut().into_iter().flatten() {
            if !value.is_finite() {
                *value = 0.0;
            }
        }
        Ok(Self { dimensions, measure, leaves })
    }

    /// The dimensions in the order of entry.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The measure.
    pub fn measure(&self) -> &Measure {
        &self.measure
    }

    /// How many leaves there are.
    pub fn leaves(&self) -> usize {
        self.leaves
    }
}

impl Measure {
    fn columns(&self) -> Vec<(&'static str, &Vec<f64>)> {
        match self {
            Self::Additive(pair) => vec![("actual", &pair.actual), ("baseline", &pair.baseline)],
            Self::Ratio { numerator, denominator } => vec![
                ("numerator actual", &numerator.actual),
                ("numerator baseline", &numerator.baseline),
                ("denominator actual", &denominator.actual),
                ("denominator baseline", &denominator.baseline),
            ],
        }
    }

    fn columns_mut(&mut self) -> Vec<&mut Vec<f64>> {
        match self {
            Self::Additive(pair) => vec![&mut pair.actual, &mut pair.baseline],
            Self::Ratio { numerator, denominator } => vec![
                &mut numerator.actual,
                &mut numerator.baseline,
                &mut denominator.actual,
                &mut denominator.baseline,
            ],
        }
    }
}

fn even(column: &str, found: usize, expected: usize) -> Result<(), Uneven> {
    if found == expected { Ok(()) } else { Err(Uneven { column: column.to_owned(), found, expected }) }
}
