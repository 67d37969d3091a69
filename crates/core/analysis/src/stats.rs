//! The statistics that every part of judgement uses. Values that are not finite are the caller's to leave out; an empty
//! slice gives `NaN`, never a panic.

/// The mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation with n - 1 in the denominator; `NaN` below two values.
pub fn deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    if values.len() < 2 { f64::NAN } else { (squares / (values.len() - 1) as f64).sqrt() }
}

/// The median. Reorders the values.
pub fn median(values: &mut [f64]) -> f64 {
    quantile(values, 0.5)
}

/// The quantile at `share` (0-1) with linear interpolation between order statistics (type 7 of Hyndman and Fan, The
/// American Statistician 1996). Reorders the values; `NaN` sorts last.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
    let place = share.clamp(0.0, 1.0) * last as f64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 and the last index")]
    let below = place.floor() as usize;
    let (_, low, rest) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let high = rest.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    let part = place - below as f64;
    if part > 0.0 { low + part * (high - low) } else { low }
}

/// The median absolute deviation from the median, times 1.4826: the standard deviation of normal values, unmoved by
/// outliers. Reorders and overwrites the values.
pub fn robust_deviation(values: &mut [f64]) -> f64 {
    let centre = median(values);
    for value in &mut *values {
        *value = (*value - centre).abs();
    }
    1.4826 * median(values)
}

/// The probability of a standard normal value below `x`. Absolute error below 1e-15 in the middle, relative error small in
/// the tails (W. J. Cody, Rational Chebyshev approximation of the error function, 1969, as the continued fraction of
/// G. Marsaglia, Evaluating the Normal Distribution, 2004).
pub fn normal_below(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    if x.abs() > 5.0 {
        let tail = upper_tail(x.abs());
        return if x > 0.0 { 1.0 - tail } else { tail };
    }
    // Marsaglia's series: the sum of x^(2k+1) / (1·3·5…(2k+1))
    let (mut sum, mut term, mut step) = (x, x, 1.0);
    while term.abs() > f64::EPSILON * sum.abs() {
        step += 2.0;
        term *= x * x / step;
        sum += term;
    }
    0.5 + sum * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// The probability of a standard normal value above `x` ≥ 2, by its continued fraction.
fn upper_tail(x: f64) -> f64 {
    let fraction = (1..=60).rev().fold(x, |below, step| x + f64::from(step) / below);
    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt() / fraction
}

/// The value that a standard normal one is below with `probability` (0-1, ends give infinities): Acklam's rational
/// approximation (2003), sharpened by one step of Halley's method.
pub fn normal_quantile(probability: f64) -> f64 {
    if probability <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if probability >= 1.0 {
        return f64::INFINITY;
    }
    let first = acklam(probability);
    let error = normal_below(first) - probability;
    let step = error * (2.0 * std::f64::consts::PI).sqrt() * (0.5 * first * first).exp();
    if step.is_finite() { first - step / (1.0 + first * step / 2.0) } else { first }
}

fn acklam(probability: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    let polynomial = |terms: &[f64], at: f64| terms.iter().fold(0.0, |sum, term| sum * at + term);
    let tail = |share: f64| {
        let at = (-2.0 * share.ln()).sqrt();
        polynomial(&C, at) / polynomial(&D, at)
    };
    if probability < 0.02425 {
        tail(probability)
    } else if probability > 1.0 - 0.02425 {
        -tail(1.0 - probability)
    } else {
        let centre = probability - 0.5;
        let square = centre * centre;
        polynomial(&A, square) * centre / polynomial(&B, square)
    }
}

/// The probabilities of Benjamini and Hochberg (1995), adjusted for how many there are, in the order of entry.
pub fn adjusted(probabilities: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    let value = |place: &usize| probabilities.get(*place).copied().unwrap_or(1.0);
    order.sort_by(|left, right| value(right).total_cmp(&value(left)));
    let mut found = vec![1.0; probabilities.len()];
    let mut least = 1.0_f64;
    for (above, place) in order.iter().enumerate() {
        let rank = (probabilities.len() - above) as f64;
        least = least.min(value(place) * probabilities.len() as f64 / rank);
        if let Some(slot) = found.get_mut(*place) {
            *slot = least;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{adjusted, deviation, median, normal_below, normal_quantile, quantile, robust_deviation};

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1e-3), "{found} is not {expected}");
    }

    #[test]
    fn quantiles_are_those_of_other_libraries() {
        near(quantile(&mut [3.0, 1.0, 2.0, 4.0], 0.25), 1.75);
        near(median(&mut [5.0, 1.0, 3.0]), 3.0);
        near(robust_deviation(&mut [1.0, 2.0, 3.0, 4.0, 100.0]), 1.4826);
        near(deviation(&[1.0, 2.0, 3.0, 4.0]), 1.290_994_448_735_805_6);
        assert!(median(&mut []).is_nan());
    }

    #[test]
    fn the_normal_distribution_is_exact_in_the_middle_and_in_the_tails() {
        near(normal_below(0.0), 0.5);
        near(normal_below(1.96), 0.975_002_104_851_779_5);
        near(normal_below(-3.0), 1.349_898_031_630_094_5e-3);
        near(normal_below(-8.0), 6.220_960_574_271_785e-16);
        near(normal_quantile(0.975), 1.959_963_984_540_054);
        near(normal_quantile(1e-10), -6.361_340_902_404_056);
    }

    #[test]
    fn adjusted_probabilities_are_those_of_the_paper() {
        // p.adjust(c(0.01, 0.04, 0.03, 0.5), "BH") of R
        let found = adjusted(&[0.01, 0.04, 0.03, 0.5]);
        let expected = [0.04, 0.053_333_333_333_333_33, 0.053_333_333_333_333_33, 0.5];
        assert!(found.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-12), "{found:?}");
    }
}
