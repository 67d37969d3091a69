//! What definitions mean once everything they refer to is found: the input of planning and reconciling.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::tz::TimeZone;
use metricwright_api::alert_rule::{AlertRuleSpec, ChangeFrom, Severity};
use metricwright_api::metric::{Keep, Missing};
use metricwright_api::{Direction, Grain, IncidentState, MwDuration, ObjectId, StoredAs};
use metricwright_formula::{Aggregate, Expr, ExprKind, canonical};

use crate::frame::{Frame, Offset, Span};
use crate::resolve::hash::component_key;
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
    /// The zone in which its days begin.
    pub timezone: TimeZone,
    /// The column that dates a row.
    pub time: Option<ResolvedTime>,
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

/// An entity of a dataset with its key.
#[derive(Clone, Debug)]
pub struct ResolvedEntity {
    /// Name.
    pub name: String,
    /// Whether the dataset has one row an entity.
    pub primary: bool,
    /// Row expression over the dataset's own columns.
    pub key: Expr,
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
    /// Key expression over the columns of the dataset on the left (the fact, or the hop before).
    pub left_key: Expr,
    /// The dataset joined, Primary for the entity, on the same source.
    pub dataset: Arc<ResolvedDataset>,
    /// Key expression over its columns.
    pub right_key: Expr,
}

/// One aggregate of one dataset: what a scan computes and the store keeps.
#[derive(Clone, Debug)]
pub struct Component {
    /// The dataset it aggregates.
    pub dataset: Arc<ResolvedDataset>,
    /// The aggregate, over own columns and `entity.dimension` paths.
    pub aggregate: Aggregate,
    /// How to reach each `entity.dimension` (or bare own dimension that is no column) that the aggregate
    /// names, keyed as written.
    pub references: BTreeMap<String, Dimension>,
    /// What counts of rows that do not add up.
    pub snapshot: Option<Snapshot>,
    /// The events that may follow each row; how many do is the column [`CONVERTED`] of the aggregate.
    pub conversion: Option<Arc<Conversion>>,
    /// Which rows count for a window.
    pub frame: Frame,
    /// Canonical text of dataset, aggregate and what counts of it; equal keys are one column of a scan.
    pub scan_key: String,
    /// The same with the frame; equal keys mean equal numbers.
    pub key: String,
}

impl Component {
    /// Puts a component together.
    pub fn new(
        dataset: Arc<ResolvedDataset>,
        aggregate: Aggregate,
        references: BTreeMap<String, Dimension>,
    ) -> Self {
        let component = Self {
            dataset,
            aggregate,
            references,
            snapshot: None,
            conversion: None,
            frame: Frame::default(),
            scan_key: String::new(),
            key: String::new(),
        };
        component.with(|_| {})
    }

    /// The same with a change.
    #[must_use]
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed.scan_key = component_key(&changed);
        changed.key = format!("{}{}", changed.scan_key, changed.frame);
        changed
    }

    /// What it is, for people: the aggregate in its normal form, and which rows count.
    pub fn words(&self) -> String {
        let aggregate = canonical(&Expr::new(ExprKind::Aggregate(Box::new(self.aggregate.clone()))));
        let snapshot = self.snapshot.as_ref().map(|snapshot| format!(" of {snapshot}")).unwrap_or_default();
        let window = self.conversion.as_ref().map(|conversion| format!(" within {}", conversion.window));
        format!("{aggregate}{snapshot}{}{}", window.unwrap_or_default(), self.frame)
    }

    /// Whether the rows of each window are aggregated as they are.
    pub fn is_plain(&self) -> bool {
        self.frame.is_window() && self.snapshot.is_none() && self.conversion.is_none()
    }

    /// The datasets whose rows it aggregates or follows; joined ones are not among them.
    pub fn datasets(&self) -> impl Iterator<Item = &Arc<ResolvedDataset>> {
        std::iter::once(&self.dataset)
            .chain(self.conversion.as_deref().map(|conversion| &conversion.conversion.dataset))
    }

    /// The ways to everything that it names beside the columns of its dataset.
    pub fn ways(&self) -> impl Iterator<Item = &Dimension> {
        let sides = self.conversion.as_deref().into_iter().flat_map(Conversion::sides);
        self.references.values().chain(sides.flat_map(|side| side.references.values().chain(&side.keys)))
    }
}

/// Name of the column with the number of conversions that belong to a row.
pub const CONVERTED: &str = "mw_converted";

/// What counts of the rows of a level, such as a stock, that does not add up over time or a dimension.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Which snapshots count.
    pub keep: Keep,
    /// What tells snapshots apart; none: the moment of the row.
    pub over: Option<Expr>,
    /// What has snapshots of its own.
    pub by: Vec<Expr>,
}

impl Snapshot {
    /// Whether one snapshot is chosen, so that the others' rows do not count.
    pub fn is_chosen(&self) -> bool {
        matches!(self.keep, Keep::First | Keep::Last)
    }
}

impl fmt::Display for Snapshot {
    /// `the Last time by store`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let over = self.over.as_ref().map_or_else(|| "time".to_owned(), canonical);
        write!(f, "the {:?} {over}", self.keep)?;
        let by: Vec<String> = self.by.iter().map(canonical).collect();
        if by.is_empty() { Ok(()) } else { write!(f, " by {}", by.join(", ")) }
    }
}

/// Events that are followed by others.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// The events at the beginning.
    pub base: Events,
    /// Those that may follow.
    pub conversion: Events,
    /// How long after a base event a conversion still belongs to it.
    pub window: MwDuration,
    /// What decides between base events of the same second; none where the dataset has no key.
    pub tie: Option<Expr>,
}

impl Conversion {
    /// Both kinds of events.
    pub fn sides(&self) -> [&Events; 2] {
        [&self.base, &self.conversion]
    }
}

/// Events: rows of a dataset.
#[derive(Clone, Debug)]
pub struct Events {
    /// The dataset.
    pub dataset: Arc<ResolvedDataset>,
    /// Which rows are events; none: all.
    pub filter: Option<Expr>,
    /// How to reach what the filter names.
    pub references: BTreeMap<String, Dimension>,
    /// What base events and conversions have in common: the entity, and further dimensions in the order of the other side.
    pub keys: Vec<Dimension>,
}

/// A condition that every value should meet.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// As it was written.
    pub text: String,
    /// Over the columns `c0`, `c1`, … of the value.
    pub condition: Expr,
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
        self.components.iter().find_map(|component| component.frame.misfit(grain))
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

    /// Whether a part of it is taken over a stretch that may begin before there are rows.
    pub fn is_trailing(&self) -> bool {
        self.components.iter().any(|component| matches!(component.frame.span, Span::Trailing(_)))
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
    /// Zone in which buckets begin: that of the datasets.
    pub zone: TimeZone,
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
