//! Zeros that stand for "nothing was counted", not for "nothing happened".

use crate::stats::quantile;

/// The most that zeros may be among the values to be taken for missing ones.
const RARE: f64 = 0.1;
/// The least that small values (the lowest twentieth) are of the usual one for a zero to be out of the question.
const FAR: f64 = 0.1;
/// A count whose mean is at least this is hardly ever 0 by chance: it lies three deviations above.
const FEW: f64 = 9.0;

/// Marks zeros as missing (`NaN`) where all other values are far above 0, zeros are rare, and at no place of the season of
/// `period` values they are the rule (a shop that is closed on Sundays sells nothing then).
pub fn without_false_zeros(values: &[f64], period: usize) -> Vec<f64> {
    if zeros_are_false(values, period.max(1)) {
        values.iter().map(|value| if *value == 0.0 { f64::NAN } else { *value }).collect()
    } else {
        values.to_vec()
    }
}

fn zeros_are_false(values: &[f64], period: usize) -> bool {
    let mut others: Vec<f64> =
        values.iter().copied().filter(|value| value.is_finite() && *value != 0.0).collect();
    let zeros = values.iter().filter(|value| **value == 0.0).count();
    let rare = zeros > 0 && (zeros as f64) < RARE * values.len() as f64;
    let low = quantile(&mut others, 0.05);
    let counted = others.iter().all(|value| value.fract() == 0.0);
    let far = others.iter().all(|value| *value > 0.0)
        && low > FAR * quantile(&mut others, 0.5)
        && (low >= FEW || !counted);
    let is_rule = |place: usize| {
        let turns = values.iter().skip(place).step_by(period);
        turns.clone().filter(|value| **value == 0.0).count() * 3 > turns.count()
    };
    rare && far && !(0..period).any(is_rule)
}

#[cfg(test)]
mod tests {
    use super::without_false_zeros;

    #[test]
    fn a_rare_zero_among_thousands_is_missing() {
        let mut values = vec![1000.0; 50];
        values[20] = 0.0;
        assert!(without_false_zeros(&values, 7)[20].is_nan());
        values[21] = 3.0;
        assert!(without_false_zeros(&values, 7)[20].is_nan());
    }

    #[test]
    fn zeros_of_closed_days_and_of_small_counts_stay() {
        let closed: Vec<f64> = (0..70).map(|day| if day % 14 == 6 { 0.0 } else { 900.0 }).collect();
        assert!(without_false_zeros(&closed, 7).iter().all(|value| !value.is_nan()));
        let counts: Vec<f64> =
            (0..70).map(|day| [2.0, 1.0, 5.0, 30.0, 1.0, 3.0, 40.0, 9.0, 1.0, 0.0, 12.0][day % 11]).collect();
        assert_eq!(without_false_zeros(&counts, 7), counts);
    }
}
