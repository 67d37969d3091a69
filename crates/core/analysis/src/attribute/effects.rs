//! What each leaf contributes to the change, exactly.

use super::{Measure, Pair, Table};

/// Contributions of the leaves to the change of the metric; all of them sum to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Effects {
    /// The metric on both sides.
    pub actual: f64,
    /// The metric of the baseline.
    pub baseline: f64,
    /// What each leaf contributes by its own value (additive) or its own ratio (ratio).
    pub rate: Vec<f64>,
    /// What each leaf contributes by its weight; zero for an additive metric.
    pub mix: Vec<f64>,
}

impl Effects {
    /// The effects of all leaves of a table.
    ///
    /// Additive: the difference of each leaf. Ratio: with w the share of a leaf in the denominator and r its ratio, a
    /// leaf contributes w̄·Δr by its ratio and Δw·(r̄ − R̄) by its weight, bars for the mean of both sides and R for the
    /// whole (the midpoint weights of Marshall 1887 and Edgeworth 1925, which leave no rest). A leaf without weight on
    /// one side has no change of its ratio; all it contributes is by weight.
    pub fn of(table: &Table) -> Self {
        match table.measure() {
            Measure::Additive(pair) => Self {
                actual: pair.actual.iter().sum(),
                baseline: pair.baseline.iter().sum(),
                rate: pair
                    .actual
                    .iter()
                    .zip(&pair.baseline)
                    .map(|(actual, baseline)| actual - baseline)
                    .collect(),
                mix: vec![0.0; table.leaves()],
            },
            Measure::Ratio { numerator, denominator } => ratio(numerator, denominator),
        }
    }
}

fn ratio(numerator: &Pair, denominator: &Pair) -> Effects {
    let total = |values: &[f64]| values.iter().sum::<f64>();
    let weights = (total(&denominator.actual), total(&denominator.baseline));
    let actual = divide(total(&numerator.actual), weights.0);
    let baseline = divide(total(&numerator.baseline), weights.1);
    // weights of a side without any do not sum to 1, so that a mean ratio taken off them would not cancel
    let middle = if weights.0 == 0.0 || weights.1 == 0.0 { 0.0 } else { f64::midpoint(actual, baseline) };
    let actuals = numerator.actual.iter().zip(&denominator.actual);
    let baselines = numerator.baseline.iter().zip(&denominator.baseline);
    let (rate, mix) = actuals
        .zip(baselines)
        .map(|((above, below), (above_before, below_before))| {
            let share = (divide(*below, weights.0), divide(*below_before, weights.1));
            let both = *below != 0.0 && *below_before != 0.0;
            let change = if both { above / below - above_before / below_before } else { 0.0 };
            let rate = f64::midpoint(share.0, share.1) * change;
            let whole =
                divide(*above, weights.0) - divide(*above_before, weights.1) - middle * (share.0 - share.1);
            (rate, whole - rate)
        })
        .unzip();
    Effects { actual, baseline, rate, mix }
}

fn divide(above: f64, below: f64) -> f64 {
    if below == 0.0 { 0.0 } else { above / below }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Effects;
    use crate::attribute::{Measure, Pair, Table};

    fn effects(rows: &[[f64; 4]]) -> Effects {
        let column = |place: usize| rows.iter().map(|row| row[place]).collect::<Vec<_>>();
        let numerator = Pair { actual: column(0), baseline: column(1) };
        let denominator = Pair { actual: column(2), baseline: column(3) };
        Effects::of(&Table::new(Vec::new(), Measure::Ratio { numerator, denominator }).unwrap())
    }

    #[test]
    fn a_change_of_ratios_and_one_of_weights_are_told_apart() {
        // half and half at 10 % and 30 %; then the second falls to 20 %
        let rates = effects(&[[10.0, 10.0, 100.0, 100.0], [20.0, 30.0, 100.0, 100.0]]);
        assert!((rates.rate[1] + 0.05).abs() < 1e-12 && rates.mix.iter().all(|mix| mix.abs() < 1e-12));
        // then the first grows to three quarters
        let weights = effects(&[[30.0, 10.0, 300.0, 100.0], [30.0, 30.0, 100.0, 100.0]]);
        assert!(weights.rate.iter().all(|rate| rate.abs() < 1e-12));
        assert!((weights.mix.iter().sum::<f64>() + 0.05).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn effects_sum_to_the_change(
            rows in prop::collection::vec(prop::array::uniform4(prop_oneof![Just(0.0), 0.0_f64..1e6]), 0..40)
        ) {
            let found = effects(&rows);
            let sum: f64 = found.rate.iter().chain(&found.mix).sum();
            let scale = found.rate.iter().chain(&found.mix).map(|effect| effect.abs()).sum::<f64>().max(1.0);
            prop_assert!((sum - (found.actual - found.baseline)).abs() <= 1e-9 * scale);
        }
    }
}
