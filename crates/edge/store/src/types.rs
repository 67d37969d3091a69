//! What is kept.

use jiff::Timestamp;
use metricwright_api::{Grain, IncidentState, ObjectId};
use metricwright_formula::Value;

/// A stretch of time, half open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// First instant.
    pub from: Timestamp,
    /// First instant after it.
    pub to: Timestamp,
}

/// The value of one slice in one window. Its key is (metric, definition hash, grain, slice, window).
#[derive(Clone, Debug, PartialEq)]
pub struct PointRow {
    /// Canonical JSON of the slice.
    pub slice: String,
    /// Start of the window.
    pub window_start: Timestamp,
    /// End of the window.
    pub window_end: Timestamp,
    /// The value.
    pub value: Value,
    /// The components that it is made of.
    pub components: Vec<Value>,
    /// Whether rows of the window may still arrive.
    pub partial: bool,
    /// When it was computed.
    pub computed_at: Timestamp,
}

/// What one run gave for one grouping of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPart {
    /// The metric.
    pub metric: ObjectId,
    /// Hash of its definition.
    pub definition_hash: String,
    /// Grain of the windows.
    pub grain: Grain,
    /// Names of the dimensions, sorted, joined by commas; empty for the total.
    pub grouping: String,
    /// Windows that are computed for good; may be empty.
    pub covered: Interval,
    /// Windows of which every point is given: others that are kept there are removed.
    pub replace: Interval,
    /// The points.
    pub points: Vec<PointRow>,
}

/// A run and what it gave.
#[derive(Clone, Debug, PartialEq)]
pub struct RunCommit {
    /// What it gave.
    pub parts: Vec<RunPart>,
    /// The run itself.
    pub run: RunRow,
}

/// A run of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// The metric.
    pub metric: ObjectId,
    /// Hash of its definition.
    pub definition_hash: String,
    /// When it ran.
    pub at: Timestamp,
    /// Engines that ran its queries.
    pub engine: String,
    /// Values that it computed, over all windows and slices.
    pub rows: u64,
    /// Seconds it took.
    pub seconds: f64,
}

/// What a commit changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitSummary {
    /// Points that are new or changed.
    pub written: u64,
    /// Points that were taken out.
    pub removed: u64,
}

/// Which points to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointQuery {
    /// The metric.
    pub metric: ObjectId,
    /// Hash of its definition.
    pub definition_hash: String,
    /// Grain.
    pub grain: Grain,
    /// Grouping; empty for the total.
    pub grouping: String,
    /// Windows that start at or after this.
    pub from: Timestamp,
    /// Windows that start before this.
    pub to: Timestamp,
}

/// Whose state: a rule on a metric at a grain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleKey {
    /// The rule.
    pub rule: ObjectId,
    /// The metric.
    pub metric: ObjectId,
    /// The grain.
    pub grain: Grain,
}

/// What a rule remembers of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleRecord {
    /// Hash of what the rule decides by.
    pub decision_hash: String,
    /// Hash of the metric's definition.
    pub metric_hash: String,
    /// When it began to watch: what fell due until then tells nobody.
    pub watched_since: Timestamp,
    /// End of the last window that was evaluated.
    pub evaluated_until: Timestamp,
    /// The state, JSON.
    pub state: String,
}

/// An evaluation of a rule: one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleCommit {
    /// Whose.
    pub key: RuleKey,
    /// The `evaluated_until` that it was based on; none where there was no record.
    pub based_on: Option<Timestamp>,
    /// The new record.
    pub record: RuleRecord,
    /// Episodes that are new or changed.
    pub episodes: Vec<EpisodeRow>,
    /// Messages to send. One whose key is known already is not taken in again.
    pub messages: Vec<OutboxRow>,
}

/// An episode.
#[derive(Clone, Debug, PartialEq)]
pub struct EpisodeRow {
    /// Name of its incident, unique in the rule's namespace.
    pub name: String,
    /// Whose.
    pub key: RuleKey,
    /// When it fired.
    pub started_at: Timestamp,
    /// When it ended.
    pub resolved_at: Option<Timestamp>,
    /// Whether it has no incident because too many were open.
    pub suppressed: bool,
    /// Whether somebody deleted its incident.
    pub closed: bool,
    /// The episode itself, JSON.
    pub body: String,
}

/// A message to send.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRow {
    /// Key by which a receiver knows a repeat.
    pub key: String,
    /// The channel.
    pub channel: ObjectId,
    /// The incident it is about.
    pub incident: ObjectId,
    /// The state it tells.
    pub state: IncidentState,
    /// The bytes to send.
    pub body: Vec<u8>,
    /// When it came to be.
    pub created_at: Timestamp,
    /// Failed attempts so far.
    pub attempts: u32,
    /// When to try next.
    pub next_try: Timestamp,
    /// The last failure.
    pub last_error: Option<String>,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
}

/// How a channel's messages stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Delivered.
    pub sent: u64,
    /// Waiting.
    pub waiting: u64,
    /// The last failure among those waiting.
    pub last_error: Option<String>,
    /// When the next one is to be tried.
    pub next_try: Option<Timestamp>,
}
