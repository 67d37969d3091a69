//! How long an explanation takes, on leaves made from a seed:
//! `cargo run --release -p metricwright-lab --example attribution_speed`.

use std::time::{Duration, Instant};

use metricwright_analysis::attribute::{Dimension, Measure, Pair, Table, explain};

/// Leaves of every combination of members. One slice of two dimensions lost 60 %, all else moved by some 5 %.
fn table(sizes: &[usize]) -> Table {
    let mut dimensions: Vec<Dimension> =
        (0..sizes.len()).map(|place| Dimension::new(format!("d{place}"))).collect();
    let (mut actual, mut baseline) = (Vec::new(), Vec::new());
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    for leaf in 0..sizes.iter().product() {
        let mut rest: usize = leaf;
        let mut members = Vec::new();
        for (size, dimension) in sizes.iter().zip(&mut dimensions) {
            members.push(rest % size);
            dimension.push(&(rest % size).to_string());
            rest /= size;
        }
        let noise = (0..6).map(|_| uniform()).sum::<f64>() - 3.0;
        let value = 1000.0 * uniform().powi(2) + 1.0;
        let hit = members.starts_with(&[1, 2]);
        baseline.push(value);
        actual.push(value * (1.0 + 0.07 * noise) * if hit { 0.4 } else { 1.0 });
    }
    Table::new(dimensions, Measure::Additive(Pair { actual, baseline }))
        .unwrap_or_else(|error| unreachable!("{error}"))
}

fn main() {
    for (sizes, runs) in [(&[6, 5, 4, 4][..], 50), (&[10, 10, 10, 20], 20), (&[10, 10, 10, 10, 10, 10], 5)] {
        let table = table(sizes);
        let mut times: Vec<Duration> = Vec::new();
        let mut causes = 0;
        for _ in 0..runs {
            let begin = Instant::now();
            causes = explain(&table).causes.len();
            times.push(begin.elapsed());
        }
        times.sort_unstable();
        let median = times.get(runs / 2).copied().unwrap_or_default();
        println!(
            "{} leaves, {} dimensions: median {median:.1?} of {runs} runs, {causes} causes",
            table.leaves(),
            sizes.len()
        );
    }
}
