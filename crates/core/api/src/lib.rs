//! The custom resources of Metricwright and what they share: names, grains, durations, conditions and
//! diagnostics. This crate says what the Kubernetes API and the files in Git say, and decides nothing.

pub mod alert_rule;
pub mod calendar;
pub mod channel;
pub mod conditions;
pub mod crds;
pub mod data_source;
pub mod dataset;
pub mod diagnostic;
pub mod duration;
pub mod grain;
pub mod incident;
pub mod kind;
pub mod metric;
pub mod shared;

pub use alert_rule::{AlertRule, AlertRuleSpec, AlertRuleStatus, IncidentState, Severity};
pub use calendar::{Calendar, CalendarSpec, CalendarStatus};
pub use channel::{Channel, ChannelSpec, ChannelStatus};
pub use conditions::{ConditionType, Reason};
pub use data_source::{DataSource, DataSourceSpec, DataSourceStatus};
pub use dataset::{Dataset, DatasetSpec, DatasetStatus, EntityType, StoredAs};
pub use diagnostic::{Basis, Code, Diagnostic, Level};
pub use duration::MwDuration;
pub use grain::Grain;
pub use incident::{Incident, IncidentSpec, IncidentStatus};
pub use kind::{Kind, ObjectId};
pub use metric::{AggregateFunction, Align, Direction, Metric, MetricSpec, MetricStatus};
pub use shared::{Condition, Reference, WindowStatus};

/// The API group of every kind.
pub const GROUP: &str = "metricwright.dev";
/// The version of every kind.
pub const VERSION: &str = "v1alpha1";
/// `apiVersion` as manifests write it.
pub const API_VERSION: &str = "metricwright.dev/v1alpha1";
/// Annotation whose change asks for a run now; its value is echoed in `status.lastHandledReconcileAt`.
pub const RECONCILE_REQUESTED_AT: &str = "metricwright.dev/reconcile-requested-at";
