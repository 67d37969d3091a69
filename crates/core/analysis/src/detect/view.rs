//! One way to look at a series, on its own scale or on a logarithmic one: the statistics that could be strange, and how
//! strange each is.

use serde::{Deserialize, Serialize};

use super::baseline::{Baseline, Deviation, Place};
use super::kind::Kind;
use super::settings::Settings;
use super::statistic::{Cusum, Likeness, Mean};
use super::tail::Tail;

/// Deviations count for no more than this many scales in means over several rows.
const CUT: f64 = 16.0;
/// The tail index of single rows before any is seen, that of Student's t with four degrees of freedom: as heavy as the
/// residuals of most business metrics.
const SHOCK_INDEX: f64 = 0.25;
/// A row this surprising (−log10 of its probability) teaches the tails less …
const STRANGE: f64 = 2.75;
/// … namely this much if it is the first of its kind for some rows (the event has happened, and may again), …
const FIRST_WEIGHT: f64 = 0.5;
/// … and this much if it goes on: the rows of an event are one event, not many.
const NEXT_WEIGHT: f64 = 0.2;
/// Strange rows this far apart are not of the same event.
const APART: u32 = 5;
/// Rows that are too few to find anything strange.
const FEW: u32 = 20;
/// Rows from which strangeness teaches less.
const BELIEVED: u32 = 50;

/// How much each statistic's evidence counts for more or less, in tens: a weighted Bonferroni correction (Genovese, Roeder
/// and Wasserman, Biometrika 2006). A few rows together count double; single rows, sums and shapes half; calm, which is rarely
/// looked for, a tenth.
const BRIEF_WEIGHT: f64 = 0.3;
const SHOCK_WEIGHT: f64 = -0.3;
const LASTING_WEIGHT: f64 = -0.3;
const SHAPE_WEIGHT: f64 = -0.3;
const CALM_WEIGHT: f64 = -1.0;

/// The evidence of a row: how surprising it is, −log10 of a probability, and of what kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Evidence {
    pub surprise: f64,
    pub kind: Kind,
}

impl Evidence {
    /// Evidence for a kind that counts for `tens` more than its surprise.
    pub(super) fn new(kind: Kind, surprise: f64, tens: f64) -> Self {
        Self { surprise, kind }.weighted(tens)
    }

    /// The one that surprises more.
    pub(super) fn or(self, other: Self) -> Self {
        if other.surprise > self.surprise { other } else { self }
    }

    /// The same, counting for `tens` more.
    pub(super) fn weighted(self, tens: f64) -> Self {
        Self { surprise: (self.surprise + tens).max(0.0), ..self }
    }
}

/// A baseline with the statistics of its residuals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct View {
    baseline: Baseline,
    shock: Tail,
    brief: Mean,
    middling: Mean,
    lasting: Cusum,
    shape: Likeness,
    wildness: Mean,
    rows: u32,
    since_strange: u32,
    /// Deviations that need longer to add up drift.
    season_third: f64,
}

impl View {
    pub(super) fn new(settings: &Settings) -> Self {
        let (period, memory) = (settings.period(), settings.memory());
        Self {
            baseline: Baseline::new(settings),
            shock: Tail::new(memory, SHOCK_INDEX),
            brief: Mean::new(3.0, memory),
            middling: Mean::new((period / 3.0).max(4.0), memory),
            lasting: Cusum::new(memory),
            shape: Likeness::new(period, memory),
            wildness: Mean::new((period / 4.0).max(4.0), memory),
            rows: 0,
            since_strange: APART,
            season_third: period / 3.0,
        }
    }

    /// Judges a finite value, then learns from it. What is known to be strange already (`known`) teaches less.
    pub(super) fn observe(
        &mut self,
        place: Place,
        value: f64,
        caution: f64,
        known: f64,
    ) -> (Deviation, Evidence) {
        let deviation = self.baseline.observe(place, value, caution);
        self.rows = self.rows.saturating_add(1);
        let mut evidence = self.judge(deviation);
        if self.rows <= FEW {
            evidence.surprise = 0.0;
        }
        let weight = self.weight(evidence.surprise.max(known));
        self.shock.learn(deviation.shock, weight);
        self.brief.learn(weight);
        self.middling.learn(weight);
        self.lasting.learn(weight);
        self.shape.learn(weight);
        self.wildness.learn(weight);
        (deviation, evidence)
    }

    fn judge(&mut self, deviation: Deviation) -> Evidence {
        let Deviation { shock, gap, season, .. } = deviation;
        let gap = gap.clamp(-CUT, CUT);
        let wild = self.wildness.observe((shock.abs().min(CUT) + 0.1).ln());
        let (wild_kind, wild_weight) =
            if self.wildness.is_above() { (Kind::Variance, 0.0) } else { (Kind::Flat, CALM_WEIGHT) };
        let lasting = self.lasting.observe(gap);
        let lasting_kind =
            if f64::from(self.lasting.rows()) > self.season_third { Kind::Drift } else { Kind::Shift };
        let outlier = |value: f64| if value > 0.0 { Kind::Spike } else { Kind::Dip };
        Evidence::new(outlier(shock), self.shock.surprise(shock), SHOCK_WEIGHT)
            .or(Evidence::new(outlier(gap), self.brief.observe(gap), BRIEF_WEIGHT))
            .or(Evidence::new(Kind::Shift, self.middling.observe(gap), 0.0))
            .or(Evidence::new(lasting_kind, lasting, LASTING_WEIGHT))
            .or(Evidence::new(Kind::Season, self.shape.observe(season, gap), SHAPE_WEIGHT))
            .or(Evidence::new(wild_kind, wild, wild_weight))
    }

    fn weight(&mut self, surprise: f64) -> f64 {
        self.since_strange = self.since_strange.saturating_add(1);
        if surprise <= STRANGE || self.rows <= BELIEVED {
            return 1.0;
        }
        let first = self.since_strange > APART;
        self.since_strange = 0;
        if first { FIRST_WEIGHT } else { NEXT_WEIGHT }
    }
}
