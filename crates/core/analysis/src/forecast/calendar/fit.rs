//! Coefficients by least squares with a penalty a block, which the values themselves set.

use super::columns::{Design, Entry};
use crate::forecast::linear::Normal;
use crate::season::indices::autocorrelations;

/// How often penalties are set anew on the first history, and on the whole.
const ROUNDS: usize = 4;
const ROUNDS_AGAIN: usize = 2;

/// How many robust deviations from what was expected a value counts in full.
const TOLERANCE: f64 = 2.5;

/// The sums over the rows seen so far and the coefficients they give.
#[derive(Debug)]
pub(super) struct Fit {
    sums: Normal,
    /// Rows in `sums`, the weight of the known ones, and the weighted sum of their squares.
    rows: usize,
    known: f64,
    squares: f64,
    centre: Option<f64>,
    /// The robust deviation of what is left of the values.
    pub deviation: f64,
    /// How many neighbours say together what one would if each were by itself.
    repetition: f64,
    penalties: Vec<f64>,
    coefficients: Vec<f64>,
}

impl Fit {
    pub fn new(design: &Design) -> Self {
        Self {
            sums: Normal::new(design.size),
            rows: 0,
            known: 0.0,
            squares: 0.0,
            centre: None,
            deviation: f64::INFINITY,
            repetition: 1.0,
            penalties: vec![],
            coefficients: vec![],
        }
    }

    /// Takes in the values after those seen so far, and solves; the first and the last time from the beginning, with less
    /// weight for values that lie far from what the others make of them (P. J. Huber 1964). None where next to nothing is
    /// known.
    pub fn learn(&mut self, design: &Design, values: &[f64], anew: bool) -> Option<()> {
        self.centre.get_or_insert_with(|| {
            crate::stats::median(
                &mut values.iter().copied().filter(|value| value.is_finite()).collect::<Vec<_>>(),
            )
        });
        if self.penalties.is_empty() {
            self.penalties = vec![1.0; design.size];
            self.pass(design, values, ROUNDS)?;
            self.forget();
            return self.pass(design, values, ROUNDS);
        }
        if anew {
            self.forget();
            return self.pass(design, values, ROUNDS_AGAIN);
        }
        self.pass(design, values, 0)
    }

    fn forget(&mut self) {
        self.sums = Normal::new(self.sums.size());
        (self.rows, self.known, self.squares) = (0, 0.0, 0.0);
    }

    fn pass(&mut self, design: &Design, values: &[f64], rounds: usize) -> Option<()> {
        self.add(design, values);
        if self.known < 8.0 {
            return None;
        }
        for _ in 0..rounds {
            self.set_penalties(design)?;
        }
        self.coefficients = self.sums.solve(&self.penalties)?.coefficients;
        let mut rests: Vec<f64> = values
            .iter()
            .zip(&design.rows)
            .filter(|(value, _)| value.is_finite())
            .map(|(value, row)| value - self.value(row))
            .collect();
        self.deviation = crate::stats::robust_deviation(&mut rests.clone());
        let reach = TOLERANCE * self.deviation;
        for rest in &mut rests {
            *rest = rest.clamp(-reach, reach);
        }
        let alike = autocorrelations(&rests, 1).first().map_or(0.0, |alike| alike.clamp(0.0, 0.9));
        self.repetition = (1.0 + alike) / (1.0 - alike);
        Some(())
    }

    fn add(&mut self, design: &Design, values: &[f64]) {
        let centre = self.centre.unwrap_or(0.0);
        let rows = values.iter().zip(&design.rows).skip(self.rows).filter(|(value, _)| value.is_finite());
        for (value, row) in rows {
            let target = value - centre;
            let weight = self.weight(value - self.value(row));
            self.sums.add(row, target, weight);
            self.known += weight;
            self.squares += weight * target * target;
        }
        self.rows = values.len();
    }

    fn weight(&self, rest: f64) -> f64 {
        let reach = TOLERANCE * self.deviation;
        if rest.abs() <= reach { 1.0 } else { (reach / rest.abs()).max(1e-3) }
    }

    /// One round of expectation and maximisation: each block's variance is that of its coefficients, what is not known of
    /// them included; its penalty is the noise's variance divided by it.
    fn set_penalties(&mut self, design: &Design) -> Option<()> {
        let solution = self.sums.solve(&self.penalties)?;
        let variances = solution.variances();
        let shrunk: f64 =
            variances.iter().zip(&self.penalties).map(|(variance, penalty)| variance * penalty).sum();
        let explained: f64 = self.sums.against_targets(&solution.coefficients);
        let penalised: f64 = solution
            .coefficients
            .iter()
            .zip(&self.penalties)
            .map(|(value, penalty)| penalty * value * value)
            .sum();
        let rest = (self.squares - explained - penalised).max(1e-12 * self.squares);
        let noise = self.repetition * rest / (self.known - (design.size as f64 - shrunk)).max(1.0);
        let mut coefficients = solution.coefficients.iter().zip(&variances);
        let mut penalties = self.penalties.iter_mut();
        for (number, size) in design.blocks.iter().enumerate() {
            let spread: f64 = coefficients
                .by_ref()
                .take(*size)
                .map(|(value, variance)| value * value + noise * variance)
                .sum();
            let own = (noise * *size as f64 / spread.max(f64::MIN_POSITIVE)).clamp(1e-6, 1e9);
            for penalty in penalties.by_ref().take(*size) {
                // the constant is not held back
                *penalty = if number == 0 { 1e-6 } else { own };
            }
        }
        noise.is_finite().then_some(())
    }

    /// What the coefficients make of a row.
    pub fn value(&self, row: &[Entry]) -> f64 {
        self.centre.unwrap_or(0.0) + self.part(row, 0)
    }

    /// What the columns from `first` on add to it.
    pub fn part(&self, row: &[Entry], first: usize) -> f64 {
        let own = row.iter().filter(|(column, _)| *column >= first);
        own.filter_map(|(column, value)| Some(self.coefficients.get(*column)? * value)).sum()
    }
}
