//! Sessions that only read.

use std::time::Duration;

use metricwright_api::data_source::TlsMode;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Error, Executor, PgConnection};

use super::failure;
use crate::error::SourceError;
use crate::server::{Idle, ServerSettings, connect};

/// Where servers listen if nothing else is said.
const PORT: u16 = 5432;
/// The first version that looks whether anybody still waits for a statement.
const WATCHES_CLIENT: u32 = 140_000;

/// Sessions on one database.
pub(super) struct Sessions {
    what: String,
    options: PgConnectOptions,
    statement_timeout: Duration,
    idle: Idle<PgConnection>,
}

impl Sessions {
    pub(super) fn new(settings: ServerSettings, statement_timeout: Duration) -> Self {
        let what = settings.named(PORT);
        Self { what, options: options(settings), statement_timeout, idle: Idle::new() }
    }

    /// A session, ready to be asked once. Whoever has had an answer to everything puts it back; dropping it ends it.
    pub(super) async fn take(&self) -> Result<PgConnection, SourceError> {
        while let Some(mut connection) = self.idle.take() {
            // What the server closed in the meantime is no news.
            if self.set_up(&mut connection).await.is_ok() {
                return Ok(connection);
            }
        }
        let attempt = async {
            let refused = |error: Error| failure::of_connecting(&error, &self.what);
            let mut connection = self.options.connect().await.map_err(refused)?;
            self.set_up(&mut connection).await.map_err(refused)?;
            Ok(connection)
        };
        connect(&self.what, attempt).await
    }

    pub(super) fn put(&self, connection: PgConnection) {
        self.idle.put(connection);
    }

    pub(super) fn translate(&self, error: &Error) -> SourceError {
        failure::translate(error, &self.what, self.statement_timeout)
    }

    /// Makes a session what each query finds: a query before could have changed settings with `set_config`.
    async fn set_up(&self, connection: &mut PgConnection) -> Result<(), Error> {
        connection.clear_cached_statements().await?;
        let settings = format!(
            "RESET ALL; SET default_transaction_read_only = on; SET statement_timeout = {}; SET TIME ZONE 'UTC'; \
             SET standard_conforming_strings = on; SET extra_float_digits = 1",
            self.statement_timeout.as_millis()
        );
        // Audited: nothing but a number is put in.
        connection.execute(AssertSqlSafe(settings)).await?;
        if connection.server_version_num().is_some_and(|version| version >= WATCHES_CLIENT) {
            // Not on every system; the time limit is there besides.
            let _ = connection.execute("SET client_connection_check_interval = 1000").await;
        }
        Ok(())
    }
}

fn options(settings: ServerSettings) -> PgConnectOptions {
    let mode = match settings.tls {
        TlsMode::VerifyFull => PgSslMode::VerifyFull,
        TlsMode::VerifyCa => PgSslMode::VerifyCa,
        TlsMode::Require => PgSslMode::Require,
        TlsMode::Disable => PgSslMode::Disable,
    };
    let options = PgConnectOptions::new_without_pgpass()
        .host(&settings.host)
        .port(settings.port.unwrap_or(PORT))
        .database(&settings.database)
        .username(&settings.user)
        .password(&settings.password)
        .application_name("metricwright")
        .ssl_mode(mode)
        .disable_statement_logging();
    match settings.authorities {
        Some(pem) => options.ssl_root_cert_from_pem(pem),
        None => options,
    }
}
