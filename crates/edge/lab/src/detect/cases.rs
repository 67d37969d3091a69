//! Which series there are and what is known of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use metricwright_analysis::detect::{Settings, UnusualDays};
use serde::Deserialize;

use crate::input::{calendars, json};
use crate::{Error, Options};

#[derive(Deserialize)]
struct Manifest {
    series: Vec<Case>,
}

/// What the manifest says of a series; what is not here is not read. The id names the answers and nothing else.
#[derive(Deserialize)]
pub(super) struct Case {
    pub id: String,
    pub file: PathBuf,
    step_seconds: i64,
    #[serde(default)]
    seasonality: Vec<usize>,
    #[serde(default)]
    probation: usize,
    #[serde(default)]
    pub holidays: Option<String>,
}

/// Unusual days by the name of the calendar.
pub(super) type Calendars = BTreeMap<String, UnusualDays>;

impl Case {
    /// What the detector is told before the first row. Missing values are no anomaly here.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            step_seconds: self.step_seconds,
            seasons: self.seasonality.clone(),
            warm_up: self.probation,
            missing_after: None,
        }
    }
}

/// The series of `manifest.json` whose id fits the pattern.
pub(super) fn chosen(options: &Options) -> Result<Vec<Case>, Error> {
    let expected = "an object with series is expected, each with id, file and step_seconds";
    let Manifest { series } = json(&options.data.join("manifest.json"), expected)?;
    options.chosen(series, |case| &case.id)
}

/// The unusual days of the calendars of the folder.
pub(super) fn unusual_days(folder: &Path) -> Result<Calendars, Error> {
    let named = calendars(folder)?.into_iter();
    Ok(named.map(|(name, calendar)| (name, UnusualDays::of(&calendar))).collect())
}
