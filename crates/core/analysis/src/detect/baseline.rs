//! What a row was expected to be: level, seasons and the residual before it, learned robustly row by row.

use serde::{Deserialize, Serialize};

use super::settings::{Settings, slots};

/// Rows before which nothing is called an outlier, for want of a scale.
const FIRST_ROWS: f64 = 5.0;
/// Residuals teach the level and the seasons no more than this many mean absolute residuals.
const OUTLIER: f64 = 3.0;
/// … and the scales no more than this many.
const SCALE_OUTLIER: f64 = 6.0;
/// The level follows with this many times one season's memory.
const LEVEL_SPEED: f64 = 2.0;
/// Least share by which the daily profile follows, and the weekly one.
const DAY_GAIN: f64 = 0.1;
const WEEK_GAIN: f64 = 0.2;
/// Rows for which the general scale counts in the scale of a slot of the day, and most rows that the slot itself counts.
const SLOT_PRIOR: f64 = 4.0;
const SLOT_MOST: f64 = 20.0;
/// The scale is at least this many plain mean absolute residuals, outliers and all, so that a series which mostly stands
/// still does not make everything else a wonder.
const SCALE_FLOOR: f64 = 1.5;

/// A robust additive model with up to two nested seasons, learned recursively: exponential smoothing with residuals
/// winsorised before they teach (Gelper, Fried and Croux, Journal of Forecasting 2010), profiles with gain 1/n at first.
/// Three models run side by side (level only, level and first season, level and both); the one with the least recent
/// absolute residual speaks, so that no season is a valid answer. Its residual is predicted from the one before
/// (autoregression of order 1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Baseline {
    rows: f64,
    /// Rows of the first season.
    period: f64,
    first: Vec<Slot>,
    last: Vec<Effect>,
    plain: Model,
    seasonal: Model,
    both: Model,
    /// Mean absolute one-step residual, outliers cut.
    scale: f64,
    /// The same with outliers.
    uncut: f64,
    covariance: f64,
    variance: f64,
    gains: Gains,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Gains {
    level: f64,
    scale: f64,
    memory: f64,
}

/// A slot of the first season.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Slot {
    effect: Effect,
    /// Mean absolute one-step residual here.
    spread: f64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Effect {
    value: f64,
    seen: f64,
}

/// One of the three models.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Model {
    level: f64,
    /// Mean absolute residual, outliers cut.
    spread: f64,
    /// The residual of the row before.
    before: f64,
}

/// Where in the seasons a row is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Slot of the first season.
    pub first: usize,
    /// Slot of the last season.
    pub last: usize,
}

/// A row against what was expected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deviation {
    /// What was expected from the season and the row before.
    pub expected: f64,
    /// How far the row is from there, in scales.
    pub shock: f64,
    /// How far it is from level and season alone, in scales.
    pub gap: f64,
    /// The direction and size of the seasons here, in scales.
    pub season: f64,
}

impl Model {
    /// Takes in a residual; what of it may teach level and seasons, at most `most` spreads.
    fn learn(&mut self, residual: f64, gain: f64, rows: f64, most: f64) -> f64 {
        let limit = if rows > FIRST_ROWS { SCALE_OUTLIER * self.spread.max(1e-12) } else { f64::INFINITY };
        self.spread += gain * (residual.abs().min(limit) - self.spread);
        self.before = residual;
        // infinitely many spreads of 0 are no limit
        let limit = if most.is_finite() { most * self.spread } else { f64::INFINITY };
        residual.clamp(-limit, limit)
    }
}

impl Baseline {
    pub(super) fn new(settings: &Settings) -> Self {
        let last = settings.last_season();
        Self {
            rows: 0.0,
            period: settings.first_season() as f64,
            first: vec![Slot::default(); slots(settings.first_season())],
            last: vec![Effect::default(); slots(last.unwrap_or(0))],
            plain: Model::default(),
            seasonal: Model::default(),
            both: Model::default(),
            scale: 0.0,
            uncut: 0.0,
            covariance: 0.0,
            variance: 0.0,
            gains: Gains {
                level: (LEVEL_SPEED / settings.period()).min(0.5),
                scale: 1.0 / last.map_or(settings.period(), |last| last as f64).max(100.0),
                memory: 1.0 / (4.0 * settings.period()).max(100.0),
            },
        }
    }

    /// Judges a finite value, then learns from it. On days that are out of the ordinary, `caution` above 1 divides the
    /// deviation and what is learned.
    pub(super) fn observe(&mut self, place: Place, value: f64, caution: f64) -> Deviation {
        if self.rows < 1.0 {
            self.plain.level = value;
        }
        self.rows += 1.0;
        let slot = self.first.get(place.first).copied().unwrap_or_default();
        let last = self.last.get(place.last).copied();
        let season = slot.effect.value;
        let both = season + last.map_or(0.0, |effect| effect.value);
        let residuals =
            [value - self.plain.level, value - self.seasonal.level - season, value - self.both.level - both];
        let (model, residual, season) = self.best(residuals, slot.effect, last);
        let correlation =
            if self.variance > 0.0 { (self.covariance / self.variance).clamp(0.0, 0.98) } else { 0.5 };
        let error = (residual - correlation * model.before) / caution;
        let floor = (SCALE_FLOOR * self.uncut).max(1e-12 + 1e-6 * value.abs());
        let scale = self.local_scale(slot).max(floor);
        let gap = residual / caution / model.spread.max(floor) * self.scale.max(1e-12) / scale;
        self.learn_scales(place, error, scale);
        self.learn_correlation(model, residual);
        self.learn_seasons(place, value, residuals, caution);
        Deviation { expected: value - error * caution, shock: error / scale, gap, season: season / scale }
    }

    /// The model that has been nearest of late, among those that have seen this place before.
    fn best(&self, residuals: [f64; 3], slot: Effect, last: Option<Effect>) -> (Model, f64, f64) {
        let [plain, seasonal, both] = residuals;
        let mut best = (self.plain, plain, 0.0);
        if slot.seen >= 1.0 && self.seasonal.spread < best.0.spread {
            best = (self.seasonal, seasonal, slot.value);
        }
        if let Some(last) = last
            && last.seen >= 1.0
            && self.both.spread < best.0.spread
        {
            best = (self.both, both, slot.value + last.value);
        }
        best
    }

    /// The scale at a slot of the first season, drawn towards the general one while the slot is little known.
    fn local_scale(&self, slot: Slot) -> f64 {
        let seen = slot.effect.seen.min(SLOT_MOST);
        (slot.spread * seen + self.scale * SLOT_PRIOR) / (seen + SLOT_PRIOR)
    }

    fn cut(&self, value: f64, limit: f64) -> f64 {
        if self.rows > FIRST_ROWS { value.clamp(-limit, limit) } else { value }
    }

    fn learn_scales(&mut self, place: Place, error: f64, scale: f64) {
        let gain = self.gains.scale.max(1.0 / self.rows);
        let size = error.abs();
        self.uncut += gain * (size - self.uncut);
        self.scale += gain * (self.cut(size, SCALE_OUTLIER * self.scale.max(1e-12)) - self.scale);
        let size = self.cut(size, SCALE_OUTLIER * scale);
        if let Some(slot) = self.first.get_mut(place.first) {
            slot.spread += (1.0 / (slot.effect.seen + 1.0)).max(DAY_GAIN) * (size - slot.spread);
        }
    }

    fn learn_correlation(&mut self, model: Model, residual: f64) {
        let limit = SCALE_OUTLIER * model.spread.max(1e-12);
        let (before, now) = (model.before.clamp(-limit, limit), residual.clamp(-limit, limit));
        self.covariance += self.gains.memory * (before * now - self.covariance);
        self.variance += self.gains.memory * (before * before - self.variance);
    }

    fn learn_seasons(&mut self, place: Place, value: f64, residuals: [f64; 3], caution: f64) {
        let rows = self.rows;
        let gain = self.gains.scale.max(1.0 / rows);
        let cautious = if rows > FIRST_ROWS { OUTLIER / (caution * caution) } else { f64::INFINITY };
        let [plain, seasonal, both] = residuals;
        let plain_cut = self.plain.learn(plain, gain, rows, cautious);
        let seasonal_cut = self.seasonal.learn(seasonal, gain, rows, cautious);
        let both_cut = self.both.learn(both, gain, rows, cautious);
        let level = self.gains.level.max(1.0 / rows);
        self.plain.level += level * plain_cut;
        let in_first_season = rows <= self.period;
        let Some(slot) = self.first.get_mut(place.first) else { return };
        slot.effect.seen += 1.0;
        if in_first_season {
            slot.effect.value = value;
            self.seasonal.spread = self.plain.spread;
            self.both.spread = self.plain.spread;
            return;
        }
        self.seasonal.level += level * seasonal_cut;
        let taught = tapered(seasonal, cautious * self.seasonal.spread.max(slot.spread));
        slot.effect.value += (1.0 / slot.effect.seen).max(DAY_GAIN) * (1.0 - level) * taught;
        if let Some(effect) = self.last.get_mut(place.last) {
            self.both.level += level * both_cut;
            let taught = tapered(both, cautious * self.both.spread.max(slot.spread));
            effect.value += (1.0 / (effect.seen + 1.5)).max(WEEK_GAIN) * (1.0 - level) * taught;
            effect.seen += 1.0;
        }
    }
}

/// A residual teaches the season in full up to a limit, and the less the farther it is beyond: what happened once is no
/// season.
fn tapered(residual: f64, limit: f64) -> f64 {
    if residual.abs() > limit { limit * (limit / residual) } else { residual }
}
