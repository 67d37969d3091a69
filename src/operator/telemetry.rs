//! Logs, and counters of the operator's own work.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use metricwright_api::Kind;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use tracing_subscriber::EnvFilter;

use super::Shared;

/// Logs as JSON lines on standard error; `RUST_LOG` says how much, by default `info`.
pub fn log_as_json() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().json().with_writer(std::io::stderr).with_env_filter(filter);
    // A subscriber that is there already stays.
    let _ = subscriber.try_init();
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reconciled {
    kind: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

/// Counters of the operator's own work.
pub struct Telemetry {
    registry: Registry,
    reconciles: Family<Reconciled, Counter>,
    seconds: Family<OfKind, Histogram>,
    status_writes: Family<OfKind, Counter>,
    depth: Gauge<i64, AtomicI64>,
    working: Gauge<i64, AtomicI64>,
    points: Counter,
    leads: Gauge<i64, AtomicI64>,
    /// Times that everything was looked at again.
    pub resyncs: Counter,
}

impl Telemetry {
    /// Counters at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("metricwright");
        let reconciles = Family::<Reconciled, Counter>::default();
        let seconds = Family::<OfKind, Histogram>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.001, 4.0, 9))
        });
        let status_writes = Family::<OfKind, Counter>::default();
        let (depth, working, leads) = (Gauge::default(), Gauge::default(), Gauge::default());
        let (points, resyncs) = (Counter::default(), Counter::default());
        registry.register("reconciles", "Objects reconciled", reconciles.clone());
        registry.register("reconcile_seconds", "Time to reconcile an object", seconds.clone());
        registry.register("status_writes", "Statuses written", status_writes.clone());
        registry.register("queue_depth", "Objects that wait to be reconciled", depth.clone());
        registry.register("working", "Objects that are being reconciled", working.clone());
        registry.register("leads", "1 where this replica works, 0 where it stands by", leads.clone());
        registry.register("points", "Points computed that were new or changed", points.clone());
        registry.register("resyncs", "Times that everything was looked at again", resyncs.clone());
        Self { registry, reconciles, seconds, status_writes, depth, working, points, leads, resyncs }
    }

    /// Counts a reconcile.
    pub fn reconciled(&self, kind: Kind, success: bool, took: Duration) {
        let result = if success { "success" } else { "error" };
        self.reconciles.get_or_create(&Reconciled { kind: kind.as_str(), result }).inc();
        self.seconds.get_or_create(&OfKind { kind: kind.as_str() }).observe(took.as_secs_f64());
    }

    /// Counts a status written.
    pub fn status_written(&self, kind: Kind) {
        self.status_writes.get_or_create(&OfKind { kind: kind.as_str() }).inc();
    }

    /// The counters as OpenMetrics text.
    pub fn encode(&self, shared: &Shared) -> String {
        let (waiting, working) = shared.queue.counts();
        self.depth.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.working.set(i64::try_from(working).unwrap_or(i64::MAX));
        self.leads.set(i64::from(shared.leadership.holds()));
        let points = shared.engine.computer.tally().points.load(Ordering::Relaxed);
        self.points.inc_by(points.saturating_sub(self.points.get()));
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.registry) {
            tracing::warn!(%error, "the counters cannot be written");
        }
        text
    }
}
