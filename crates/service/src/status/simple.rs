//! The statuses of Calendar, DataSource, Dataset and Channel.

use jiff::Timestamp;
use metricwright_api::calendar::CalendarStatus;
use metricwright_api::channel::ChannelStatus;
use metricwright_api::conditions::is_true;
use metricwright_api::data_source::{DataSourceSpec, DataSourceStatus, SourceHealthStatus};
use metricwright_api::dataset::DatasetStatus;
use metricwright_api::{ConditionType, Reason};

use super::conditions::{Verdict, apply};

/// What stands in the way until somebody acts: a fault of the definition.
fn stalled(fault: Option<&Verdict>) -> Option<Verdict> {
    fault.map(|fault| Verdict { holds: true, ..fault.clone() })
}

/// Completes the status of a Calendar by its conditions. `fault` is what is wrong with its definition.
pub fn calendar_status(
    shown: CalendarStatus,
    fault: Option<Verdict>,
    generation: Option<i64>,
    now: Timestamp,
) -> CalendarStatus {
    let mut status = shown;
    let stalled = stalled(fault.as_ref());
    let ready = fault.unwrap_or_else(|| Verdict::yes("its days are known"));
    let verdicts = [(ConditionType::Ready, Some(ready)), (ConditionType::Stalled, stalled)];
    apply(&mut status.conditions, &verdicts, generation, now);
    status
}

/// What was found out about a DataSource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFacts {
    /// Datasets that use it.
    pub datasets: usize,
    /// What it said of itself; none where it did not answer.
    pub health: Option<SourceHealthStatus>,
    /// The request that this look was for.
    pub handled_request: Option<String>,
}

/// Makes the status of a DataSource. `fault` is what is wrong with its definition, `reached` what asking it gave.
pub fn data_source_status(
    before: &DataSourceStatus,
    spec: &DataSourceSpec,
    facts: SourceFacts,
    fault: Option<Verdict>,
    reached: Verdict,
    (generation, now): (Option<i64>, Timestamp),
) -> DataSourceStatus {
    let ready = fault.as_ref().unwrap_or(&reached).holds;
    let turned = is_true(&before.conditions, ConditionType::Ready) != ready;
    let news = turned || facts.handled_request.is_some() || before.observed_generation != generation;
    let mut status = DataSourceStatus {
        observed_generation: generation,
        kind: spec.kind().map(str::to_owned),
        datasets: i64::try_from(facts.datasets).ok(),
        health: health(before.health.as_ref(), facts.health, news),
        last_handled_reconcile_at: facts.handled_request.or_else(|| before.last_handled_reconcile_at.clone()),
        conditions: before.conditions.clone(),
    };
    let verdicts = [
        (ConditionType::Stalled, stalled(fault.as_ref())),
        (ConditionType::Ready, Some(fault.unwrap_or(reached))),
    ];
    apply(&mut status.conditions, &verdicts, generation, now);
    status
}

/// The health to show. Without other news a latency that was measured anew is none: it never comes out the same.
fn health(
    before: Option<&SourceHealthStatus>,
    found: Option<SourceHealthStatus>,
    news: bool,
) -> Option<SourceHealthStatus> {
    match (before, found) {
        (Some(before), Some(found)) if !news && before.version == found.version => Some(before.clone()),
        (before, found) => found.or_else(|| before.cloned()),
    }
}

/// Makes the status of a Dataset.
pub fn dataset_status(
    before: &DatasetStatus,
    columns: Option<usize>,
    metrics: usize,
    valid: Verdict,
    ready: Verdict,
    handled_request: Option<String>,
    (generation, now): (Option<i64>, Timestamp),
) -> DatasetStatus {
    let mut status = DatasetStatus {
        observed_generation: generation,
        column_count: columns.and_then(|count| i64::try_from(count).ok()),
        metrics: i64::try_from(metrics).ok(),
        last_handled_reconcile_at: handled_request.or_else(|| before.last_handled_reconcile_at.clone()),
        conditions: before.conditions.clone(),
    };
    let verdicts = [
        (ConditionType::Ready, Some(ready)),
        (ConditionType::Stalled, stalled(Some(&valid).filter(|valid| !valid.holds))),
        (ConditionType::Valid, Some(valid)),
    ];
    apply(&mut status.conditions, &verdicts, generation, now);
    status
}

/// What the outbox says of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboxFacts {
    /// Messages delivered so far.
    pub sent: i64,
    /// Messages that wait.
    pub waiting: i64,
    /// The last failure of a message that waits.
    pub last_error: Option<String>,
}

/// Makes the status of a Channel. `fault` is what is wrong with its definition, `closed` why it cannot be opened.
pub fn channel_status(
    before: &ChannelStatus,
    outbox: OutboxFacts,
    fault: Option<Verdict>,
    closed: Option<Verdict>,
    suspended: bool,
    handled_request: Option<String>,
    (generation, now): (Option<i64>, Timestamp),
) -> ChannelStatus {
    let stalled = stalled(fault.as_ref());
    let ready = match (fault.or(closed), &outbox.last_error) {
        (Some(fault), _) => fault,
        (None, _) if suspended => Verdict {
            holds: true,
            reason: Reason::Suspended,
            message: "suspended; messages wait until it is set back".to_owned(),
        },
        (None, Some(error)) => Verdict::no(Reason::DeliveryFailed, error),
        (None, None) => Verdict::yes("messages are delivered"),
    };
    let mut status = ChannelStatus {
        observed_generation: generation,
        kind: Some("webhook".to_owned()),
        sent: Some(outbox.sent),
        waiting: Some(outbox.waiting),
        last_error: outbox.last_error,
        last_handled_reconcile_at: handled_request.or_else(|| before.last_handled_reconcile_at.clone()),
        conditions: before.conditions.clone(),
    };
    let verdicts = [(ConditionType::Ready, Some(ready)), (ConditionType::Stalled, stalled)];
    apply(&mut status.conditions, &verdicts, generation, now);
    status
}
