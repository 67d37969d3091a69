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
use crate::warn::{deliver, open};

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
    let mut fault = Verdict::of_faults(&catalog.diagnostics(&object.id));
    // build and apply
    let mut delivered = 0;
    if fault.is_none() && !spec.suspend {
        match open(&object.id, spec, engine.secrets.as_ref()).await {
            Ok(channel) => {
                delivered =
                    deliver(engine.store.as_ref(), &object.id, &channel, outbox_clock(engine)).await?;
            }
            Err(finding) => fault = Some(Verdict::no(Reason::ReferenceNotFound, finding.to_string())),
        }
    }
    // status
    let counts = engine.store.outbox_counts(&object.id).await?;
    let facts = OutboxFacts {
        sent: i64::try_from(counts.sent).unwrap_or(i64::MAX),
        waiting: i64::try_from(counts.waiting).unwrap_or(i64::MAX),
        last_error: counts.last_error,
    };
    let failed = fault.is_some();
    let status = channel_status(before, facts, fault, spec.suspend, asked, object.generation, engine.now());
    let next = match counts.next_try {
        Some(at) if !failed && !spec.suspend => Next::At(at),
        _ => Next::Idle,
    };
    Ok(Outcome { status, next, touched: if delivered > 0 { users } else { Vec::new() }, failed })
}

/// Messages leave by the real clock: a replayed past does not hold back what is tried again.
fn outbox_clock(engine: &Engine) -> Timestamp {
    engine.as_of.map_or_else(Timestamp::now, |as_of| as_of.max(Timestamp::now()))
}
