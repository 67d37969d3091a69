//! Least squares with intervals.

use super::tails::{student, student_distance};

/// One coefficient, with what is known of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// The ends of the interval that holds it with 95 %.
    pub interval: (f64, f64),
    /// The probability of an estimate so far from 0 by chance (Student's t).
    pub probability: f64,
}

/// A fitted line or plane.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// The constant first, then one for each column.
    pub coefficients: Vec<Coefficient>,
    /// What the fit leaves of each row.
    pub residuals: Vec<f64>,
    /// The part of the variance that is explained.
    pub explained: f64,
}

impl Regression {
    /// The sum of squares that is left.
    pub fn squares(&self) -> f64 {
        self.residuals.iter().map(|value| value * value).sum()
    }
}

/// Fits `target` by a constant and the columns, each as long as it. None where rows are too few, a column is a
/// combination of others, lengths differ or a value is not finite.
///
/// By orthogonal columns (Gram-Schmidt, modified): no normal equations, whose condition is squared.
pub fn regression(columns: &[Vec<f64>], target: &[f64]) -> Option<Regression> {
    let rows = target.len();
    let finite = |column: &[f64]| column.len() == rows && column.iter().all(|value| value.is_finite());
    if rows <= columns.len() + 1 || !finite(target) || !columns.iter().all(|column| finite(column)) {
        return None;
    }
    let mut bases: Vec<Vec<f64>> = Vec::new();
    // for each basis its column as a sum over bases, the last of which is itself
    let mut parts: Vec<Vec<f64>> = Vec::new();
    for column in std::iter::once(vec![1.0; rows]).chain(columns.iter().cloned()) {
        let before = norm(&column);
        let mut left = column;
        let mut part: Vec<f64> = bases.iter().map(|basis| take(&mut left, basis)).collect();
        let length = norm(&left);
        if length <= 1e-10 * before || length == 0.0 {
            return None;
        }
        for value in &mut left {
            *value /= length;
        }
        part.push(length);
        bases.push(left);
        parts.push(part);
    }
    let mut residuals = target.to_vec();
    let projections: Vec<f64> = bases.iter().map(|basis| take(&mut residuals, basis)).collect();
    let freedom = (rows - bases.len()) as f64;
    let variance = residuals.iter().map(|value| value * value).sum::<f64>() / freedom;
    // rows of the inverse of the triangle: its squares give the errors, it times the projections the values
    let inverse = invert(&parts);
    let wide = student_distance(0.05, freedom);
    let coefficients = inverse
        .iter()
        .map(|row| {
            let value: f64 = row.iter().zip(&projections).map(|(one, other)| one * other).sum();
            let error = (variance * row.iter().map(|one| one * one).sum::<f64>()).sqrt();
            let probability = if error > 0.0 { student(value / error, freedom) } else { 0.0 };
            Coefficient { value, error, interval: (value - wide * error, value + wide * error), probability }
        })
        .collect();
    let centre = crate::stats::mean(target);
    let total: f64 = target.iter().map(|value| (value - centre).powi(2)).sum();
    let explained = if total > 0.0 { 1.0 - variance * freedom / total } else { 0.0 };
    Some(Regression { coefficients, residuals, explained })
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// Takes out of a column its part along a basis, and says how much that is.
fn take(column: &mut [f64], basis: &[f64]) -> f64 {
    let part: f64 = column.iter().zip(basis).map(|(one, other)| one * other).sum();
    column.iter_mut().zip(basis).for_each(|(one, other)| *one -= part * other);
    part
}

/// The inverse of an upper triangle given by its columns, as rows.
fn invert(columns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let size = columns.len();
    let mut rows = vec![vec![0.0; size]; size];
    // column j of the inverse, from R x = e_j, backwards
    for unit in 0..size {
        let mut right = vec![0.0; size];
        if let Some(one) = right.get_mut(unit) {
            *one = 1.0;
        }
        for (place, column) in columns.iter().enumerate().rev() {
            let Some((diagonal, above)) = column.split_last() else { continue };
            let value = right.get(place).copied().unwrap_or(0.0) / diagonal;
            for (slot, part) in right.iter_mut().zip(above) {
                *slot -= part * value;
            }
            if let Some(slot) = rows.get_mut(place).and_then(|row| row.get_mut(unit)) {
                *slot = value;
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::regression;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1e-6), "{found} is not {expected}");
    }

    #[test]
    fn a_line_is_fitted_as_by_hand() {
        // mean 3 and 4; slope 8 / 10, constant 1.6; squares left 2.4 of 8.8... over three degrees of freedom
        let found = regression(&[vec![1.0, 2.0, 3.0, 4.0, 5.0]], &[2.0, 4.0, 3.0, 6.0, 5.0]).unwrap();
        near(found.coefficients[0].value, 1.6);
        near(found.coefficients[1].value, 0.8);
        near(found.squares(), 3.6);
        near(found.explained, 0.64);
        near(found.coefficients[1].error, (1.2_f64 / 10.0).sqrt());
        near(found.coefficients[1].probability, 0.104_088_038);
    }

    #[test]
    fn columns_that_say_the_same_have_no_fit() {
        let column = vec![1.0, 2.0, 3.0, 4.0];
        assert_eq!(regression(&[column.clone(), column], &[1.0, 2.0, 3.0, 5.0]), None);
        assert_eq!(regression(&[vec![1.0, f64::NAN, 2.0]], &[1.0, 2.0, 3.0]), None);
        assert_eq!(regression(&[], &[]), None);
    }
}
