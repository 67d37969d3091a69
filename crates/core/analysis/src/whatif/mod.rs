//! What would be: a metric tree recomputed under changed inputs.
//!
//! What the tree says follows exactly from the definitions. What other inputs do when one is changed does not; it comes
//! from elasticities found in the past, of which only those beyond chance are used, and the interval is theirs.

use crate::attribute::Tree;
use crate::stats::normal_quantile;

/// A change of an input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// To a value.
    To(f64),
    /// By an amount: +1 percentage point is 0.01.
    By(f64),
    /// By a factor: -5 % is 0.95.
    Times(f64),
}

/// How an input answered to another in the past: when `of` moved by 1 %, `to` moved by `value` %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elasticity {
    /// The place of the input that is changed.
    pub of: usize,
    /// The place of the input that answers.
    pub to: usize,
    /// By how much.
    pub value: f64,
    /// The standard error of that.
    pub error: f64,
    /// The probability of such a value by chance, adjusted for all that were looked at.
    pub adjusted: f64,
}

/// Why a number is to be read with care.
#[derive(Debug, Clone, PartialEq)]
pub enum Assumption {
    /// An input was held where it is.
    Held(usize),
    /// An input answers by an elasticity of the past.
    Answers(Elasticity),
    /// An elasticity is not beyond chance and was left out.
    NotUsed(Elasticity),
}

/// What a metric would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The metric now.
    pub now: f64,
    /// What it would be.
    pub then: f64,
    /// The ends of the interval that holds it with 95 % if the assumptions hold; both are `then` where no elasticity is used.
    pub interval: (f64, f64),
    /// What each input contributes to the difference; they sum to it.
    pub contributions: Vec<f64>,
    /// What was assumed.
    pub assumptions: Vec<Assumption>,
}

/// Elasticities whose adjusted probability is above this are not used.
const CHANCE: f64 = 0.05;

/// The value of a metric if inputs were changed; none where it has no value before or after.
pub fn whatif(
    tree: &Tree,
    inputs: &[f64],
    changes: &[(usize, Change)],
    elasticities: &[Elasticity],
) -> Option<Outcome> {
    let now = tree.value(inputs)?;
    let mut direct = inputs.to_vec();
    for (place, change) in changes {
        let value = direct.get_mut(*place)?;
        *value = match change {
            Change::To(other) => *other,
            Change::By(amount) => *value + amount,
            Change::Times(factor) => *value * factor,
        };
    }
    let changed = |place: usize| changes.iter().any(|(other, _)| *other == place);
    let (used, unused): (Vec<Elasticity>, Vec<Elasticity>) = elasticities
        .iter()
        .filter(|one| changed(one.of) && !changed(one.to) && one.to < inputs.len())
        .partition(|one| one.adjusted <= CHANCE);
    let answered = |values: &[f64]| answer(inputs, &direct, &used, values);
    let middle: Vec<f64> = used.iter().map(|one| one.value).collect();
    let then_inputs = answered(&middle);
    let then = tree.value(&then_inputs)?;
    // the elasticities' errors are independent: their effects on the metric add up as squares
    let mut variance = 0.0;
    for (place, one) in used.iter().enumerate() {
        let moved: Vec<f64> = middle
            .iter()
            .enumerate()
            .map(|(other, value)| if other == place { value + one.error } else { *value })
            .collect();
        variance += (tree.value(&answered(&moved))? - then).powi(2);
    }
    let half = normal_quantile(0.975) * variance.sqrt();
    let contributions = tree.contributions(&then_inputs, inputs)?;
    let held = (0..inputs.len()).filter(|place| !changed(*place) && !used.iter().any(|one| one.to == *place));
    let assumptions = held.map(Assumption::Held);
    let assumptions = assumptions.chain(used.iter().copied().map(Assumption::Answers));
    let assumptions = assumptions.chain(unused.into_iter().map(Assumption::NotUsed)).collect();
    Some(Outcome { now, then, interval: (then - half, then + half), contributions, assumptions })
}

/// The inputs after those that answer have: each by its elasticities, as powers of the ratios of what moved them.
fn answer(before: &[f64], direct: &[f64], used: &[Elasticity], values: &[f64]) -> Vec<f64> {
    let mut after = direct.to_vec();
    for (one, value) in used.iter().zip(values) {
        let ratio = direct.get(one.of).zip(before.get(one.of)).map(|(after, before)| after / before);
        if let (Some(input), Some(ratio)) =
            (after.get_mut(one.to), ratio.filter(|ratio| *ratio > 0.0 && ratio.is_finite()))
        {
            *input *= ratio.powf(*value);
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Assumption, Change, Elasticity, whatif};
    use crate::attribute::Tree::{Input, Product};

    // visits × conversion × price
    fn revenue() -> crate::attribute::Tree {
        Product(vec![Input(0), Input(1), Input(2)])
    }

    #[test]
    fn definitions_alone_are_exact() {
        let changes = [(1, Change::By(0.01)), (2, Change::Times(0.95))];
        let found = whatif(&revenue(), &[1000.0, 0.04, 50.0], &changes, &[]).unwrap();
        assert!((found.now - 2000.0).abs() < 1e-9 && (found.then - 2375.0).abs() < 1e-9);
        assert_eq!(found.interval, (found.then, found.then));
        assert_eq!(found.assumptions, [Assumption::Held(0)]);
    }

    #[test]
    fn an_elasticity_answers_only_beyond_chance() {
        let sure = Elasticity { of: 2, to: 1, value: -1.0, error: 0.2, adjusted: 0.001 };
        let chance = Elasticity { of: 2, to: 0, value: -3.0, error: 3.0, adjusted: 0.4 };
        let found =
            whatif(&revenue(), &[1000.0, 0.04, 50.0], &[(2, Change::Times(0.8))], &[sure, chance]).unwrap();
        // conversion rises by as much as the price falls
        assert!((found.then - 2000.0).abs() < 1e-9, "{found:?}");
        assert!(found.interval.0 < 2000.0 && found.interval.1 > 2000.0);
        assert_eq!(
            found.assumptions,
            [Assumption::Held(0), Assumption::Answers(sure), Assumption::NotUsed(chance)]
        );
    }

    #[test]
    fn an_input_that_is_not_there_has_no_outcome() {
        assert_eq!(whatif(&revenue(), &[1.0, 1.0, 1.0], &[(7, Change::To(1.0))], &[]), None);
    }

    proptest! {
        #[test]
        fn contributions_sum_to_the_difference(
            inputs in prop::collection::vec(0.1_f64..100.0, 3), factor in 0.2_f64..3.0, value in -2.0_f64..2.0
        ) {
            let one = Elasticity { of: 0, to: 1, value, error: 0.1, adjusted: 0.01 };
            let found = whatif(&revenue(), &inputs, &[(0, Change::Times(factor))], &[one]).unwrap();
            let sum: f64 = found.contributions.iter().sum();
            prop_assert!((sum - (found.then - found.now)).abs() <= 1e-9 * (found.then.abs() + found.now.abs()));
        }
    }
}
