//! What every use case needs, put together once by a host.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use metricwright_api::shared::SecretKeyRef;
use metricwright_store::Store;

use crate::compute::Computer;
use crate::sources::SourcePool;
use crate::world::World;

/// Reads Secrets by name.
#[async_trait]
pub trait SecretReader: Send + Sync {
    /// The bytes of a key of a Secret; none where the Secret or the key is not there.
    async fn read(&self, namespace: &str, reference: &SecretKeyRef) -> Result<Option<Vec<u8>>, String>;
}

/// What every use case needs.
#[derive(Clone)]
pub struct Engine {
    /// The objects.
    pub world: Arc<World>,
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// The sources.
    pub sources: Arc<SourcePool>,
    /// Computes values.
    pub computer: Computer,
    /// Reads Secrets.
    pub secrets: Arc<dyn SecretReader>,
    /// The time that counts as now, where it is not the present one.
    pub as_of: Option<Timestamp>,
}

impl Engine {
    /// Puts the parts together, and starts the computer on the current runtime.
    pub fn new(
        world: Arc<World>,
        store: Arc<dyn Store>,
        sources: Arc<SourcePool>,
        secrets: Arc<dyn SecretReader>,
        as_of: Option<Timestamp>,
    ) -> Self {
        let computer = Computer::start(store.clone(), sources.clone());
        Self { world, store, sources, computer, secrets, as_of }
    }

    /// The time that counts as now.
    pub fn now(&self) -> Timestamp {
        self.as_of.unwrap_or_else(Timestamp::now)
    }
}
