//! Which series there are and what is known of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use metricwright_analysis::calendar::{Calendar, MarkKind};
use metricwright_analysis::detect::{Settings, UnusualDays};
use serde::Deserialize;
use serde::de::DeserializeOwned;

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
    let path = options.data.join("manifest.json");
    let Manifest { series } =
        read(&path, "an object with series is expected, each with id, file and step_seconds")?;
    let Some(pattern) = &options.only else { return Ok(series) };
    let (count, example) = (series.len(), series.first().map(|case| case.id.clone()).unwrap_or_default());
    let fitting: Vec<Case> =
        series.into_iter().filter(|case| fits(pattern.as_bytes(), case.id.as_bytes())).collect();
    if fitting.is_empty() {
        return Err(Error::NothingFits { pattern: pattern.clone(), cases: count, example });
    }
    Ok(fitting)
}

/// The holidays of `calendars.json`; none if there is no such file.
pub(super) fn calendars(folder: &Path) -> Result<Calendars, Error> {
    let path = folder.join("calendars.json");
    if !path.exists() {
        return Ok(Calendars::new());
    }
    let named: BTreeMap<String, BTreeMap<Date, String>> =
        read(&path, "an object of calendars is expected, each an object of days and their names")?;
    let unusual = |days: BTreeMap<Date, String>| {
        let mut calendar = Calendar::default();
        for (day, name) in days {
            calendar.mark(day, MarkKind::Holiday, name);
        }
        UnusualDays::of(&calendar)
    };
    Ok(named.into_iter().map(|(name, days)| (name, unusual(days))).collect())
}

fn read<T: DeserializeOwned>(path: &Path, expected: &str) -> Result<T, Error> {
    let text = std::fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    serde_json::from_slice(&text).map_err(|error| Error::Format {
        path: path.to_owned(),
        line: u64::try_from(error.line()).ok(),
        reason: format!("{error}; {expected}"),
    })
}

/// Whether a name fits a pattern in which `*` stands for any text and `?` for one byte.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), tail) => fits(rest, name) || tail.is_some_and(|(_, after)| fits(pattern, after)),
        (Some((b'?', rest)), Some((_, after))) => fits(rest, after),
        (Some((own, rest)), Some((other, after))) => own == other && fits(rest, after),
        _ => false,
    }
}
