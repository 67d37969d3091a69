//! Forecasts of a folder of series: `manifest.json`, `calendars.json` and `series/<id>.csv` in, a line a step out.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::civil::{Date, DateTime};
use metricwright_analysis::calendar::Calendar;
use metricwright_analysis::forecast::limits::Limits;
use metricwright_analysis::forecast::{Band, Task, forecast as foresee};
use metricwright_analysis::series::{Axis, Step};
use serde::{Deserialize, Serialize};

use crate::input::{bytes, calendars, json};
use crate::{Error, Options};

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many cases were answered.
    pub cases: usize,
    /// How long it took, reading and writing included.
    pub seconds: f64,
}

/// The probabilities that the two bands of an answer hold the truth with.
const SHARES: [f64; 2] = [0.8, 0.95];

#[derive(Deserialize)]
struct Manifest {
    series: Vec<Case>,
}

/// What is read of a case. What else its entry says (group, source, …) is not for a forecast to know; the id only names the
/// answer.
#[derive(Deserialize)]
struct Case {
    id: String,
    file: PathBuf,
    frequency: Option<String>,
    m: Option<f64>,
    #[serde(default)]
    seasonality: Vec<f64>,
    horizon: usize,
    calendar: Option<String>,
    #[serde(default)]
    nominal_dates: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    series: &'a str,
    step: usize,
    mean: f64,
    lo80: f64,
    hi80: f64,
    lo95: f64,
    hi95: f64,
}

type Calendars = BTreeMap<String, Calendar>;

/// Answers the cases of a folder, in the order of its manifest.
pub fn forecast(options: &Options) -> Result<Summary, Error> {
    let start = Instant::now();
    let cases = cases(options)?;
    let calendars = calendars(&options.data)?;
    let answers = options.each(&cases, |case| answer(options, case, &calendars));
    let file =
        File::create(&options.out).map_err(|source| Error::Write { path: options.out.clone(), source })?;
    let mut out = BufWriter::new(file);
    for text in answers {
        out.write_all(text?.as_bytes())
            .map_err(|source| Error::Write { path: options.out.clone(), source })?;
    }
    out.flush().map_err(|source| Error::Write { path: options.out.clone(), source })?;
    Ok(Summary { cases: cases.len(), seconds: start.elapsed().as_secs_f64() })
}

fn cases(options: &Options) -> Result<Vec<Case>, Error> {
    let expected = "an object with series is expected, each with id, file and horizon";
    let Manifest { series } = json(&options.data.join("manifest.json"), expected)?;
    options.chosen(series, |case| &case.id)
}

fn answer(options: &Options, case: &Case, calendars: &Calendars) -> Result<String, Error> {
    let path = options.data.join(&case.file);
    let wrong = |line: Option<u64>, reason: String| Error::Format { path: path.clone(), line, reason };
    let rows = rows(&path)?;
    let step = case.frequency.as_deref().map(step).transpose().map_err(|reason| Error::Format {
        path: options.data.join("manifest.json"),
        line: None,
        reason: format!("{}: {reason}", case.id),
    })?;
    let axis = rows.first().zip(step).map(|((start, _), step)| Axis { start: *start, step });
    let values: Vec<f64> = rows.iter().map(|(_, value)| *value).collect();
    let seasons =
        if case.seasonality.is_empty() { case.m.into_iter().collect() } else { case.seasonality.clone() };
    let none = Calendar::default();
    let calendar = case.calendar.as_ref().and_then(|name| calendars.get(name)).unwrap_or(&none);
    let axis = axis.filter(|_| !case.nominal_dates);
    let task = Task { values: &values, seasons: &seasons, horizon: case.horizon, axis, calendar };
    let found = foresee(&task, &SHARES, Limits::of(&values))
        .ok_or_else(|| wrong(None, "no known value; a forecast needs one at least".to_owned()))?;
    let mut text = String::new();
    for (place, foreseen) in found.steps.iter().enumerate() {
        let [narrow, wide] = foreseen.bands.as_slice() else { continue };
        text.push_str(&line(&case.id, place + 1, foreseen.mean, *narrow, *wide));
        text.push('\n');
    }
    Ok(text)
}

fn line(series: &str, step: usize, mean: f64, narrow: Band, wide: Band) -> String {
    let answer =
        Answer { series, step, mean, lo80: narrow.low, hi80: narrow.high, lo95: wide.low, hi95: wide.high };
    serde_json::to_string(&answer).unwrap_or_default()
}

fn step(frequency: &str) -> Result<Step, String> {
    match frequency {
        "H" => Ok(Step::HOUR),
        "D" => Ok(Step::DAY),
        "W" => Ok(Step::WEEK),
        "M" => Ok(Step::MONTH),
        "Q" => Ok(Step::QUARTER),
        "Y" => Ok(Step::YEAR),
        other => Err(format!("frequency {other:?} is not known; use one of H, D, W, M, Q, Y")),
    }
}

/// The rows of a `timestamp,value` file; `NaN` for an empty value.
fn rows(path: &Path) -> Result<Vec<(DateTime, f64)>, Error> {
    let text = String::from_utf8_lossy(&bytes(path)?).into_owned();
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        let wrong =
            |reason: String| Error::Format { path: path.to_owned(), line: Some(number as u64 + 1), reason };
        let (time, value) = line.split_once(',').ok_or_else(|| {
            wrong("a row is timestamp,value; leave the value empty where it is missing".to_owned())
        })?;
        let time = timestamp(time).ok_or_else(|| {
            wrong(format!("{time:?} is no date or time; write 2024-05-31 or 2024-05-31T13:00:00"))
        })?;
        let value = match value.trim() {
            "" => f64::NAN,
            text => text
                .parse::<f64>()
                .map_err(|_| wrong(format!("{text:?} is no number; leave it empty where it is missing")))?,
        };
        rows.push((time, value));
    }
    Ok(rows)
}

fn timestamp(text: &str) -> Option<DateTime> {
    let text = text.trim();
    text.parse::<DateTime>().ok().or_else(|| text.parse::<Date>().ok().map(Into::into))
}
