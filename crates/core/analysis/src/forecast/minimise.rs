//! The least value of a function of a few numbers.

/// Searches the place where `cost` is least, from `start` with first steps `steps` (same length), by the simplex method
/// of J. A. Nelder and R. Mead (The Computer Journal 1965). Stops after `evaluations` calls of `cost`, or when the worst and
/// the best corner differ by less than a relative 1e-6. A cost that is not finite counts as infinitely bad. Returns the
/// best place and its cost.
pub fn minimise(
    start: &[f64],
    steps: &[f64],
    evaluations: usize,
    mut cost: impl FnMut(&[f64]) -> f64,
) -> (Vec<f64>, f64) {
    let mut rate = |place: &[f64]| {
        let found = cost(place);
        if found.is_finite() { found } else { f64::INFINITY }
    };
    let mut corners = first_corners(start, steps, &mut rate);
    let mut used = corners.len();
    loop {
        corners.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        let (Some(best), Some(worst)) = (corners.first(), corners.last()) else {
            return (start.to_vec(), f64::INFINITY);
        };
        let spread = worst.cost - best.cost;
        // an infinite worst corner has an infinite spread, so the search goes on
        if used >= evaluations || spread <= 1e-6 * (best.cost.abs() + 1e-12) || best.cost.is_infinite() {
            return (best.place.clone(), best.cost);
        }
        used += improve(&mut corners, &mut rate);
    }
}

struct Corner {
    place: Vec<f64>,
    cost: f64,
}

fn first_corners(start: &[f64], steps: &[f64], rate: &mut impl FnMut(&[f64]) -> f64) -> Vec<Corner> {
    let mut corners = vec![Corner { place: start.to_vec(), cost: rate(start) }];
    for (axis, step) in steps.iter().enumerate() {
        let place: Vec<f64> = start
            .iter()
            .enumerate()
            .map(|(index, value)| if index == axis { value + step } else { *value })
            .collect();
        let cost = rate(&place);
        corners.push(Corner { place, cost });
    }
    corners
}

/// One round on sorted corners: the worst is reflected, stretched or drawn in, or all shrink towards the best. Returns how
/// often the cost was asked.
fn improve(corners: &mut [Corner], rate: &mut impl FnMut(&[f64]) -> f64) -> usize {
    let Some((worst, others)) = corners.split_last_mut() else { return 1 };
    let (Some(best), Some(second)) = (others.first(), others.last()) else { return 1 };
    let centre = centroid(others);
    let mut along = |factor: f64| {
        let place: Vec<f64> = centre.iter().zip(&worst.place).map(|(c, w)| c + factor * (w - c)).collect();
        let cost = rate(&place);
        Corner { place, cost }
    };
    let reflected = along(-1.0);
    if reflected.cost < best.cost {
        let stretched = along(-2.0);
        *worst = if stretched.cost < reflected.cost { stretched } else { reflected };
        return 2;
    }
    if reflected.cost < second.cost {
        *worst = reflected;
        return 1;
    }
    let drawn = along(if reflected.cost < worst.cost { -0.5 } else { 0.5 });
    if drawn.cost < worst.cost.min(reflected.cost) {
        *worst = drawn;
        return 2;
    }
    shrink(corners, rate) + 2
}

fn centroid(corners: &[Corner]) -> Vec<f64> {
    let size = corners.first().map_or(0, |corner| corner.place.len());
    let mut centre = vec![0.0; size];
    for corner in corners {
        for (sum, value) in centre.iter_mut().zip(&corner.place) {
            *sum += value / corners.len() as f64;
        }
    }
    centre
}

fn shrink(corners: &mut [Corner], rate: &mut impl FnMut(&[f64]) -> f64) -> usize {
    let Some((best, others)) = corners.split_first_mut() else { return 0 };
    for corner in &mut *others {
        for (value, towards) in corner.place.iter_mut().zip(&best.place) {
            *value = towards + 0.5 * (*value - towards);
        }
        corner.cost = rate(&corner.place);
    }
    others.len()
}

#[cfg(test)]
mod tests {
    use super::minimise;

    #[test]
    fn the_valley_of_rosenbrock_is_found() {
        let valley = |place: &[f64]| (1.0 - place[0]).powi(2) + 100.0 * (place[1] - place[0].powi(2)).powi(2);
        let (place, cost) = minimise(&[-1.2, 1.0], &[0.5, 0.5], 2_000, valley);
        assert!(cost < 1e-6, "{place:?} costs {cost}");
    }

    #[test]
    fn places_that_cost_nothing_finite_are_avoided() {
        let (place, _) =
            minimise(&[1.0], &[0.5], 200, |place| if place[0] < 0.5 { f64::NAN } else { place[0] });
        assert!((place[0] - 0.5).abs() < 1e-3, "{place:?}");
        assert_eq!(minimise(&[2.0], &[1.0], 50, |_| f64::NAN).0, vec![2.0]);
    }
}
