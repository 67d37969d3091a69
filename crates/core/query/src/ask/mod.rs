//! Questions: several metrics by dimensions, compared, filtered, ordered.
//!
//! ```text
//! Ask ──columns──▶ metrics (as they are, and earlier) ──plan──▶ scans ──▶ rows by window and slice
//!                                                      ──▶ changes, shares, ranks ──▶ having ──▶ order ──▶ limit
//! ```

mod rows;
mod table;

use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use metricwright_api::metric::Align;
use metricwright_api::{Code, Grain, MwDuration};
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::frame::Offset;
use metricwright_catalog::resolved::{ResolvedMetric, SharedDimension};
use metricwright_catalog::{Catalog, Unreachable};

use crate::plan::{Wanted, grouping, plan_scans};
use crate::reading::{Stretch, refused};
use crate::scan::Scan;
use crate::window::whole_windows;

pub use rows::{Answer, AnswerRow, MetricAnswer};
pub use table::{Having, OTHERS, Order, OrderBy};

/// A question about metrics.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The metrics, at least one; those with a filter are narrowed already.
    pub metrics: Vec<Arc<ResolvedMetric>>,
    /// Dimensions to group by, together.
    pub by: Vec<String>,
    /// Grain of the windows; none: the whole range is one.
    pub grain: Option<Grain>,
    /// First moment; rounded down to a window.
    pub from: Timestamp,
    /// First moment after the range; rounded up to a window.
    pub to: Timestamp,
    /// The clock: rows at or after it are invisible.
    pub as_of: Timestamp,
    /// What each value is compared with.
    pub compare: Vec<Comparison>,
    /// Whether the share of the window's total is wanted.
    pub share: bool,
    /// Whether the place among the slices of a window is wanted, the largest value first.
    pub rank: bool,
}

/// An earlier window to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The window before.
    Previous,
    /// The same weekday of the week before.
    LastWeek,
    /// The same date a year before; of weeks the one with the same number.
    LastYear,
    /// The nearest day a year before that has the same weekday.
    LastYearWeekday,
    /// The same day of the same feast a year before, as the calendar has it.
    LastYearFeast,
}

impl Comparison {
    /// Every comparison.
    pub const ALL: [Self; 5] =
        [Self::Previous, Self::LastWeek, Self::LastYear, Self::LastYearWeekday, Self::LastYearFeast];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::LastWeek => "last-week",
            Self::LastYear => "last-year",
            Self::LastYearWeekday => "last-year-weekday",
            Self::LastYearFeast => "last-year-feast",
        }
    }

    /// How long before a window of a grain it is. A range that is one window is compared with as many days before it.
    fn offset(self, asked: &Stretch) -> Offset {
        let by = match self {
            Self::Previous if asked.whole => length(asked),
            Self::Previous => match asked.grain {
                Grain::Hour => MwDuration::Seconds(3600),
                Grain::Day => MwDuration::Days(1),
                Grain::Week => MwDuration::Days(7),
                Grain::Month | Grain::FiscalMonth => MwDuration::Months(1),
                Grain::Quarter | Grain::FiscalQuarter => MwDuration::Months(3),
                Grain::Year | Grain::FiscalYear => MwDuration::Months(12),
            },
            Self::LastWeek => MwDuration::Days(7),
            Self::LastYear | Self::LastYearWeekday | Self::LastYearFeast => MwDuration::Months(12),
        };
        let align = match self {
            Self::LastYearWeekday => Align::Weekday,
            Self::LastYearFeast => Align::Calendar,
            Self::Previous | Self::LastWeek | Self::LastYear => Align::Date,
        };
        Offset { by, align }
    }
}

/// How long a range is: days where it is of days, else what has elapsed.
fn length(asked: &Stretch) -> MwDuration {
    let day = |at: Timestamp| at.to_zoned(asked.chronology.zone.clone()).date();
    let days = day(asked.from).until(day(asked.to)).ok().map(|span| span.get_days());
    match (asked.grain, days) {
        (Grain::Day, Some(days)) => MwDuration::Days(days),
        _ => MwDuration::Seconds(asked.to.duration_since(asked.from).as_secs()),
    }
}

impl FromStr for Comparison {
    type Err = String;

    /// Reads a name, as [`as_str`](Self::as_str) gives it.
    ///
    /// # Errors
    /// The text names no comparison; the message lists those there are.
    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|known| known.as_str() == text);
        let names = || Self::ALL.map(Self::as_str).join(", ");
        named.ok_or_else(|| format!("`{text}` is no comparison: use one of {}", names()))
    }
}

/// A metric of a question, as it is or earlier.
#[derive(Clone, Debug)]
pub struct Column {
    /// The place of the metric in the question.
    pub metric: usize,
    /// What it is compared with; none for the value itself.
    pub comparison: Option<Comparison>,
    /// The metric, moved back where it is compared.
    pub resolved: Arc<ResolvedMetric>,
}

impl Ask {
    /// How time is divided into its windows: as for the first metric.
    pub fn chronology(&self) -> Arc<Chronology> {
        self.metrics.first().map(|metric| metric.schedule.chronology.clone()).unwrap_or_default()
    }

    /// Its windows, whole ones.
    pub fn stretch(&self) -> Stretch {
        let chronology = self.chronology();
        let round = |grain| whole_windows(grain, &chronology, (self.from, self.to));
        let grain = self.grain.unwrap_or_else(|| {
            if round(Grain::Day) == (self.from, self.to) { Grain::Day } else { Grain::Hour }
        });
        let (from, to) = round(grain);
        Stretch { grain, whole: self.grain.is_none(), chronology, from, to, as_of: self.as_of }
    }

    /// The metrics that have to be computed, each as it is and as it is compared with.
    pub fn columns(&self) -> Vec<Column> {
        let asked = self.stretch();
        let mut columns = Vec::new();
        for (place, metric) in self.metrics.iter().enumerate() {
            columns.push(Column { metric: place, comparison: None, resolved: metric.clone() });
            columns.extend(self.compare.iter().map(|comparison| Column {
                metric: place,
                comparison: Some(*comparison),
                resolved: Arc::new(metric.earlier(comparison.offset(&asked))),
            }));
        }
        columns
    }

    /// The scans that answer it.
    ///
    /// # Errors
    /// A metric cannot be grouped by one of the dimensions, or has no whole windows of the grain; there are too many windows.
    pub fn scans(&self, catalog: &Catalog) -> Result<Vec<Scan>, Unreachable> {
        let asked = self.stretch();
        let groupings = self.groupings(catalog)?;
        let mut wanted = Vec::new();
        for column in self.columns() {
            if let Some(refusal) = refused(&column.resolved, &asked) {
                return Err(self.in_question(refusal, &column));
            }
            let groupings = groupings.get(column.metric).filter(|ways| !ways.is_empty()).cloned();
            wanted.push(Wanted { metric: column.resolved, groupings: groupings.into_iter().collect() });
        }
        Ok(plan_scans(&wanted, &asked))
    }

    /// How each metric is grouped. A dimension is looked for among all of them, so that each may have its own word for it.
    fn groupings(&self, catalog: &Catalog) -> Result<Vec<Vec<SharedDimension>>, Unreachable> {
        if let [one] = self.metrics.as_slice() {
            return Ok(vec![grouping(catalog, one, &self.by)?]);
        }
        let Some(together) = together(&self.metrics) else { return Ok(Vec::new()) };
        let shared = grouping(catalog, &together, &self.by)?;
        let mut groupings = Vec::new();
        let mut begin = 0;
        for metric in &self.metrics {
            let end = begin + metric.components.len();
            let own = |shared: &SharedDimension| {
                let ways = shared.ways.get(begin..end).unwrap_or_default().to_vec();
                SharedDimension { ways, ..shared.clone() }
            };
            groupings.push(shared.iter().map(own).collect());
            begin = end;
        }
        Ok(groupings)
    }

    /// A refusal in the words of a question.
    fn in_question(&self, refusal: Unreachable, column: &Column) -> Unreachable {
        let fits =
            self.metrics.get(column.metric).is_some_and(|metric| refused(metric, &self.stretch()).is_none());
        match column.comparison.filter(|_| fits && refusal.code == Code::GrainMismatch) {
            Some(comparison) => Unreachable {
                reason: format!("`{}` is no whole window before one of these", comparison.as_str()),
                remedy: "compare with another window, or ask by another grain".to_owned(),
                ..refusal
            },
            None => refusal,
        }
    }
}

/// Metrics as one, for what concerns all of them: the components of each, one after another; none where there are none.
pub fn together(metrics: &[Arc<ResolvedMetric>]) -> Option<ResolvedMetric> {
    let components = metrics.iter().flat_map(|metric| metric.components.clone()).collect();
    Some(ResolvedMetric { components, dimensions: Vec::new(), ..(**metrics.first()?).clone() })
}

/// Takes the metrics apart again.
pub fn apart(together: &ResolvedMetric, metrics: &[Arc<ResolvedMetric>]) -> Vec<Arc<ResolvedMetric>> {
    let mut rest = together.components.as_slice();
    let own = |metric: &Arc<ResolvedMetric>| {
        let (own, after) = rest.split_at_checked(metric.components.len()).unwrap_or((rest, &[]));
        rest = after;
        Arc::new(ResolvedMetric { components: own.to_vec(), ..(**metric).clone() })
    };
    metrics.iter().map(own).collect()
}
