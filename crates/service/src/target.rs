//! Targets: how a metric stands against what it is to reach, computed from the sources.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use metricwright_api::metric::{Pace, TargetKind};
use metricwright_catalog::resolved::{ResolvedMetric, ResolvedTarget, TargetOf, TargetSource};
use metricwright_formula::Value;
use metricwright_query::ask::{Answer, AnswerRow, Ask, Comparison};
use metricwright_query::target::{Period, Standing, split, standing};
use metricwright_query::window::window_at;
use metricwright_query::{Slice, Window};

use crate::ask::{AskError, Sources};

/// Earlier periods that say how one fills, the first one that has a value.
const EARLIER: [Comparison; 2] = [Comparison::LastYear, Comparison::Previous];

/// What is asked of a target.
pub struct TargetAsk<'a> {
    /// The metric.
    pub metric: &'a Arc<ResolvedMetric>,
    /// The target.
    pub target: &'a ResolvedTarget,
    /// Dimensions to group by, together.
    pub by: &'a [String],
    /// First moment of the range, and the first one after it; rounded to periods.
    pub range: (Timestamp, Timestamp),
    /// The clock.
    pub now: Timestamp,
}

/// How one period and slice stands.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetRow {
    /// The period.
    pub window: Window,
    /// The slice.
    pub slice: Slice,
    /// How it stands.
    pub standing: Standing,
}

type Key = (Window, Slice);

/// How each period that has begun and has a target stands, in order.
///
/// # Errors
/// It cannot be asked so, or a source fails.
pub async fn standings(sources: &Sources<'_>, asked: &TargetAsk<'_>) -> Result<Vec<TargetRow>, AskError> {
    let target = asked.target;
    let by_season = target.kind == TargetKind::Total && target.pace == Pace::Seasonal;
    let splits = !asked.by.is_empty() && asked.by.iter().all(|name| target.split_by.contains(name));
    let compare = if by_season || splits { EARLIER.to_vec() } else { Vec::new() };
    let so_far = sources.answer(&asked.ask(asked.by, &compare, asked.now)).await?;
    // What the earlier periods came to in the end.
    let in_the_end = if compare.is_empty() {
        None
    } else {
        Some(sources.answer(&asked.ask(asked.by, &compare, Timestamp::MAX)).await?)
    };
    let mut targets = asked.targets(sources, asked.by).await?;
    if splits {
        let whole = asked.targets(sources, &[]).await?;
        split_among(&mut targets, &whole, &so_far, in_the_end.as_ref());
    }
    let ends = in_the_end.map(|answer| by_key(&answer)).unwrap_or_default();
    let mut rows = Vec::new();
    for row in &so_far.rows {
        let key = (row.window, row.slice.clone());
        let Some(goal) = targets.get(&key) else { continue };
        let linear = Period::elapsed(&row.window, asked.now);
        let season = by_season.then(|| season(row, ends.get(&key)?)).flatten();
        let period = Period { window: row.window, now: asked.now, share: season.unwrap_or(linear) };
        let actual = row.metrics.first().and_then(|answer| answer.value.as_f64());
        let standing = standing((target.kind, asked.metric.direction), *goal, actual, &period);
        rows.push(TargetRow { window: row.window, slice: row.slice.clone(), standing });
    }
    Ok(rows)
}

impl TargetAsk<'_> {
    fn ask(&self, by: &[String], compare: &[Comparison], as_of: Timestamp) -> Ask {
        // A period that has not begun has nothing to stand.
        let to = self.range.1.min(self.now);
        Ask {
            metrics: vec![self.metric.clone()],
            by: by.to_vec(),
            grain: Some(self.target.period),
            from: self.range.0,
            to: if to > self.range.0 { to } else { self.range.1 },
            as_of,
            compare: compare.to_vec(),
            share: false,
            rank: false,
        }
    }

    /// The targets of the periods and slices of a grouping.
    async fn targets(&self, sources: &Sources<'_>, by: &[String]) -> Result<BTreeMap<Key, f64>, AskError> {
        match &self.target.source {
            TargetSource::Values(values) => {
                Ok(values.iter().filter_map(|value| self.given(value, by)).collect())
            }
            TargetSource::Metric(id) => {
                let Ok(plan) = sources.catalog.metric(id) else { return Ok(BTreeMap::new()) };
                // A plan is known ahead.
                let ask = Ask { metrics: vec![plan], ..self.ask(by, &[], Timestamp::MAX) };
                Ok(by_key(&sources.answer(&ask).await?)
                    .into_iter()
                    .filter_map(|(key, row)| Some((key, (*row.first()?)?)))
                    .collect())
            }
        }
    }

    fn given(&self, value: &TargetOf, by: &[String]) -> Option<(Key, f64)> {
        let same = value.slice.len() == by.len() && by.iter().all(|name| value.slice.contains_key(name));
        let window = window_at(self.target.period, &self.metric.schedule.chronology, value.at);
        let members = value.slice.iter().map(|(name, member)| (name.as_str(), Some(member.clone())));
        same.then(|| ((window, Slice::of(members)), value.value))
    }
}

/// The value of each row, and those that it is compared with.
type Numbers = BTreeMap<Key, Vec<Option<f64>>>;

fn by_key(answer: &Answer) -> Numbers {
    answer.rows.iter().map(|row| ((row.window, row.slice.clone()), numbers(row))).collect()
}

/// The value of a row, and those that it is compared with.
fn numbers(row: &AnswerRow) -> Vec<Option<f64>> {
    let Some(answer) = row.metrics.first() else { return Vec::new() };
    let earlier = answer.compared.iter().map(|(value, _)| value);
    std::iter::once(&answer.value).chain(earlier).map(Value::as_f64).collect()
}

/// The share of an earlier period that was there as far into it.
fn season(row: &AnswerRow, ends: &[Option<f64>]) -> Option<f64> {
    let so_far = numbers(row);
    let pairs = so_far.iter().zip(ends).skip(1);
    pairs.into_iter().find_map(|(so_far, end)| {
        let (so_far, end) = (so_far.unwrap_or(0.0), (*end)?);
        (end > 0.0).then(|| (so_far / end).clamp(0.0, 1.0))
    })
}

/// Gives what the members with targets of their own leave of the whole to the others, by their shares of an earlier period.
fn split_among(
    targets: &mut BTreeMap<Key, f64>,
    whole: &BTreeMap<Key, f64>,
    so_far: &Answer,
    in_the_end: Option<&Answer>,
) {
    let ends = in_the_end.map(by_key).unwrap_or_default();
    for ((window, _), whole) in whole {
        let members: Vec<Key> = so_far
            .rows
            .iter()
            .filter(|row| row.window == *window)
            .map(|row| (row.window, row.slice.clone()))
            .collect();
        let own: f64 = members.iter().filter_map(|key| targets.get(key)).sum();
        let without: Vec<&Key> = members.iter().filter(|key| !targets.contains_key(key)).collect();
        let shares = |place: usize| -> Vec<f64> {
            let value = |key: &&Key| ends.get(key).and_then(|known| *known.get(place)?).unwrap_or(0.0);
            without.iter().map(value).collect()
        };
        // By the year before; where nobody had anything then, by the period before.
        let shares = (1..=EARLIER.len()).map(shares).find(|shares| shares.iter().any(|share| *share > 0.0));
        let shares = shares.unwrap_or_else(|| vec![1.0; without.len()]);
        let parts = split(whole - own, &shares);
        let new: Vec<(Key, f64)> = without.into_iter().cloned().zip(parts).collect();
        targets.extend(new);
    }
}
