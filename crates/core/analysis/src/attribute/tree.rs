//! Metrics that are made of others: which input moved the result, exactly.

/// How a metric comes out of its inputs. Inputs are known by their place in a list of names or values.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// An input.
    Input(usize),
    /// A number that does not change.
    Constant(f64),
    /// The sum of parts.
    Sum(Vec<Tree>),
    /// The first less the second.
    Difference(Box<Tree>, Box<Tree>),
    /// The product of factors.
    Product(Vec<Tree>),
    /// The first divided by the second.
    Ratio(Box<Tree>, Box<Tree>),
}

/// Products of more factors than this are taken in pairs.
const MOST_FACTORS: usize = 10;

impl Tree {
    /// The value for values of the inputs; none where an input is missing or something is divided by zero.
    pub fn value(&self, inputs: &[f64]) -> Option<f64> {
        let value = match self {
            Self::Input(place) => *inputs.get(*place)?,
            Self::Constant(value) => *value,
            Self::Sum(parts) => parts.iter().map(|part| part.value(inputs)).sum::<Option<f64>>()?,
            Self::Difference(one, other) => one.value(inputs)? - other.value(inputs)?,
            Self::Product(factors) => {
                factors.iter().map(|factor| factor.value(inputs)).product::<Option<f64>>()?
            }
            Self::Ratio(above, below) => above.value(inputs)? / below.value(inputs)?,
        };
        value.is_finite().then_some(value)
    }

    /// What each input contributes to the change of the value from `baseline` to `actual`; the contributions sum to it.
    ///
    /// Products and ratios of positive numbers are split by the logarithmic mean Divisia index (Ang, Energy Policy 2004),
    /// others by the Shapley value over their own parts (Shapley 1953): both leave no rest and do not depend on order.
    pub fn contributions(&self, actual: &[f64], baseline: &[f64]) -> Option<Vec<f64>> {
        let mut found = vec![0.0; actual.len()];
        self.value(actual).and(self.value(baseline))?;
        self.spread(actual, baseline, 1.0, &mut found)?;
        Some(found)
    }

    /// Adds to each input what it contributes, where a unit of this node's change is `weight` of the whole's.
    fn spread(&self, actual: &[f64], baseline: &[f64], weight: f64, found: &mut [f64]) -> Option<()> {
        match self {
            Self::Constant(_) => {}
            Self::Input(place) => {
                let change = actual.get(*place)? - baseline.get(*place)?;
                *found.get_mut(*place)? += weight * change;
            }
            Self::Sum(parts) => {
                for part in parts {
                    part.spread(actual, baseline, weight, found)?;
                }
            }
            Self::Difference(one, other) => {
                one.spread(actual, baseline, weight, found)?;
                other.spread(actual, baseline, -weight, found)?;
            }
            Self::Product(factors) if factors.len() > MOST_FACTORS => {
                let (first, others) = factors.split_at(factors.len() / 2);
                let halves = vec![Self::Product(first.to_vec()), Self::Product(others.to_vec())];
                Self::Product(halves).spread(actual, baseline, weight, found)?;
            }
            Self::Product(factors) => {
                let values: Vec<(f64, f64)> = factors
                    .iter()
                    .map(|factor| Some((factor.value(actual)?, factor.value(baseline)?)))
                    .collect::<Option<_>>()?;
                for (factor, unit) in factors.iter().zip(product_units(&values)) {
                    factor.spread(actual, baseline, weight * unit, found)?;
                }
            }
            Self::Ratio(above, below) => {
                let tops = (above.value(actual)?, above.value(baseline)?);
                let bottoms = (below.value(actual)?, below.value(baseline)?);
                let (top, bottom) = ratio_units(tops, bottoms);
                above.spread(actual, baseline, weight * top, found)?;
                below.spread(actual, baseline, weight * bottom, found)?;
            }
        }
        Some(())
    }
}

/// The change of a product per unit of change of each factor, so that the changes sum to it.
fn product_units(values: &[(f64, f64)]) -> Vec<f64> {
    if values.iter().all(|(actual, baseline)| *actual > 0.0 && *baseline > 0.0) {
        let product = |side: fn(&(f64, f64)) -> f64| values.iter().map(side).product::<f64>();
        let mean = logarithmic_mean(product(|pair| pair.0), product(|pair| pair.1));
        return values.iter().map(|(actual, baseline)| mean / logarithmic_mean(*actual, *baseline)).collect();
    }
    (0..values.len())
        .map(|place| {
            let others: Vec<_> = values
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != place)
                .map(|(_, pair)| *pair)
                .collect();
            shapley_unit(&others)
        })
        .collect()
}

/// The mean, over all orders in which factors change, of the product of the others when one does: the sum over the
/// numbers k of others that changed before it of the elementary products, weighted by k! (n - k)! / (n + 1)!.
fn shapley_unit(others: &[(f64, f64)]) -> f64 {
    // products.get(k) is the sum over all choices of k others that have changed
    let mut products = vec![1.0];
    for (actual, baseline) in others {
        let mut next = vec![0.0; products.len() + 1];
        for (changed, product) in products.iter().enumerate() {
            let (stays, goes) = (product * baseline, product * actual);
            for (place, value) in [(changed, stays), (changed + 1, goes)] {
                if let Some(sum) = next.get_mut(place) {
                    *sum += value;
                }
            }
        }
        products = next;
    }
    let count = others.len();
    let orders = (count + 1) as f64;
    let mut choices = 1.0;
    let mut sum = 0.0;
    for (changed, product) in products.iter().enumerate() {
        sum += product / (choices * orders);
        choices *= (count - changed) as f64 / (changed + 1) as f64;
    }
    sum
}

/// The change of a ratio per unit of change of what is divided and of what it is divided by.
fn ratio_units(tops: (f64, f64), bottoms: (f64, f64)) -> (f64, f64) {
    if tops.0 > 0.0 && tops.1 > 0.0 && bottoms.0 > 0.0 && bottoms.1 > 0.0 {
        let mean = logarithmic_mean(tops.0 / bottoms.0, tops.1 / bottoms.1);
        return (mean / logarithmic_mean(tops.0, tops.1), -mean / logarithmic_mean(bottoms.0, bottoms.1));
    }
    let top = f64::midpoint(1.0 / bottoms.0, 1.0 / bottoms.1);
    (top, -f64::midpoint(tops.0, tops.1) / (bottoms.0 * bottoms.1))
}

/// (a - b) / ln(a / b) of positive numbers, and a where they are equal.
fn logarithmic_mean(one: f64, other: f64) -> f64 {
    let part = (one - other) / other;
    if part.abs() < 1e-8 { f64::midpoint(one, other) } else { (one - other) / part.ln_1p() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Tree::{Difference, Input, Product, Ratio, Sum};
    use super::{Tree, shapley_unit};

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    #[test]
    fn a_product_is_split_by_logarithmic_means() {
        // 100 visitors × 5 % × 20 to 120 × 4 % × 20
        let tree = Product(vec![Input(0), Input(1), Input(2)]);
        let found = tree.contributions(&[120.0, 0.04, 20.0], &[100.0, 0.05, 20.0]).unwrap();
        let mean = (96.0 - 100.0) / (96.0_f64 / 100.0).ln();
        near(found[0], mean * 1.2_f64.ln());
        near(found[1], mean * 0.8_f64.ln());
        near(found[2], 0.0);
        near(found.iter().sum(), -4.0);
    }

    #[test]
    fn the_shapley_value_of_two_and_three_factors_is_the_one_of_the_book() {
        near(shapley_unit(&[(3.0, 1.0)]), 2.0);
        near(shapley_unit(&[(3.0, 1.0), (5.0, 2.0)]), (2.0 + 15.0) / 3.0 + (6.0 + 5.0) / 6.0);
    }

    #[test]
    fn what_is_divided_by_zero_has_no_contributions() {
        let tree = Ratio(Box::new(Input(0)), Box::new(Input(1)));
        assert_eq!(tree.contributions(&[1.0, 0.0], &[1.0, 2.0]), None);
        assert_eq!(Input(3).value(&[1.0]), None);
    }

    fn margin() -> Tree {
        // (price × quantity - cost) / (visits + 1 input)
        let profit = Difference(Box::new(Product(vec![Input(0), Input(1)])), Box::new(Input(2)));
        Ratio(Box::new(profit), Box::new(Sum(vec![Input(3), Input(4)])))
    }

    proptest! {
        #[test]
        fn contributions_sum_to_the_change(
            actual in prop::collection::vec(-50.0_f64..50.0, 5), baseline in prop::collection::vec(-50.0_f64..50.0, 5)
        ) {
            let tree = margin();
            prop_assume!((actual[3] + actual[4]).abs() > 0.1 && (baseline[3] + baseline[4]).abs() > 0.1);
            let found = tree.contributions(&actual, &baseline).unwrap();
            let change = tree.value(&actual).unwrap() - tree.value(&baseline).unwrap();
            let scale = found.iter().map(|part| part.abs()).sum::<f64>().max(1.0);
            prop_assert!((found.iter().sum::<f64>() - change).abs() <= 1e-9 * scale);
        }
    }
}
