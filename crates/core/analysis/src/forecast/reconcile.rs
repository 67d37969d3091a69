//! Forecasts of parts and of their sums that agree.

use super::linear::Normal;

/// One forecast of a hierarchy: of a leaf, or of a sum of leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The leaves it is the sum of, by number; a leaf is the sum of itself.
    pub leaves: Vec<usize>,
    /// What was foreseen by itself.
    pub foreseen: f64,
    /// The variance of its errors, above 0.
    pub variance: f64,
}

/// What each leaf should be so that all nodes, as sums of leaves, lie nearest to what was foreseen, each counting by the
/// inverse of its variance (minimum trace with variances only, S. L. Wickramasuriya, G. Athanasopoulos and R. J. Hyndman,
/// JASA 2019). With the node sums made from them all levels agree. None if a leaf has no node or a number is not usable.
pub fn reconcile(nodes: &[Node], leaves: usize) -> Option<Vec<f64>> {
    let mut sums = Normal::new(leaves);
    let mut seen = vec![false; leaves];
    for node in nodes {
        if !(node.variance > 0.0 && node.foreseen.is_finite()) {
            return None;
        }
        let mut row: Vec<(usize, f64)> = node.leaves.iter().map(|leaf| (*leaf, 1.0)).collect();
        row.sort_unstable_by_key(|(leaf, _)| *leaf);
        for (leaf, _) in &row {
            *seen.get_mut(*leaf)? = true;
        }
        sums.add(&row, node.foreseen, 1.0 / node.variance);
    }
    if !seen.into_iter().all(|seen| seen) {
        return None;
    }
    Some(sums.solve(&vec![0.0; leaves])?.coefficients)
}

#[cfg(test)]
mod tests {
    use super::{Node, reconcile};

    fn node(leaves: &[usize], foreseen: f64, variance: f64) -> Node {
        Node { leaves: leaves.to_vec(), foreseen, variance }
    }

    #[test]
    fn what_does_not_add_up_is_shared_by_variance() {
        // the sum is 6 more than its parts; the errors share it 1 : 2 : 3
        let nodes = [node(&[0], 10.0, 1.0), node(&[1], 20.0, 2.0), node(&[0, 1], 36.0, 3.0)];
        let found = reconcile(&nodes, 2).unwrap();
        assert!((found[0] - 11.0).abs() < 1e-6 && (found[1] - 22.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_leaf_that_nothing_tells_of_is_an_error() {
        assert_eq!(reconcile(&[node(&[0], 1.0, 1.0)], 2), None);
        assert_eq!(reconcile(&[node(&[0], f64::NAN, 1.0)], 1), None);
        assert_eq!(reconcile(&[node(&[3], 1.0, 1.0)], 1), None);
    }
}
