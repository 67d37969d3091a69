//! A database on a server whose credentials may change while it is used.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use metricwright_api::ObjectId;
use metricwright_api::data_source::ServerSource;
use metricwright_api::shared::SecretKeyRef;
use metricwright_catalog::resolved::{ColumnInfo, Relation};
use metricwright_query::{MySqlSql, PostgresSql, SqlDialect};
use metricwright_source::{
    Limited, Limits, MySqlSource, PostgresSource, Rows, ServerSettings, Source, SourceError, SourceHealth,
};

use crate::engine::SecretReader;

/// Which engine a server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Postgres,
    MySql,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }

    /// How addresses of it begin.
    fn schemes(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["postgres", "postgresql"],
            Self::MySql => &["mysql", "mariadb"],
        }
    }
}

/// A database on a server, connected when it is first asked.
///
/// Secrets are read again at each probe, and when the server does not let us in. Where they changed, queries from then on
/// use new connections; those under way end on the old ones.
pub(super) struct ServerOnCall {
    id: ObjectId,
    engine: Engine,
    address: ServerSource,
    limits: Limits,
    secrets: Arc<dyn SecretReader>,
    opened: Mutex<Option<(ServerSettings, Arc<dyn Source>)>>,
}

impl ServerOnCall {
    pub(super) fn new(
        id: ObjectId,
        engine: Engine,
        address: ServerSource,
        limits: Limits,
        secrets: Arc<dyn SecretReader>,
    ) -> Self {
        Self { id, engine, address, limits, secrets, opened: Mutex::default() }
    }

    /// What was opened last, or is opened now.
    async fn opened(&self) -> Result<Arc<dyn Source>, SourceError> {
        let known = self.lock().as_ref().map(|(_, source)| source.clone());
        match known {
            Some(source) => Ok(source),
            None => Ok(self.look_again().await?.0),
        }
    }

    /// Reads the Secrets; gives the source that they open, and whether it is another one than before.
    async fn look_again(&self) -> Result<(Arc<dyn Source>, bool), SourceError> {
        let settings = self.settings().await?;
        let mut opened = self.lock();
        if let Some((known, source)) = &*opened
            && *known == settings
        {
            return Ok((source.clone(), false));
        }
        let source = self.open(settings.clone());
        *opened = Some((settings, source.clone()));
        Ok((source, true))
    }

    fn open(&self, settings: ServerSettings) -> Arc<dyn Source> {
        let timeout = self.limits.statement_timeout;
        match self.engine {
            Engine::Postgres => Arc::new(Limited::new(PostgresSource::new(settings, timeout), self.limits)),
            Engine::MySql => Arc::new(Limited::new(MySqlSource::new(settings, timeout), self.limits)),
        }
    }

    /// The source to ask once more after an error; none where nothing changed.
    async fn after(&self, error: &SourceError) -> Result<Option<Arc<dyn Source>>, SourceError> {
        if !error.is_of_settings() {
            return Ok(None);
        }
        let (source, changed) = self.look_again().await?;
        Ok(changed.then_some(source))
    }

    async fn settings(&self) -> Result<ServerSettings, SourceError> {
        let mut settings = match (&self.address.url_secret_ref, &self.address.server) {
            (Some(reference), _) => {
                let url = self.text("urlSecretRef", reference).await?;
                ServerSettings::from_url(&url, self.engine.schemes())
                    .map_err(|fault| self.unusable("urlSecretRef", reference, fault.to_string()))?
            }
            (None, Some(server)) => ServerSettings {
                host: server.host.clone(),
                port: server.port,
                database: server.database.clone(),
                user: self.text("server.userSecretRef", &server.user_secret_ref).await?,
                password: self.text("server.passwordSecretRef", &server.password_secret_ref).await?,
                tls: metricwright_api::data_source::TlsMode::default(),
                authorities: None,
            },
            (None, None) => return Err(super::unavailable("it names no server".to_owned())),
        };
        if let Some(tls) = &self.address.tls {
            settings.tls = tls.mode;
            if let Some(reference) = &tls.ca_secret_ref {
                settings.authorities = Some(self.secret("tls.caSecretRef", reference).await?);
            }
        }
        Ok(settings)
    }

    /// A Secret's text, without the end of line that files have.
    async fn text(&self, field: &str, reference: &SecretKeyRef) -> Result<String, SourceError> {
        let bytes = self.secret(field, reference).await?;
        let text = String::from_utf8(bytes)
            .map_err(|_| self.unusable(field, reference, "it is not UTF-8".to_owned()))?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    async fn secret(&self, field: &str, reference: &SecretKeyRef) -> Result<Vec<u8>, SourceError> {
        let SecretKeyRef { name, key } = reference;
        let missing = |reason: String| SourceError::SecretNotFound {
            path: self.path(field),
            name: name.clone(),
            key: key.clone(),
            reason,
        };
        let found = self.secrets.read(&self.id.namespace, reference).await.map_err(&missing)?;
        found.ok_or_else(|| missing(format!("there is no key `{key}` in a Secret `{name}`")))
    }

    fn unusable(&self, field: &str, reference: &SecretKeyRef, reason: String) -> SourceError {
        let (name, key) = (reference.name.clone(), reference.key.clone());
        SourceError::SecretUnusable { path: self.path(field), name, key, reason }
    }

    fn path(&self, field: &str) -> String {
        format!("spec.{}.{field}", self.engine.name())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(ServerSettings, Arc<dyn Source>)>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Source for ServerOnCall {
    fn dialect(&self) -> &'static dyn SqlDialect {
        match self.engine {
            Engine::Postgres => &PostgresSql,
            Engine::MySql => &MySqlSql,
        }
    }

    fn engine(&self) -> &'static str {
        self.engine.name()
    }

    async fn probe(&self) -> Result<SourceHealth, SourceError> {
        self.look_again().await?.0.probe().await
    }

    async fn columns(&self, relation: &Relation) -> Result<Vec<ColumnInfo>, SourceError> {
        let found = self.opened().await?.columns(relation).await;
        let Err(error) = found else { return found };
        match self.after(&error).await? {
            Some(source) => source.columns(relation).await,
            None => Err(error),
        }
    }

    async fn run(&self, sql: &str) -> Result<Rows, SourceError> {
        let found = self.opened().await?.run(sql).await;
        let Err(error) = found else { return found };
        match self.after(&error).await? {
            Some(source) => source.run(sql).await,
            None => Err(error),
        }
    }
}
