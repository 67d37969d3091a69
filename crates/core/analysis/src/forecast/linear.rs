//! Least squares with a penalty, by the factor of André-Louis Cholesky. Small, dense, symmetric.

/// The sums that least squares needs: XᵀX (lower triangle), Xᵀy and yᵀy of rows that come one after the other.
#[derive(Debug, Clone)]
pub struct Normal {
    size: usize,
    /// Row after row, each of `size`; only columns up to the row's own number are kept.
    products: Vec<f64>,
    targets: Vec<f64>,
}

impl Normal {
    /// No rows yet of `size` columns.
    pub fn new(size: usize) -> Self {
        Self { size, products: vec![0.0; size * size], targets: vec![0.0; size] }
    }

    /// How many columns a row has.
    pub fn size(&self) -> usize {
        self.size
    }

    /// XᵀX's diagonal, one value a column.
    pub fn diagonal(&self) -> impl Iterator<Item = f64> + '_ {
        self.products.iter().step_by(self.size + 1).copied()
    }

    /// (Xᵀy)ᵀb: how much coefficients `b` go with the targets.
    pub fn against_targets(&self, coefficients: &[f64]) -> f64 {
        dot(&self.targets, coefficients)
    }

    /// Adds a row that is given by its columns that are not 0, in ascending order, with its target and its weight.
    pub fn add(&mut self, row: &[(usize, f64)], target: f64, weight: f64) {
        for (place, (column, value)) in row.iter().enumerate() {
            let weighted = weight * value;
            if let Some(sum) = self.targets.get_mut(*column) {
                *sum += weighted * target;
            }
            let Some(line) = self.products.chunks_exact_mut(self.size).nth(*column) else { continue };
            for (other, value) in row.iter().take(place + 1) {
                if let Some(sum) = line.get_mut(*other) {
                    *sum += weighted * value;
                }
            }
        }
    }

    /// Adds a row that is given by all its columns, with its target.
    pub fn add_dense(&mut self, row: &[f64], target: f64) {
        for ((line, sum), (place, value)) in self
            .products
            .chunks_exact_mut(self.size.max(1))
            .zip(&mut self.targets)
            .zip(row.iter().enumerate())
        {
            *sum += value * target;
            for (product, other) in line.iter_mut().zip(row).take(place + 1) {
                *product += value * other;
            }
        }
    }

    /// The coefficients that make Σ weight·(target − row·b)² + Σ penalty·b² least. A column whose penalty is infinite gets
    /// the coefficient 0. None if the sums are not finite.
    pub fn solve(&self, penalties: &[f64]) -> Option<Solution> {
        let factor = self.factor(penalties)?;
        let mut coefficients: Vec<f64> = self.targets.clone();
        for (value, penalty) in coefficients.iter_mut().zip(penalties) {
            if penalty.is_infinite() {
                *value = 0.0;
            }
        }
        forward(&factor, self.size, &mut coefficients);
        backward(&factor, self.size, &mut coefficients);
        coefficients.iter().all(|value| value.is_finite()).then_some(Solution { coefficients, factor })
    }

    /// The lower triangle L with L·Lᵀ = XᵀX + penalties.
    fn factor(&self, penalties: &[f64]) -> Option<Vec<f64>> {
        let size = self.size;
        let mut factor = self.products.clone();
        for row in 0..size {
            let penalty = penalties.get(row).copied().unwrap_or(0.0);
            let (above, rest) = factor.split_at_mut(row * size);
            let line = rest.get_mut(..=row)?;
            if penalty.is_infinite() {
                line.fill(0.0);
                *line.last_mut()? = 1.0;
                continue;
            }
            for (column, other) in above.chunks_exact(size).enumerate() {
                let (done, open) = line.split_at_mut(column);
                let value = open.first_mut()?;
                let own = other.get(column)?;
                let dropped = penalties.get(column).is_some_and(|penalty| penalty.is_infinite());
                *value = if dropped { 0.0 } else { (*value - dot(done, other)) / own };
            }
            let (pivot, done) = line.split_last_mut()?;
            let ridge = *pivot * 1e-10 + 1e-12;
            let square = *pivot + penalty + ridge - dot(done, done);
            *pivot = if square > ridge { square.sqrt() } else { ridge.max(f64::MIN_POSITIVE).sqrt() };
            if !pivot.is_finite() {
                return None;
            }
        }
        Some(factor)
    }
}

/// What least squares found.
#[derive(Debug, Clone)]
pub struct Solution {
    /// One a column.
    pub coefficients: Vec<f64>,
    factor: Vec<f64>,
}

impl Solution {
    /// The diagonal of (XᵀX + penalties)⁻¹: the variances of the coefficients in units of the noise's.
    pub fn variances(&self) -> Vec<f64> {
        let size = self.coefficients.len();
        // the inverse is (L⁻¹)ᵀ L⁻¹; each column of L⁻¹ adds its squares
        let mut sums = vec![0.0; size];
        let mut column = vec![0.0; size];
        for (start, sum) in sums.iter_mut().enumerate() {
            column.fill(0.0);
            if let Some(value) = column.get_mut(start) {
                *value = 1.0;
            }
            forward_from(&self.factor, size, &mut column, start);
            *sum = column.iter().skip(start).map(|value| value * value).sum();
        }
        sums
    }
}

/// The sum of products of the shorter's length. In four strands, so that the processor may add them at once.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let size = a.len().min(b.len());
    let (a, b) = (a.get(..size).unwrap_or(a), b.get(..size).unwrap_or(b));
    let (mut fours, mut others) = ([0.0_f64; 4], 0.0);
    let (a_chunks, b_chunks) = (a.chunks_exact(4), b.chunks_exact(4));
    for (x, y) in a_chunks.remainder().iter().zip(b_chunks.remainder()) {
        others += x * y;
    }
    for (x, y) in a_chunks.zip(b_chunks) {
        for ((sum, x), y) in fours.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    fours.iter().sum::<f64>() + others
}

fn forward(factor: &[f64], size: usize, values: &mut [f64]) {
    forward_from(factor, size, values, 0);
}

/// Solves L·x = values, where all before `start` are 0.
fn forward_from(factor: &[f64], size: usize, values: &mut [f64], start: usize) {
    for (row, line) in factor.chunks_exact(size.max(1)).enumerate().skip(start) {
        let (done, open) = values.split_at_mut(row);
        let known = dot(line.get(start..row).unwrap_or(&[]), done.get(start..).unwrap_or(&[]));
        if let (Some(value), Some(pivot)) = (open.first_mut(), line.get(row)) {
            *value = (*value - known) / pivot;
        }
    }
}

/// Solves Lᵀ·x = values.
fn backward(factor: &[f64], size: usize, values: &mut [f64]) {
    for (row, line) in factor.chunks_exact(size.max(1)).enumerate().rev() {
        let (before, open) = values.split_at_mut(row);
        let (Some(value), Some(pivot)) = (open.first_mut(), line.get(row)) else { continue };
        *value /= pivot;
        for (other, part) in before.iter_mut().zip(line) {
            *other -= *value * part;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Normal;

    fn near(found: &[f64], expected: &[f64]) {
        assert!(
            found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6),
            "{found:?} is not {expected:?}"
        );
    }

    #[test]
    fn a_line_through_points_is_found() {
        let mut sums = Normal::new(2);
        for x in 0..5 {
            let x = f64::from(x);
            sums.add(&[(0, 1.0), (1, x)], 3.0 + 2.0 * x, 1.0);
        }
        let solution = sums.solve(&[0.0, 0.0]).unwrap();
        near(&solution.coefficients, &[3.0, 2.0]);
        // (XᵀX)⁻¹ of x = 0..4 is [[.6, -.2], [-.2, .1]]
        near(&solution.variances(), &[0.6, 0.1]);
    }

    #[test]
    fn a_penalty_draws_towards_nothing_and_an_infinite_one_drops_the_column() {
        let mut sums = Normal::new(2);
        for x in 0..5 {
            sums.add(&[(0, 1.0), (1, f64::from(x))], 4.0, 1.0);
        }
        near(&sums.solve(&[5.0, f64::INFINITY]).unwrap().coefficients, &[2.0, 0.0]);
        near(&sums.solve(&[f64::INFINITY, 0.0]).unwrap().coefficients, &[0.0, 40.0 / 30.0]);
    }

    #[test]
    fn columns_that_say_the_same_are_no_reason_to_fail() {
        let mut sums = Normal::new(2);
        sums.add(&[(0, 1.0), (1, 1.0)], 2.0, 1.0);
        assert!(sums.solve(&[0.0, 0.0]).is_some());
        sums.add(&[(0, f64::NAN), (1, 1.0)], 2.0, 1.0);
        assert!(sums.solve(&[0.0, 0.0]).is_none());
    }
}
