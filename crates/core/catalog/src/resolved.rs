//! What definitions mean once everything they refer to is found: the input of planning and reconciling.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use metricwright_api::alert_rule::{AlertRuleSpec, ChangeFrom, Severity};
use metricwright_api::metric::{Missing, Pace, TargetKind};
use metricwright_api::{Direction, Grain, IncidentState, MwDuration, ObjectId, StoredAs};
use metricwright_formula::Expr;

use crate::calendar::Chronology;
pub use crate::component::{CONVERTED, Component, Conversion, Events, Snapshot};
use crate::frame::{Offset, Span};
use crate::resolve::unreachable::Unreachable;

/// A column as declared, or as the source shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: metricwright_formula::DataType,
    /// Its unit, where declared.
    pub unit: Option<String>,
    /// Whether it can be null.
    pub nullable: bool,
}

/// Where the rows of a dataset come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// A table of the source.
    Table(String),
    /// One read-only SELECT.
    Query(String),
}

/// A dataset whose references and expressions are resolved.
#[derive(Clone, Debug)]
pub struct ResolvedDataset {
    /// Which dataset.
    pub id: ObjectId,
    /// The source that holds it.
    pub source: ObjectId,
    /// Where its rows come from.
    pub relation: Relation,
    /// How time is divided for its rows: the zone in which its days begin, its weeks and fiscal years.
    pub chronology: Arc<Chronology>,
    /// The column that dates a row.
    pub time: Option<ResolvedTime>,
    /// Further columns that do, by name.
    pub times: BTreeMap<String, ResolvedTime>,
    /// The one of them that dates its rows here; none: its `time`.
    pub dated_by: Option<String>,
    /// From when until when a row holds.
    pub validity: Option<Validity>,
    /// Columns by name: declared ones, else those the source showed; empty where neither is known.
    pub columns: BTreeMap<String, ColumnInfo>,
    /// Its entities.
    pub entities: Vec<ResolvedEntity>,
    /// Its own dimensions.
    pub dimensions: Vec<OwnDimension>,
    /// Whether it is suspended, itself or its source.
    pub suspended: bool,
}

/// The column that dates a row.
#[derive(Clone, Debug)]
pub struct ResolvedTime {
    /// Name of the column.
    pub column: String,
    /// How it stores time.
    pub stored_as: StoredAs,
    /// Zone of a Local column.
    pub stored_zone: TimeZone,
    /// How long after a window's end its rows may still arrive.
    pub latency: MwDuration,
}

impl ResolvedDataset {
    /// Whether both have the same rows at the same moments.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.id == other.id && self.dated_by == other.dated_by
    }

    /// The same rows dated by another of its columns; none where it has none of that name.
    pub fn dated_by(&self, name: &str) -> Option<Self> {
        let time = self.times.get(name)?.clone();
        Some(Self { time: Some(time), dated_by: Some(name.to_owned()), ..self.clone() })
    }
}

/// From when until when a row holds: two columns that store time alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Column with the first moment or day; null: since ever.
    pub from: String,
    /// Column with the first moment or day after it; null: until now.
    pub to: String,
    /// How they store time: no wall clock of a zone.
    pub stored_as: StoredAs,
}

/// An entity of a dataset with its key.
#[derive(Clone, Debug)]
pub struct ResolvedEntity {
    /// Name.
    pub name: String,
    /// Whether the dataset has one row an entity.
    pub primary: bool,
    /// Row expressions over the dataset's own columns, at least one, that are the key together.
    pub key: Vec<Expr>,
}

/// A dimension that a dataset declares itself.
#[derive(Clone, Debug)]
pub struct OwnDimension {
    /// Name.
    pub name: String,
    /// Row expression over the dataset's own columns.
    pub expr: Expr,
    /// Name under which it is the same as dimensions of other datasets.
    pub conformed: Option<String>,
    /// Name for people.
    pub display_name: Option<String>,
}

/// A dimension as seen from a fact dataset: how to get there, and what to read there.
#[derive(Clone, Debug)]
pub struct Dimension {
    /// The name as users write it: `channel`, `store.region`, or the entity's name `store`.
    pub name: String,
    /// Joins from the fact dataset, in order; empty for its own columns.
    pub path: Vec<Hop>,
    /// Row expression over the columns of the last dataset of the path (or the fact dataset's own).
    pub expr: Expr,
    /// What it is, equal for dimensions of different datasets that are the same:
    /// `entity:store`, `entity:store.region`, `conformed:channel`, or `dataset:ns/name.dimension`. Entities of
    /// different namespaces are different, though their identities read the same.
    pub identity: String,
    /// Name for people.
    pub display_name: Option<String>,
}

/// One many-to-one left join.
#[derive(Clone, Debug)]
pub struct Hop {
    /// The entity joined over.
    pub entity: String,
    /// Key expressions over the columns of the dataset on the left (the fact, or the hop before).
    pub left_key: Vec<Expr>,
    /// The dataset joined, Primary for the entity, on the same source.
    pub dataset: Arc<ResolvedDataset>,
    /// Key expressions over its columns, as many.
    pub right_key: Vec<Expr>,
}

/// A condition that every value should meet.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// As it was written.
    pub text: String,
    /// Over the columns `c0`, `c1`, … of the value.
    pub condition: Expr,
}

/// What a metric is to reach in each period.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedTarget {
    /// What it is called.
    pub name: String,
    /// The periods it is set for.
    pub period: Grain,
    /// Whether the value adds up over the period.
    pub kind: TargetKind,
    /// How a period should fill.
    pub pace: Pace,
    /// Dimensions by which it is split.
    pub split_by: Vec<String>,
    /// Where the targets are.
    pub source: TargetSource,
}

/// Where targets are.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetSource {
    /// In the definition.
    Values(Vec<TargetOf>),
    /// The values of another metric.
    Metric(ObjectId),
}

/// The target of one period and slice.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetOf {
    /// A moment of the period: its first one, as it is written.
    pub at: Timestamp,
    /// The slice, each dimension with its member.
    pub slice: BTreeMap<String, String>,
    /// The value.
    pub value: f64,
}

/// A metric whose references and expressions are resolved down to components.
#[derive(Clone, Debug)]
pub struct ResolvedMetric {
    /// Which metric.
    pub id: ObjectId,
    /// Hash (hexadecimal, 16 digits) of what it means; equal hashes mean equal numbers.
    pub definition_hash: String,
    /// Its components, each key once.
    pub components: Vec<Component>,
    /// The value: an expression in which the column `c0`, `c1`, … is the component of that index.
    pub value: Expr,
    /// What the value is where there is none.
    pub missing: Missing,
    /// Conditions that every value should meet.
    pub invariants: Vec<Invariant>,
    /// Dimensions that every component can reach, in the order declared or else by name; the outer vector
    /// holds one entry a dimension, the inner one the way from each component's dataset.
    pub dimensions: Vec<SharedDimension>,
    /// Unit of the value, as declared or as the formula gives it; none where unknown.
    pub unit: Option<String>,
    /// How it is shown, such as `0.0%`.
    pub format: Option<String>,
    /// Which way is good.
    pub direction: Option<Direction>,
    /// Name for people.
    pub display_name: Option<String>,
    /// Team that answers for it.
    pub owner: Option<String>,
    /// The owner's address for people.
    pub owner_email: Option<String>,
    /// When and what to compute.
    pub schedule: ResolvedSchedule,
    /// What its values are to reach.
    pub targets: Vec<ResolvedTarget>,
    /// Whether it is suspended, itself or anything it reads.
    pub suspended: bool,
    /// Metrics it refers to, directly and indirectly.
    pub inputs: Vec<ObjectId>,
    /// How many metrics stand between it and its datasets, on the longest way.
    pub depth: usize,
}

impl ResolvedMetric {
    /// Why it cannot be computed by a grain; none where it can.
    pub fn misfit(&self, grain: Grain) -> Option<Unreachable> {
        self.components.iter().find_map(|component| component.misfit(grain))
    }

    /// The same metric some time before the window asked for.
    #[must_use]
    pub fn earlier(&self, offset: Offset) -> Self {
        let moved =
            |component: &Component| component.with(|changed| changed.frame = changed.frame.moved(offset));
        Self { components: self.components.iter().map(moved).collect(), ..self.clone() }
    }

    /// Whether the value of a window is made of its own rows alone.
    pub fn is_of_window(&self) -> bool {
        self.missing == Missing::Keep && self.components.iter().all(|component| component.frame.is_window())
    }

    /// Every dataset that it reads, joined ones too; some of them several times.
    pub fn datasets(&self) -> impl Iterator<Item = &Arc<ResolvedDataset>> {
        let named = self.components.iter().flat_map(Component::ways);
        let grouped = self.dimensions.iter().flat_map(|dimension| &dimension.ways);
        let joined = named.chain(grouped).flat_map(|way| &way.path).map(|hop| &hop.dataset);
        self.components.iter().flat_map(Component::datasets).chain(joined)
    }

    /// Whether its values depend on when the first row is: a stretch may begin before it, and zeros begin with it.
    pub fn needs_first_row(&self) -> bool {
        self.missing == Missing::Zero
            || self.components.iter().any(|component| matches!(component.frame.span, Span::Trailing(_)))
    }

    /// Whether one of several snapshots counts, chosen from rows that pass the filter.
    pub fn chooses_snapshots(&self) -> bool {
        self.components.iter().any(|component| component.snapshot.as_ref().is_some_and(Snapshot::is_chosen))
    }

    /// The name that people read for one of its dimensions; the name itself where none is given.
    pub fn display_name_of<'a>(&'a self, dimension: &'a str) -> &'a str {
        let known = self.dimensions.iter().find(|known| known.name == dimension);
        known.and_then(|known| known.display_name.as_deref()).unwrap_or(dimension)
    }
}

/// A dimension by which a whole metric can be grouped.
#[derive(Clone, Debug)]
pub struct SharedDimension {
    /// The name as users write it.
    pub name: String,
    /// Name for people.
    pub display_name: Option<String>,
    /// For each component of the metric, in their order, how its dataset reaches the dimension.
    pub ways: Vec<Dimension>,
}

/// When values are computed, with every default filled in.
#[derive(Clone, Debug)]
pub struct ResolvedSchedule {
    /// Cron expression; none: a run for each window, when it is due.
    pub cron: Option<String>,
    /// Zone of the cron expression and of the buckets' calendar.
    pub cron_zone: TimeZone,
    /// How time is divided into windows: as the metric says, or as its datasets have it.
    pub chronology: Arc<Chronology>,
    /// Grains to compute, at least one.
    pub grains: Vec<Grain>,
    /// How far back each run computes again.
    pub lookback: MwDuration,
    /// How far back values are computed at first.
    pub backfill: MwDuration,
    /// How long values are kept after their window's end; none: for ever.
    pub retention: Option<MwDuration>,
    /// The longest latency of its datasets: a window is complete at its end plus this.
    pub latency: MwDuration,
    /// Most members of a dimension.
    pub max_slices: u32,
}

/// A rule whose metrics, conditions and channels are resolved.
#[derive(Clone, Debug)]
pub struct ResolvedRule {
    /// Which rule.
    pub id: ObjectId,
    /// The spec as written, for texts and limits.
    pub spec: AlertRuleSpec,
    /// Hash of what the rule decides by (conditions, guard, periods, slices, grain); not of who is told.
    pub decision_hash: String,
    /// What it watches: one entry a metric.
    pub targets: Vec<RuleTarget>,
    /// Its conditions.
    pub conditions: Vec<ResolvedCondition>,
    /// The guard, over `value` and `metric(name)`.
    pub unless: Option<Expr>,
    /// Metrics that the guard names, by the name used there.
    pub guard_metrics: BTreeMap<String, Arc<ResolvedMetric>>,
    /// Breaching windows in a row before it fires, at least 1.
    pub for_periods: u32,
    /// Normal windows in a row before it is resolved, at least 1.
    pub recover_periods: u32,
    /// How bad it is.
    pub severity: Severity,
    /// Channels and the states they are told.
    pub notify: Vec<(ObjectId, Vec<IncidentState>)>,
    /// Channels that are told Firing again, and how long after each time.
    pub repeats: Vec<(ObjectId, MwDuration)>,
    /// How long an ended episode gets or keeps its incident.
    pub incident_retention: MwDuration,
    /// Most incidents open at once.
    pub max_open_incidents: u32,
}

/// A metric that a rule watches.
#[derive(Clone, Debug)]
pub struct RuleTarget {
    /// The metric.
    pub metric: Arc<ResolvedMetric>,
    /// Grain of the windows watched; one of the metric's.
    pub grain: Grain,
    /// Dimensions (names as the metric knows them) whose combinations are watched; empty: the total.
    pub slices: Vec<String>,
}

/// A condition ready to be evaluated.
#[derive(Clone, Debug)]
pub enum ResolvedCondition {
    /// A predicate over `value`, and its text.
    Threshold {
        /// The predicate.
        predicate: Expr,
        /// How it was written.
        text: String,
    },
    /// A change against an earlier window.
    Change {
        /// The earlier window.
        from: ChangeFrom,
        /// Breach below this.
        below: Option<ChangeBound>,
        /// Breach above this.
        above: Option<ChangeBound>,
    },
}

/// A bound of a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ChangeBound {
    /// Relative to the earlier value: -0.1 for `-10%`.
    Relative(f64),
    /// A difference: -0.02 for `-2pp`.
    Difference(f64),
}
