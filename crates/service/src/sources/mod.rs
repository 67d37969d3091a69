//! Opened sources, each once for all who use it.

mod server;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use metricwright_api::ObjectId;
use metricwright_api::data_source::{DataSourceSpec, ServerSource};
use metricwright_catalog::{Catalog, Spec};
use metricwright_files::{FilesRuntime, FilesSettings, FilesSource};
use metricwright_source::{Limited, Limits, Source, SourceError, SqliteSource};

use self::server::{Engine, ServerOnCall};
use crate::engine::SecretReader;

/// A source, and the definition that it was opened by.
type Opened = (DataSourceSpec, Arc<dyn Source>);

/// Opens sources as they are asked for, and keeps them while their definition stays.
pub struct SourcePool {
    data_root: PathBuf,
    files: Arc<FilesRuntime>,
    secrets: Arc<dyn SecretReader>,
    open: Mutex<HashMap<ObjectId, Opened>>,
}

impl SourcePool {
    /// A pool whose `files` and `sqlite` paths are relative to `data_root`, and whose servers are logged in to with what
    /// `secrets` gives.
    ///
    /// # Errors
    /// The engine for files cannot be set up.
    pub fn new(data_root: PathBuf, secrets: Arc<dyn SecretReader>) -> Result<Self, SourceError> {
        let files = FilesRuntime::new(&FilesSettings::default())?;
        Ok(Self { data_root, files, secrets, open: Mutex::default() })
    }

    /// The source of that name. Nothing is read or connected yet.
    ///
    /// # Errors
    /// There is none, it is suspended, or its path cannot be used.
    pub fn open(&self, catalog: &Catalog, id: &ObjectId) -> Result<Arc<dyn Source>, SourceError> {
        let object = catalog.inventory().get(id);
        let Some(Spec::DataSource(spec)) = object.map(|object| &object.spec) else {
            return Err(unavailable(format!("there is no DataSource `{}`", id.name)));
        };
        if spec.suspend {
            return Err(unavailable(format!("DataSource `{}` is suspended", id.name)));
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, source)) = open.get(id)
            && *known == **spec
        {
            return Ok(source.clone());
        }
        let source = self.connect(id, spec)?;
        open.insert(id.clone(), ((**spec).clone(), source.clone()));
        Ok(source)
    }

    fn connect(&self, id: &ObjectId, spec: &DataSourceSpec) -> Result<Arc<dyn Source>, SourceError> {
        let limits = Limits::from_spec(spec.limits.as_ref())?;
        let server = |engine, address: &ServerSource| {
            let (id, address) = (id.clone(), address.clone());
            Arc::new(ServerOnCall::new(id, engine, address, limits, self.secrets.clone()))
        };
        match spec {
            _ if spec.kind().is_none() => {
                Err(unavailable("it names no kind of source, or several".to_owned()))
            }
            DataSourceSpec { files: Some(files), .. } => {
                let source = FilesSource::new(&self.data_root, &files.path, self.files.clone());
                Ok(Arc::new(Limited::new(source, limits)))
            }
            DataSourceSpec { sqlite: Some(sqlite), .. } => {
                let source = SqliteSource::new(&self.data_root, &sqlite.path, limits.max_concurrent_queries);
                Ok(Arc::new(Limited::new(source, limits)))
            }
            DataSourceSpec { postgres: Some(address), .. } => Ok(server(Engine::Postgres, address)),
            DataSourceSpec { mysql: Some(address), .. } => Ok(server(Engine::MySql, address)),
            _ => Err(unavailable("it names no kind of source".to_owned())),
        }
    }
}

fn unavailable(reason: String) -> SourceError {
    SourceError::Unavailable { what: "the source".to_owned(), reason }
}
