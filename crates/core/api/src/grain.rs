//! Grain: the length of a bucket.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The length of one bucket of time. Weeks are ISO weeks (they begin on Monday), unless a Calendar says otherwise.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Grain {
    /// An hour of elapsed time that starts at a full hour of the zone.
    Hour,
    /// A calendar day in the dataset's time zone.
    #[default]
    Day,
    /// A week: Monday to Sunday, or from the day on which weeks begin in the Calendar.
    Week,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
    /// A month of the fiscal year of the Calendar.
    FiscalMonth,
    /// Three months of the fiscal year of the Calendar.
    FiscalQuarter,
    /// The fiscal year of the Calendar.
    FiscalYear,
}

impl Grain {
    /// Every grain: those of everybody's calendar from the shortest to the longest, then those of fiscal years.
    pub const ALL: [Self; 9] = [
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
        Self::FiscalMonth,
        Self::FiscalQuarter,
        Self::FiscalYear,
    ];

    /// Whether it needs a Calendar that says where fiscal years begin.
    pub fn is_fiscal(self) -> bool {
        matches!(self, Self::FiscalMonth | Self::FiscalQuarter | Self::FiscalYear)
    }

    /// The name as it is written in manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "Hour",
            Self::Day => "Day",
            Self::Week => "Week",
            Self::Month => "Month",
            Self::Quarter => "Quarter",
            Self::Year => "Year",
            Self::FiscalMonth => "FiscalMonth",
            Self::FiscalQuarter => "FiscalQuarter",
            Self::FiscalYear => "FiscalYear",
        }
    }
}

impl fmt::Display for Grain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Grain {
    type Err = String;

    /// Reads a grain, whatever its case.
    ///
    /// # Errors
    /// The text names no grain; the message lists those there are.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|grain| grain.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| {
            format!(
                "`{text}` is no grain: use Hour, Day, Week, Month, Quarter, Year, or with a fiscal calendar \
                     FiscalMonth, FiscalQuarter, FiscalYear"
            )
        })
    }
}
