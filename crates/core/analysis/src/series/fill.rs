//! Stand-ins for missing values, for methods that cannot go without. They are never shown and never counted as known.

/// Fills each gap with the value one season before; where there is none with the one a
/// season later; at last with the straight line across the gap. An all-missing series stays missing.
pub fn fill(values: &[f64], period: usize) -> Vec<f64> {
    let mut filled = from_season(values, period.max(1));
    if period > 1 {
        filled.reverse();
        filled = from_season(&filled, period);
        filled.reverse();
    }
    across(&mut filled);
    filled
}

fn from_season(values: &[f64], period: usize) -> Vec<f64> {
    let mut filled: Vec<f64> = Vec::with_capacity(values.len());
    for value in values {
        let before = filled.len().checked_sub(period).filter(|_| period > 1).and_then(|at| filled.get(at));
        filled.push(if value.is_nan() { before.copied().unwrap_or(f64::NAN) } else { *value });
    }
    filled
}

/// Draws straight lines between known neighbours; before the first and after the last the nearest goes on.
fn across(values: &mut [f64]) {
    let mut before: Option<(usize, f64)> = None;
    let known: Vec<(usize, f64)> = values
        .iter()
        .enumerate()
        .filter(|(_, value)| value.is_finite())
        .map(|(at, value)| (at, *value))
        .collect();
    let mut next = known.iter().copied().peekable();
    for (at, value) in values.iter_mut().enumerate() {
        if let Some(found) = next.next_if(|(place, _)| *place == at) {
            before = Some(found);
            continue;
        }
        *value = match (before, next.peek()) {
            (Some((from, low)), Some((to, high))) => {
                low + (high - low) * (at - from) as f64 / (to - from) as f64
            }
            (Some((_, only)), None) => only,
            (None, Some((_, only))) => *only,
            (None, None) => f64::NAN,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::fill;
    const GAP: f64 = f64::NAN;

    #[test]
    fn gaps_take_the_season_then_the_line() {
        assert_eq!(fill(&[1.0, 2.0, 3.0, GAP, 5.0, 6.0], 2), vec![1.0, 2.0, 3.0, 2.0, 5.0, 6.0]);
        assert_eq!(fill(&[GAP, 2.0, 3.0, 4.0], 2), vec![3.0, 2.0, 3.0, 4.0]);
        assert_eq!(fill(&[GAP, 2.0, GAP, GAP, 5.0, GAP], 1), vec![2.0, 2.0, 3.0, 4.0, 5.0, 5.0]);
        assert!(fill(&[GAP, GAP], 1).iter().all(|value| value.is_nan()));
    }
}
