//! Threads, memory and spill space for reading files, shared by every folder.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use metricwright_source::SourceError;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::stop::Stop;

const MEBIBYTE: usize = 1 << 20;
/// Deep expressions are planned by recursion, which takes much stack, in debug builds above all.
const STACK: usize = 64 * MEBIBYTE;

/// How much of the machine reading files may use, all folders together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesSettings {
    /// Threads that queries run on, and parts that a scan is split into. Default: the cores, at most 4.
    pub threads: usize,
    /// Memory for sorting, grouping and joining, in bytes; beyond it queries spill to disk, then fail. Default 1 GiB.
    pub memory_bytes: usize,
    /// Disk space that queries may spill to, in bytes. Default 8 GiB.
    pub spill_bytes: u64,
    /// Folder to spill to; none: the system's for temporary files.
    pub spill_folder: Option<PathBuf>,
}

impl Default for FilesSettings {
    fn default() -> Self {
        Self {
            threads: available_parallelism().map_or(1, usize::from).min(4),
            memory_bytes: 1024 * MEBIBYTE,
            spill_bytes: 8 * 1024 * MEBIBYTE as u64,
            spill_folder: None,
        }
    }
}

/// What queries on files run on. A process needs one.
///
/// It has threads of its own: queries are long stretches of work, which would keep the threads of the caller from
/// answering probes and renewing leases.
pub struct FilesRuntime {
    pub(crate) threads: usize,
    pub(crate) environment: Arc<RuntimeEnv>,
    workers: Option<Runtime>,
}

impl FilesRuntime {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`SourceError::Unavailable`] when threads or spill space cannot be had.
    pub fn new(settings: &FilesSettings) -> Result<Arc<Self>, SourceError> {
        let unavailable =
            |reason: String| SourceError::Unavailable { what: "the engine for files".to_owned(), reason };
        let threads = settings.threads.max(1);
        let workers = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("files")
            .thread_stack_size(STACK)
            .enable_time()
            .build()
            .map_err(|error| unavailable(error.to_string()))?;
        let environment = environment(settings).map_err(|error| unavailable(error.strip_backtrace()))?;
        Ok(Arc::new(Self { threads, environment, workers: Some(workers) }))
    }

    /// Starts work, which ends when the task is dropped.
    pub(crate) fn start<T, W>(&self, work: impl FnOnce(Stop) -> W) -> Task<T>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, SourceError>> + Send + 'static,
    {
        let (stop, mut running) = (Stop::default(), JoinSet::new());
        if let Some(workers) = &self.workers {
            running.spawn_on(work(stop.clone()), workers.handle());
        }
        Task { running, stop }
    }
}

impl Drop for FilesRuntime {
    /// Waiting for threads is not allowed where async code runs.
    fn drop(&mut self) {
        if let Some(workers) = self.workers.take() {
            workers.shutdown_background();
        }
    }
}

/// Work on the threads for files.
pub(crate) struct Task<T> {
    running: JoinSet<Result<T, SourceError>>,
    stop: Stop,
}

impl<T: Send + 'static> Task<T> {
    /// Waits for the end.
    pub(crate) async fn join(mut self) -> Result<T, SourceError> {
        match self.running.join_next().await {
            Some(Ok(result)) => result,
            _ => Err(SourceError::Query { reason: "the engine broke down".to_owned() }),
        }
    }
}

impl<T> Drop for Task<T> {
    /// The work ends where it yields, or where it looks.
    fn drop(&mut self) {
        self.stop.now();
    }
}

fn environment(settings: &FilesSettings) -> datafusion::error::Result<Arc<RuntimeEnv>> {
    let mode = match &settings.spill_folder {
        Some(folder) => DiskManagerMode::Directories(vec![folder.clone()]),
        None => DiskManagerMode::OsTmpDirectory,
    };
    let disk =
        DiskManagerBuilder::default().with_mode(mode).with_max_temp_directory_size(settings.spill_bytes);
    RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(settings.memory_bytes)))
        .with_disk_manager_builder(disk)
        // Lists of files are made at every query: a list from before would hide changes.
        .with_object_list_cache_limit(0)
        .build_arc()
}
