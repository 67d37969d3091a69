//! Tails of Student's and Fisher's laws.

/// The probability of a value of Student's law farther from 0 than `distance`.
pub(super) fn student(distance: f64, freedom: f64) -> f64 {
    incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + distance * distance))
}

/// The probability of a larger value of Fisher's F.
pub(super) fn fisher(value: f64, above: f64, below: f64) -> f64 {
    if value <= 0.0 {
        1.0
    } else {
        incomplete_beta(below / 2.0, above / 2.0, below / (below + above * value))
    }
}

/// The distance that values of Student's law exceed on both sides together with `probability`, by bisection.
pub(super) fn student_distance(probability: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while student(high, freedom) > probability && high < 1e9 {
        high *= 2.0;
    }
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if student(middle, freedom) > probability { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The regularised incomplete beta function by its continued fraction (modified Lentz; Numerical Recipes 6.4).
fn incomplete_beta(one: f64, other: f64, at: f64) -> f64 {
    if at.is_nan() {
        return f64::NAN;
    }
    if at <= 0.0 || at >= 1.0 {
        return at.clamp(0.0, 1.0);
    }
    let front =
        (ln_gamma(one + other) - ln_gamma(one) - ln_gamma(other) + one * at.ln() + other * (-at).ln_1p())
            .exp();
    if at < (one + 1.0) / (one + other + 2.0) {
        front * fraction(one, other, at) / one
    } else {
        1.0 - front * fraction(other, one, 1.0 - at) / other
    }
}

fn fraction(one: f64, other: f64, at: f64) -> f64 {
    let away = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut ahead = 1.0;
    let mut behind = 1.0 / away(1.0 - (one + other) * at / (one + 1.0));
    let mut found = behind;
    for step in 1..300 {
        let step = f64::from(step);
        let even = step * (other - step) * at / ((one + 2.0 * step - 1.0) * (one + 2.0 * step));
        let odd = -(one + step) * (one + other + step) * at / ((one + 2.0 * step) * (one + 2.0 * step + 1.0));
        let before = found;
        for term in [even, odd] {
            behind = 1.0 / away(1.0 + term * behind);
            ahead = away(1.0 + term / ahead);
            found *= ahead * behind;
        }
        if (found / before - 1.0).abs() < 1e-15 {
            break;
        }
    }
    found
}

/// The logarithm of the gamma function of a positive number (Lanczos 1964, with the terms of Godfrey).
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (std::f64::consts::PI / (std::f64::consts::PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let sum = TERMS
        .iter()
        .zip(1..)
        .fold(0.999_999_999_999_809_9, |sum, (term, place)| sum + term / (x + f64::from(place)));
    let base = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * base.ln() - base + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::{fisher, student, student_distance};

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9 * expected, "{found} is not {expected}");
    }

    #[test]
    fn tails_are_those_of_tables() {
        // two degrees of freedom and one have closed forms
        near(student(1.0, 1.0), 0.5);
        near(student(2.0_f64.sqrt(), 2.0), 1.0 - 2.0_f64.sqrt() / 2.0);
        near(fisher(3.0, 2.0, 4.0), (4.0_f64 / 10.0).powi(2));
        near(student_distance(0.5, 1.0), 1.0);
        // qt(0.975, 10) of R
        near(student_distance(0.05, 10.0), 2.228_138_851_964_939);
    }
}
