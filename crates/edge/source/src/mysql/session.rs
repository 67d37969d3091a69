//! Sessions that only read.

use std::time::Duration;

use metricwright_api::data_source::TlsMode;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Error, Executor, MySqlConnection, Row};

use super::failure;
use crate::error::SourceError;
use crate::server::{Idle, ServerSettings, Trouble, connect};

/// Where servers listen if nothing else is said.
const PORT: u16 = 3306;

/// Bytes that a temporary table may grow to before the server puts it on its disk: a dataset's `SELECT DISTINCT` and the cells
/// that a scan groups. The servers' own 16 MiB are for many small queries.
const TEMPORARY_TABLE: u32 = 256 << 20;
/// Joins of MariaDB by hash where no index helps, in place of loops over loops; MySQL does so by itself. The key of a
/// dimension table often has no index where the tables were only loaded.
const HASH_JOINS: &str =
    "join_cache_level = 4, join_buffer_size = 8388608, join_buffer_space_limit = 67108864";

/// Sessions on one database.
pub(super) struct Sessions {
    what: String,
    options: MySqlConnectOptions,
    statement_timeout: Duration,
    idle: Idle<Session>,
}

/// A session. Dropping it ends what it runs.
pub(super) struct Session {
    connection: Option<MySqlConnection>,
    id: u64,
    version: String,
    killer: MySqlConnectOptions,
    asked: bool,
}

impl Sessions {
    pub(super) fn new(settings: ServerSettings, statement_timeout: Duration) -> Self {
        let what = settings.named(PORT);
        Self { what, options: options(settings), statement_timeout, idle: Idle::new() }
    }

    /// A session, ready to be asked once. Whoever has had an answer to everything puts it back.
    pub(super) async fn take(&self) -> Result<Session, SourceError> {
        while let Some(mut session) = self.idle.take() {
            let Some(connection) = &mut session.connection else { continue };
            // What the server closed in the meantime is no news. No query can change the session, only its tables change.
            if connection.clear_cached_statements().await.is_ok() && connection.ping().await.is_ok() {
                session.asked = true;
                return Ok(session);
            }
            session.connection = None;
        }
        let attempt = async {
            let refused = |error: Error| failure::of_connecting(&error, &self.what);
            let mut connection = self.options.connect().await.map_err(refused)?;
            let (id, version) = self.set_up(&mut connection).await.map_err(refused)?;
            let killer = self.options.clone();
            Ok(Session { connection: Some(connection), id, version, killer, asked: true })
        };
        connect(&self.what, attempt).await
    }

    pub(super) fn put(&self, mut session: Session) {
        session.asked = false;
        self.idle.put(session);
    }

    pub(super) fn translate(&self, error: &Error) -> SourceError {
        failure::translate(error, &self.what, self.statement_timeout)
    }

    /// Makes a session one that only reads, for as long as it may, and in which texts are compared byte by byte. Gives its
    /// number and the server's version.
    async fn set_up(&self, connection: &mut MySqlConnection) -> Result<(u64, String), Error> {
        let row = connection.fetch_one("SELECT connection_id(), version()").await?;
        let (id, version): (u64, String) = (row.try_get(0)?, row.try_get(1)?);
        let maria = version.contains("MariaDB");
        let (collation, limits) = if maria {
            let limit = self.statement_timeout.as_secs_f64();
            ("utf8mb4_nopad_bin", format!("max_statement_time = {limit}, {HASH_JOINS}"))
        } else {
            ("utf8mb4_0900_bin", format!("max_execution_time = {}", self.statement_timeout.as_millis()))
        };
        // Audited: nothing but numbers is put in. Differences of unsigned columns may be below zero.
        let settings = format!(
            "SET NAMES utf8mb4 COLLATE {collation}; SET SESSION TRANSACTION READ ONLY; SET SESSION time_zone = '+00:00', \
             sql_mode = 'NO_UNSIGNED_SUBTRACTION,NO_ENGINE_SUBSTITUTION', tmp_table_size = {TEMPORARY_TABLE}, \
             max_heap_table_size = {TEMPORARY_TABLE}, {limits}"
        );
        connection.execute(AssertSqlSafe(settings)).await?;
        let number = version.split('-').next().unwrap_or_default();
        Ok((id, format!("{} {number}", if maria { "MariaDB" } else { "MySQL" })))
    }
}

impl Session {
    /// The connection.
    pub(super) fn connection(&mut self) -> Result<&mut MySqlConnection, SourceError> {
        self.connection.as_mut().ok_or_else(|| SourceError::Server {
            what: "the database".to_owned(),
            trouble: Trouble::Gone,
            reason: "the session has ended".to_owned(),
        })
    }

    /// The server's name and version.
    pub(super) fn version(&self) -> &str {
        &self.version
    }
}

impl Drop for Session {
    /// The server does not see that nobody listens any more, so it is told.
    fn drop(&mut self) {
        let (Some(connection), Ok(runtime)) = (self.connection.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        drop(connection);
        if !self.asked {
            return;
        }
        let (killer, id) = (self.killer.clone(), self.id);
        runtime.spawn(async move {
            // Where it fails the time limit ends the query.
            let Ok(Ok(mut connection)) = tokio::time::timeout(Duration::from_secs(5), killer.connect()).await
            else {
                return;
            };
            let _ = connection.execute(AssertSqlSafe(format!("KILL {id}"))).await;
            let _ = connection.close().await;
        });
    }
}

fn options(settings: ServerSettings) -> MySqlConnectOptions {
    let mode = match settings.tls {
        TlsMode::VerifyFull => MySqlSslMode::VerifyIdentity,
        TlsMode::VerifyCa => MySqlSslMode::VerifyCa,
        TlsMode::Require => MySqlSslMode::Required,
        TlsMode::Disable => MySqlSslMode::Disabled,
    };
    let options = MySqlConnectOptions::new()
        .host(&settings.host)
        .port(settings.port.unwrap_or(PORT))
        .database(&settings.database)
        .username(&settings.user)
        .password(&settings.password)
        .ssl_mode(mode)
        // All of this is set for each session, where the server is known.
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .set_names(false)
        .disable_statement_logging();
    match settings.authorities {
        Some(pem) => options.ssl_ca_from_pem(pem),
        None => options,
    }
}
