//! Groups of high level now: customers likely to leave, orders likely to be late.
//!
//! A subgroup search over the same slices as attribution. A group is shown if its rate is above that of all others beyond
//! chance, with the false discovery rate held over all groups that were large enough to look at (Benjamini and Hochberg
//! 1995); its rate is shrunk towards the overall one by as much as groups of its dimensions differ (empirical Bayes,
//! Efron and Morris 1975), so that small groups do not lead by luck; and of groups that say the same only one is shown.

use crate::attribute::{Dimension, Lattice, Measure, Pair, Table, Uneven, dependencies};
use crate::stats::{adjusted, normal_below, normal_quantile};

/// What is asked of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// Least trials (people, orders) of a group.
    pub least_trials: f64,
    /// Share of shown groups that may be there by chance, 0-1.
    pub false_discoveries: f64,
    /// Most groups shown.
    pub most: usize,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { least_trials: 30.0, false_discoveries: 0.05, most: 10 }
    }
}

/// A group of high level.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The places of a dimension and of a member of it, by dimension.
    pub terms: Vec<(usize, u32)>,
    /// Its events (or the sum of predicted probabilities).
    pub events: f64,
    /// Its trials.
    pub trials: f64,
    /// Its rate, shrunk towards the overall one.
    pub rate: f64,
    /// The ends of the interval that holds its rate with 95 %.
    pub interval: (f64, f64),
    /// Its shrunk rate over the overall rate.
    pub lift: f64,
    /// The probability of so high a rate by chance, adjusted for all groups looked at.
    pub adjusted: f64,
}

/// The groups whose rate of events is high, the surest first. `events` are counts, or sums of predicted probabilities,
/// per leaf; `trials` are what they are counted of.
pub fn segments(
    dimensions: Vec<Dimension>,
    events: Vec<f64>,
    trials: Vec<f64>,
    wanted: Wanted,
) -> Result<Vec<Segment>, Uneven> {
    let table = Table::new(dimensions, Measure::Additive(Pair { actual: events, baseline: trials }))?;
    let Measure::Additive(counts) = table.measure() else { return Ok(Vec::new()) };
    let lattice = Lattice::of(&table, &dependencies(&table));
    let whole = Counts { events: counts.actual.iter().sum(), trials: counts.baseline.iter().sum() };
    let leaves: Vec<Counts> = counts
        .actual
        .iter()
        .zip(&counts.baseline)
        .map(|(events, trials)| Counts { events: *events, trials: *trials })
        .collect();
    let mut candidates = candidates(&lattice, &leaves, whole, wanted);
    adjust(&mut candidates);
    candidates.retain(|candidate| candidate.adjusted <= wanted.false_discoveries);
    candidates.sort_by(|left, right| right.low().total_cmp(&left.low()).then(left.place.cmp(&right.place)));
    Ok(distinct(&table, &lattice, &leaves, whole, candidates, wanted))
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    events: f64,
    trials: f64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.trials += other.trials;
    }

    fn rate(self) -> f64 {
        if self.trials > 0.0 { self.events / self.trials } else { 0.0 }
    }

    /// The probability of at least this rate by chance where `others` show the true one.
    fn chance(self, others: Self) -> f64 {
        let pooled = Self { events: self.events + others.events, trials: self.trials + others.trials }.rate();
        let spread = (pooled * (1.0 - pooled) * (1.0 / self.trials + 1.0 / others.trials)).sqrt();
        let distance = (self.rate() - others.rate()) / spread;
        if distance.is_finite() { normal_below(-distance) } else { 1.0 }
    }
}

struct Candidate {
    /// The set of dimensions and the group in it.
    place: (usize, u32),
    counts: Counts,
    rate: f64,
    deviation: f64,
    chance: f64,
    adjusted: f64,
}

impl Candidate {
    fn low(&self) -> f64 {
        self.rate + normal_quantile(0.025) * self.deviation
    }
}

fn candidates(lattice: &Lattice, leaves: &[Counts], whole: Counts, wanted: Wanted) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (set, cuboid) in lattice.cuboids.iter().enumerate() {
        let mut sums = vec![Counts::default(); cuboid.count];
        for (leaf, group) in leaves.iter().zip(&cuboid.groups) {
            if let Some(sum) = sums.get_mut(*group as usize) {
                sum.add(*leaf);
            }
        }
        let prior = prior_trials(&sums, whole);
        for (group, counts) in (0_u32..).zip(sums) {
            let others =
                Counts { events: whole.events - counts.events, trials: whole.trials - counts.trials };
            if counts.trials >= wanted.least_trials.max(1.0) && others.trials > 0.0 {
                let trials = counts.trials + prior;
                let rate = (counts.events + prior * whole.rate()) / trials;
                let deviation = (rate * (1.0 - rate) / (trials + 1.0)).max(0.0).sqrt();
                let chance = counts.chance(others);
                found.push(Candidate { place: (set, group), counts, rate, deviation, chance, adjusted: 1.0 });
            }
        }
    }
    found
}

/// How many trials at the overall rate the rates of groups are worth, from how much more they differ than counts do by
/// chance (the moments of a beta law, Kleinman 1973).
fn prior_trials(groups: &[Counts], whole: Counts) -> f64 {
    let rate = whole.rate();
    let own = rate * (1.0 - rate);
    let (mut squares, mut by_chance, mut weight) = (0.0, 0.0, 0.0);
    for group in groups.iter().filter(|group| group.trials > 0.0) {
        squares += group.trials * (group.rate() - rate).powi(2);
        by_chance += own;
        weight += group.trials;
    }
    let between = (squares - by_chance) / weight.max(1.0);
    if between > 0.0 { (own / between - 1.0).clamp(1.0, 1e6) } else { 1e6 }
}

/// The adjusted probabilities of Benjamini and Hochberg.
fn adjust(candidates: &mut [Candidate]) {
    let chances: Vec<f64> = candidates.iter().map(|candidate| candidate.chance).collect();
    for (candidate, chance) in candidates.iter_mut().zip(adjusted(&chances)) {
        candidate.adjusted = chance;
    }
}

/// Of groups that overlap, those that are still high without the ones before them.
fn distinct(
    table: &Table,
    lattice: &Lattice,
    leaves: &[Counts],
    whole: Counts,
    candidates: Vec<Candidate>,
    wanted: Wanted,
) -> Vec<Segment> {
    let mut open = vec![true; leaves.len()];
    let mut found = Vec::new();
    for candidate in candidates {
        if found.len() >= wanted.most {
            break;
        }
        let Some(cuboid) = lattice.cuboids.get(candidate.place.0) else { continue };
        let inside = |leaf: usize| cuboid.groups.get(leaf) == Some(&candidate.place.1);
        let mut left = Counts::default();
        let rest = leaves.iter().zip(&open).enumerate().filter(|(leaf, (_, open))| **open && inside(*leaf));
        rest.for_each(|(_, (counts, _))| left.add(*counts));
        let others = Counts { events: whole.events - left.events, trials: whole.trials - left.trials };
        let large =
            left.trials >= wanted.least_trials.max(1.0) && left.trials * 2.0 > candidate.counts.trials;
        if large && left.chance(others) <= wanted.false_discoveries {
            let first = (0..leaves.len()).find(|leaf| inside(*leaf));
            let code = |dimension: &usize| table.dimensions().get(*dimension)?.codes().get(first?).copied();
            let terms = cuboid
                .dimensions
                .iter()
                .filter_map(|dimension| Some((*dimension, code(dimension)?)))
                .collect();
            open.iter_mut().enumerate().filter(|(leaf, _)| inside(*leaf)).for_each(|(_, open)| *open = false);
            found.push(segment(terms, &candidate, whole));
        }
    }
    found
}

fn segment(terms: Vec<(usize, u32)>, candidate: &Candidate, whole: Counts) -> Segment {
    let Candidate { counts, rate, deviation, adjusted, .. } = *candidate;
    let half = normal_quantile(0.975) * deviation;
    Segment {
        terms,
        events: counts.events,
        trials: counts.trials,
        rate,
        interval: ((rate - half).max(0.0), (rate + half).min(1.0)),
        lift: rate / whole.rate(),
        adjusted,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Segment, Wanted, segments};
    use crate::attribute::Dimension;

    fn found(rate: impl Fn(usize, usize) -> f64) -> Vec<Segment> {
        let (mut region, mut tier) = (Dimension::new("region"), Dimension::new("tier"));
        let (mut events, mut trials) = (Vec::new(), Vec::new());
        for one in 0..6 {
            for other in 0..4 {
                region.push(&format!("r{one}"));
                tier.push(&format!("t{other}"));
                trials.push(200.0);
                events.push((200.0 * rate(one, other)).round());
            }
        }
        segments(vec![region, tier], events, trials, Wanted::default()).unwrap()
    }

    #[test]
    fn the_group_that_is_high_is_found_by_its_shortest_name() {
        let found = found(|region, _| if region == 2 { 0.3 } else { 0.1 });
        assert_eq!(found.iter().map(|one| one.terms.clone()).collect::<Vec<_>>(), [vec![(0, 2)]]);
        assert!(found[0].rate < 0.3 && found[0].rate > 0.28, "{:?}", found[0]);
        assert!(found[0].interval.0 < 0.3 && 0.3 < found[0].interval.1 && found[0].adjusted < 1e-6);
    }

    #[test]
    fn groups_that_are_alike_are_not_shown() {
        assert_eq!(found(|_, _| 0.1), []);
        assert_eq!(segments(Vec::new(), Vec::new(), Vec::new(), Wanted::default()), Ok(Vec::new()));
    }

    #[test]
    fn a_small_group_does_not_lead_by_luck() {
        let mut name = Dimension::new("name");
        for member in ["small", "large", "other"] {
            name.push(member);
        }
        let found =
            segments(vec![name], vec![5.0, 300.0, 1000.0], vec![10.0, 1000.0, 10_000.0], Wanted::default())
                .unwrap();
        assert_eq!(found.iter().map(|one| one.terms.clone()).collect::<Vec<_>>(), [vec![(0, 1)]]);
    }

    proptest! {
        #[test]
        fn whatever_comes_in_rates_lie_within_their_intervals(
            counts in prop::collection::vec((0.0_f64..50.0, 0.0_f64..50.0, 0_usize..4, 0_usize..3), 0..60)
        ) {
            let (mut one, mut other) = (Dimension::new("one"), Dimension::new("other"));
            for (_, _, first, second) in &counts {
                one.push(&first.to_string());
                other.push(&second.to_string());
            }
            let trials: Vec<f64> = counts.iter().map(|row| row.0.max(row.1)).collect();
            let events = counts.iter().map(|row| row.0.min(row.1)).collect();
            for found in segments(vec![one, other], events, trials, Wanted::default()).unwrap() {
                prop_assert!(found.interval.0 <= found.rate && found.rate <= found.interval.1);
                prop_assert!(found.trials >= 30.0 && found.adjusted <= 0.05);
            }
        }
    }
}
