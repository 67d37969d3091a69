//! The detector of one series: a row in, a judgement out.

use serde::{Deserialize, Serialize};

use super::alert::Alerting;
use super::baseline::Place;
use super::flatline::Flatline;
use super::kind::Kind;
use super::settings::{Settings, slot_rows};
use super::view::{Evidence, View};

/// Version of the detector's form; one of another version is begun anew.
pub const DETECTOR_VERSION: u32 = 1;

/// Days out of the ordinary deviate this many times as much as others before they surprise.
const CAUTION: f64 = 3.0;
/// What the logarithmic view sees counts for this much less, in tens: it is the second opinion.
const LOGARITHMIC_WEIGHT: f64 = -0.1;
/// The logarithm is nearly straight below this share of the typical size of values.
const STRAIGHT: f64 = 0.03;
/// Values beyond are taken for this much, so that their squares are numbers.
const HUGE: f64 = 1e100;
/// Rows of which the typical size is the mean: at least these, at most a season.
const SIZE_ROWS: u32 = 12;

/// One row of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Seconds since 1970-01-01T00:00 on the clock of the people who use the metric, so that days and weeks are theirs.
    pub seconds: i64,
    /// The value; not finite if there is none.
    pub value: f64,
    /// Whether the day is out of the ordinary (see [`super::UnusualDays`]): deviations are then expected.
    pub unusual: bool,
}

/// What is thought of a row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// −log10 of the probability of a row as strange as this one: 3 is one in a thousand. Means the same in all series.
    pub score: f64,
    /// Whether people should be told now: once for each event.
    pub alert: bool,
    /// What the strongest evidence speaks for.
    pub kind: Kind,
    /// The value that was expected, from the season and the row before; none for a missing row.
    pub expected: Option<f64>,
    /// How far the value is from there, in scales of this series at this time of the season.
    pub deviation: f64,
}

/// Judges the rows of one series one after another, from what came before only.
///
/// The detector is all that is remembered: of bounded size, and serialisable with serde, so that it can be kept in a store
/// and go on with the next row as if it had never stopped. Numbers have to be stored exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detector {
    version: u32,
    settings: Settings,
    rows: u64,
    linear: View,
    logarithmic: View,
    size: Size,
    flatline: Flatline,
    alerting: Alerting,
    missing: u32,
}

/// The typical size of values, found on the first rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Size {
    sum: f64,
    rows: u32,
}

impl Detector {
    /// One that has seen nothing.
    pub fn new(settings: Settings) -> Self {
        Self {
            version: DETECTOR_VERSION,
            rows: 0,
            linear: View::new(&settings),
            logarithmic: View::new(&settings),
            size: Size::default(),
            flatline: Flatline::new(settings.memory()),
            alerting: Alerting::new(settings.bar(), settings.period()),
            missing: 0,
            settings,
        }
    }

    /// Whether a stored detector can go on: it is of this version and was begun with these settings.
    pub fn goes_on(&self, settings: &Settings) -> bool {
        self.version == DETECTOR_VERSION && self.settings == *settings
    }

    /// Judges a row, then learns from it. A missing value has score 0; that it is missing may alert (see
    /// [`Settings::missing_after`]). Rows come in their order; a time that comes twice is judged twice.
    pub fn observe(&mut self, row: Row) -> Judgement {
        self.rows += 1;
        if !row.value.is_finite() {
            return self.miss();
        }
        let value = row.value.clamp(-HUGE, HUGE);
        self.missing = 0;
        let place = self.place(row.seconds);
        let caution = if row.unusual { CAUTION } else { 1.0 };
        let flat = Evidence::new(Kind::Flat, self.flatline.observe(value), 0.0);
        let (deviation, linear) = self.linear.observe(place, value, caution, flat.surprise);
        let mut evidence = linear.or(flat);
        if let Some(size) = self.size.logarithm(value, self.settings.first_season()) {
            let (_, logarithmic) = self.logarithmic.observe(place, size, caution, flat.surprise);
            evidence = evidence.or(logarithmic.or(flat).weighted(LOGARITHMIC_WEIGHT));
        }
        Judgement {
            score: evidence.surprise,
            alert: self.rows > self.settings.warm_up as u64 && self.alerting.observe(evidence.surprise),
            kind: evidence.kind,
            expected: Some(deviation.expected),
            deviation: deviation.shock,
        }
    }

    fn miss(&mut self) -> Judgement {
        self.missing = self.missing.saturating_add(1);
        let due = self.settings.missing_after == Some(self.missing);
        let alert = due && self.rows > self.settings.warm_up as u64;
        Judgement { score: 0.0, alert, kind: Kind::Missing, expected: None, deviation: 0.0 }
    }

    fn place(&self, seconds: i64) -> Place {
        let row = seconds.div_euclid(self.settings.step_seconds.max(1));
        let slot = |season: usize| {
            let place = i64::try_from(season).ok().and_then(|season| row.checked_rem_euclid(season));
            place.and_then(|place| usize::try_from(place).ok()).unwrap_or(0) / slot_rows(season)
        };
        Place { first: slot(self.settings.first_season()), last: self.settings.last_season().map_or(0, slot) }
    }
}

impl Size {
    /// The value on a scale that is straight near zero and logarithmic beyond the typical size; none while that is not
    /// known.
    fn logarithm(&mut self, value: f64, season: usize) -> Option<f64> {
        let wanted = SIZE_ROWS.max(u32::try_from(season).unwrap_or(u32::MAX));
        if self.rows < wanted {
            self.rows += 1;
            self.sum += value.abs();
            return None;
        }
        let size = (self.sum / f64::from(self.rows)).max(1e-12);
        Some(size * (1.0 + value.abs() / (STRAIGHT * size)).ln().copysign(value))
    }
}
