//! Retention: values that have been kept as long as their metric says are deleted.

use jiff::Timestamp;
use metricwright_api::Kind;
use metricwright_store::StoreError;

use crate::compute::kept_since;
use crate::engine::Engine;

/// Deletes the values of every metric that are older than its `schedule.retention`; gives how many.
///
/// # Errors
/// The store failed.
pub async fn forget_old(engine: &Engine, now: Timestamp) -> Result<u64, StoreError> {
    let mut forgotten = 0;
    let catalog = engine.world.catalog();
    for object in engine.world.of_kind(Kind::Metric) {
        let Ok(metric) = catalog.metric(&object.id) else { continue };
        for grain in &metric.schedule.grains {
            if let Some(before) = kept_since(&metric.schedule, *grain, now) {
                forgotten += engine.store.forget(&object.id, *grain, before).await?;
            }
        }
    }
    Ok(forgotten)
}
