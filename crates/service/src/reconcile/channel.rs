//! Reconciling a Channel: send what waits.

use jiff::Timestamp;
use metricwright_api::Reason;
use metricwright_api::channel::ChannelStatus;
use metricwright_catalog::{Object, Spec};
use metricwright_store::StoreError;

use super::{Next, Outcome, request};
use crate::engine::Engine;
use crate::status::Verdict;
use crate::status::simple::{OutboxFacts, channel_status};
use crate::warn::{Round, deliver, open};

/// Sends the messages that are due and says what came of it.
///
/// # Errors
/// The store failed.
pub async fn reconcile(
    engine: &Engine,
    object: &Object,
    before: &ChannelStatus,
) -> Result<Outcome<ChannelStatus>, StoreError> {
    let Spec::Channel(spec) = &object.spec else {
        return Ok(Outcome { status: before.clone(), next: Next::Idle, touched: Vec::new(), failed: false });
    };
    // dereference
    let catalog = engine.world.catalog();
    let users = catalog.consumers(&object.id).to_vec();
    let asked = request(object, before.last_handled_reconcile_at.as_ref());
    // validate
    let fault = Verdict::of_faults(&catalog.diagnostics(&object.id));
    // build and apply
    let mut round = Round::default();
    let mut closed = None;
    if fault.is_none() && !spec.suspend {
        match open(&object.id, spec, engine.secrets.as_ref()).await {
            Ok(channel) => {
                let at_once = asked.is_some() || before.observed_generation != object.generation;
                let now = outbox_clock(engine);
                round = deliver(engine.store.as_ref(), &object.id, &channel, now, at_once).await?;
            }
            Err(finding) => closed = Some(Verdict::no(Reason::ReferenceNotFound, finding.to_string())),
        }
    }
    // status
    let counts = engine.store.outbox_counts(&object.id).await?;
    let facts = OutboxFacts {
        sent: i64::try_from(counts.sent).unwrap_or(i64::MAX),
        waiting: i64::try_from(counts.waiting).unwrap_or(i64::MAX),
        last_error: counts.last_error,
    };
    let failed = closed.is_some();
    let idle = failed || fault.is_some() || spec.suspend;
    let about = (object.generation, engine.now());
    let status = channel_status(before, facts, fault, closed, spec.suspend, asked, about);
    let next = match counts.next_try {
        Some(at) if !idle => Next::At(round.rests_until.map_or(at, |until| at.max(until))),
        _ => Next::Idle,
    };
    Ok(Outcome { status, next, touched: if round.delivered > 0 { users } else { Vec::new() }, failed })
}

/// Messages leave by the real clock: a replayed past does not hold back what is tried again.
fn outbox_clock(engine: &Engine) -> Timestamp {
    engine.as_of.map_or_else(Timestamp::now, |as_of| as_of.max(Timestamp::now()))
}
