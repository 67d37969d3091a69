//! What holds of every explanation, whatever the table.

use metricwright_analysis::attribute::{Cause, Dimension, Measure, Pair, Table, Traced, explain};
use proptest::prelude::*;

/// A table of rows of members and numbers: two numbers make it additive, four a ratio.
fn table(rows: &[([u8; 3], Vec<f64>)]) -> Table {
    let mut dimensions: Vec<Dimension> = ["a", "b", "c"].into_iter().map(Dimension::new).collect();
    for (members, _) in rows {
        for (dimension, member) in dimensions.iter_mut().zip(members) {
            dimension.push(&member.to_string());
        }
    }
    let column = |place: usize| rows.iter().map(|(_, numbers)| numbers[place]).collect::<Vec<_>>();
    let measure = if rows.first().is_some_and(|(_, numbers)| numbers.len() == 4) {
        let numerator = Pair { actual: column(0), baseline: column(1) };
        Measure::Ratio { numerator, denominator: Pair { actual: column(2), baseline: column(3) } }
    } else {
        Measure::Additive(Pair { actual: column(0), baseline: column(1) })
    };
    Table::new(dimensions, measure).unwrap()
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), 0.0_f64..100.0, (0_u32..50).prop_map(f64::from), Just(f64::NAN), -1e9_f64..1e9]
}

fn rows(numbers: usize) -> impl Strategy<Value = Vec<([u8; 3], Vec<f64>)>> {
    prop::collection::vec((prop::array::uniform3(0_u8..4), prop::collection::vec(number(), numbers)), 0..60)
}

/// 4 × 4 × 4 leaves of 500 trials; `failing` gives the failures of a leaf now, 10 of each before.
fn counted(failing: impl Fn([u8; 3]) -> f64) -> Table {
    let members = (0..64_u8).map(|leaf| [leaf / 16, leaf / 4 % 4, leaf % 4]);
    table(&members.map(|one| (one, vec![500.0 - failing(one), 490.0, 500.0, 500.0])).collect::<Vec<_>>())
}

#[test]
fn the_slice_whose_failures_rose_is_named() {
    let found = explain(&counted(|[a, b, _]| if a == 1 && b == 2 { 120.0 } else { 11.0 }));
    assert_eq!(found.traced, Traced::Events);
    assert_eq!(
        found.causes.iter().map(|cause| cause.terms.clone()).collect::<Vec<_>>(),
        [vec![(0, 1), (1, 2)]]
    );
    // 4 × 110 more failures of 32,000 trials
    assert!((found.causes[0].contribution() + 440.0 / 32_000.0).abs() < 1e-12, "{found:?}");
}

#[test]
fn failures_that_rose_by_chance_are_nobodys() {
    let found = explain(&counted(|[a, b, c]| 10.0 + f64::from((a * 7 + b * 3 + c * 5) % 3) - 1.0));
    assert_eq!(found.causes, []);
}

#[test]
fn weights_that_moved_are_told_from_ratios() {
    // the fourth member of a has a low ratio and grows threefold
    let members = (0..64_u8).map(|leaf| [leaf / 16, leaf / 4 % 4, leaf % 4]);
    let rows = members.enumerate().map(|(leaf, one)| {
        let noise = 1.0 + 0.01 * [1.0, -1.0, 0.5, -0.5, 0.2][leaf % 5];
        let ratio = if one[0] == 3 { 0.05 } else { 0.3 };
        let (now, before) = (100.5 * noise * if one[0] == 3 { 3.0 } else { 1.0 }, 100.5);
        (one, vec![ratio * now, ratio * before, now, before])
    });
    let found = explain(&table(&rows.collect::<Vec<_>>()));
    assert_eq!(found.traced, Traced::Weights);
    assert_eq!(found.causes.iter().map(|cause| cause.terms.clone()).collect::<Vec<_>>(), [vec![(0, 3)]]);
    assert!(found.by_rate.abs() < 1e-9 && found.share().unwrap() > 0.4, "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn contributions_sum_to_the_change(rows in prop_oneof![rows(2), rows(4)]) {
        let table = table(&rows);
        let found = explain(&table);
        let parts = found.causes.iter().map(Cause::contribution).chain([found.rest]);
        let numbers = rows.iter().flat_map(|(_, numbers)| numbers).copied().filter(|number| number.is_finite());
        let scale = numbers.map(f64::abs).sum::<f64>().max(found.actual.abs()).max(found.baseline.abs()).max(1.0);
        prop_assert!((parts.sum::<f64>() - found.change()).abs() <= 1e-9 * scale, "{:?}", found);
    }

    #[test]
    fn causes_are_slices_with_leaves_and_evidence(rows in prop_oneof![rows(2), rows(4)]) {
        let table = table(&rows);
        for cause in explain(&table).causes {
            prop_assert!(cause.leaves > 0 && cause.evidence > 0.0 && !cause.terms.is_empty());
            for (dimension, member) in cause.terms {
                prop_assert!((member as usize) < table.dimensions()[dimension].members().len());
            }
        }
    }
}
