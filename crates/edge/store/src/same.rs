//! Whether a value that was computed again is the value that is kept.

use metricwright_formula::Value;

/// Floating point numbers nearer than this, relative to the larger, are the same result.
const NOISE: f64 = 1e-12;

/// Whether two results are the same. An engine adds floating point numbers in whatever order its threads finish, so the
/// last digits differ from run to run: that is no change, and nothing is rewritten for it. Everything else is compared
/// exactly.
pub fn same(kept: &Value, computed: &Value) -> bool {
    match (kept, computed) {
        (Value::Float(a), Value::Float(b)) => (a - b).abs() <= NOISE * a.abs().max(b.abs()),
        _ => kept == computed,
    }
}

/// Whether the components of two results are the same, each with its counterpart.
pub fn all_same(kept: &[Value], computed: &[Value]) -> bool {
    kept.len() == computed.len() && kept.iter().zip(computed).all(|(a, b)| same(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_adding_is_no_change_and_a_cent_is_one() {
        let (forth, back) = (Value::Float(0.1 + 0.2 + 0.3), Value::Float(0.3 + 0.2 + 0.1));
        assert_ne!(forth, back);
        assert!(same(&forth, &back));
        assert!(!same(&Value::Float(1_062_393_000.00), &Value::Float(1_062_393_000.01)));
        assert!(same(&Value::Float(0.0), &Value::Float(-0.0)));
        assert!(!same(&Value::Int(1), &Value::Float(1.0)));
        assert!(!same(&Value::Null, &Value::Float(0.0)));
        assert!(!all_same(&[Value::Int(1)], &[Value::Int(1), Value::Int(1)]));
    }
}
