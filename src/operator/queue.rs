//! The queue of objects to look at: each once, at its time, never twice at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use metricwright_api::ObjectId;
use tokio::sync::Notify;

/// The first pause after a failure.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause between tries.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// The queue.
pub struct Queue {
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Default)]
struct Inner {
    open: bool,
    due: BTreeMap<ObjectId, Instant>,
    working: BTreeSet<ObjectId>,
    failures: BTreeMap<ObjectId, u32>,
}

impl Queue {
    /// An empty queue, closed: nothing is handed out until all is listed.
    pub fn new() -> Self {
        Self { inner: Mutex::default(), changed: Notify::new() }
    }

    /// Opens the queue when `ready`.
    pub fn open_when(&self, ready: bool) {
        if ready {
            self.inner().open = true;
            self.changed.notify_waiters();
        }
    }

    /// Whether work is handed out.
    pub fn is_open(&self) -> bool {
        self.inner().open
    }

    /// Numbers of objects that wait, and that are worked on.
    pub fn counts(&self) -> (usize, usize) {
        let inner = self.inner();
        (inner.due.len(), inner.working.len())
    }

    /// Queues an object to be looked at now.
    pub fn now(&self, id: ObjectId) {
        self.at(id, Instant::now());
    }

    /// Queues an object to be looked at after a while, or earlier where it is queued earlier.
    pub fn after(&self, id: ObjectId, wait: Duration) {
        let now = Instant::now();
        self.at(id, now.checked_add(wait).unwrap_or(now));
    }

    fn at(&self, id: ObjectId, at: Instant) {
        let mut inner = self.inner();
        inner.due.entry(id).and_modify(|due| *due = (*due).min(at)).or_insert(at);
        drop(inner);
        self.changed.notify_one();
    }

    /// Queues an object that failed, with a pause that grows with each failure in a row and is spread, so
    /// that objects that failed together are not tried together.
    pub fn retry(&self, id: &ObjectId) {
        let failures = {
            let mut inner = self.inner();
            let failures = inner.failures.entry(id.clone()).or_default();
            *failures += 1;
            *failures
        };
        let pause = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
        self.after(id.clone(), pause.mul_f64(jitter(id, failures)));
    }

    /// Forgets the failures of an object that succeeded.
    pub fn succeeded(&self, id: &ObjectId) {
        self.inner().failures.remove(id);
    }

    /// Waits for an object that is due and that nobody works on. It must be given back with [`Self::done`].
    pub async fn next(&self) -> ObjectId {
        loop {
            let changed = self.changed.notified();
            let wait = match self.take() {
                Ok(id) => return id,
                Err(wait) => wait,
            };
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    fn take(&self) -> Result<ObjectId, Duration> {
        const IDLE: Duration = Duration::from_secs(30);
        let now = Instant::now();
        let mut inner = self.inner();
        if !inner.open {
            return Err(IDLE);
        }
        let free = inner.due.iter().filter(|(id, _)| !inner.working.contains(*id));
        // Among those that are due, what others depend on comes first: identities sort by kind.
        let best = free.min_by_key(|(id, due)| ((**due).max(now), (*id).clone()));
        let Some((id, due)) = best.map(|(id, due)| (id.clone(), *due)) else { return Err(IDLE) };
        if due > now {
            return Err(due - now);
        }
        inner.due.remove(&id);
        inner.working.insert(id.clone());
        Ok(id)
    }

    /// Gives an object back.
    pub fn done(&self, id: &ObjectId) {
        self.inner().working.remove(id);
        self.changed.notify_one();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A factor from 0.75 to 1.25 that depends on the object and the try alone.
fn jitter(id: &ObjectId, failures: u32) -> f64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (id, failures).hash(&mut hasher);
    0.75 + (hasher.finish() % 1000) as f64 / 2000.0
}
