//! Opening the store: connections, the schema, and whose turn it is to write.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, Postgres};
use sqlx::{Row, Transaction};

use super::{NO_TURN, PostgresStore};
use crate::error::StoreError;
use crate::store::Lead;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// Connections of one replica.
const CONNECTIONS: u32 = 10;
/// Longest wait for a connection. Logging in takes seconds on a busy machine; probes have a limit of their own.
const PATIENCE: Duration = Duration::from_secs(30);
/// A replica that was stopped in the middle of a transaction gives its locks back after this, well before its Lease runs
/// out, so that whoever leads next need not wait for it.
const IDLE_IN_TRANSACTION: &str = "10000";

impl PostgresStore {
    /// The store at a URL such as `postgres://user:password@host:5432/database`. Nothing is asked of the server yet. To the
    /// server it is `metricwright`, unless the URL has another `application_name`.
    ///
    /// # Errors
    /// The URL is none.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let url = url.trim();
        // sqlx takes any scheme.
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(StoreError::Url);
        }
        let options: PgConnectOptions = url.parse().map_err(|_| StoreError::Url)?;
        let name = options.get_application_name().unwrap_or("metricwright").to_owned();
        let options = options
            .application_name(&name)
            .options([("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION)]);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
        Ok(Self { pool: pool.connect_lazy_with(options), turn: AtomicI64::new(NO_TURN), hook: None })
    }

    /// Brings the schema up to what this program knows. Several may do so at once: they wait for one another.
    ///
    /// # Errors
    /// The database fails, or demands a newer program.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        // A newer program's steps may be there already: it keeps what this one needs; see `min_reader`.
        let migrator = Migrator { ignore_missing: true, ..Migrator::DEFAULT };
        let migrator = Migrator { migrations: MIGRATIONS.migrations.clone(), ..migrator };
        self.check_demand_if_any().await?;
        migrator.run(&self.pool).await.map_err(|error| match error {
            MigrateError::Execute(error) => StoreError::Database(error),
            other => StoreError::Schema(other.to_string()),
        })?;
        self.check_demand().await
    }

    /// What version of the schema this program knows.
    pub fn known_version() -> i64 {
        MIGRATIONS.iter().map(|step| step.version).max().unwrap_or_default()
    }

    /// Whether the schema is there and this program may use it.
    ///
    /// # Errors
    /// There is no schema, it is older than this program, it demands a newer one, or the database fails.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        let there: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
            .fetch_one(&self.pool)
            .await?;
        let version: Option<i64> = if there {
            sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
                .fetch_one(&self.pool)
                .await?
        } else {
            None
        };
        let known = Self::known_version();
        match version {
            Some(version) if version >= known => self.check_demand().await,
            found => Err(StoreError::Schema(format!(
                "its schema has version {}, and this program needs {known}; run `metricwright store migrate`",
                found.unwrap_or_default()
            ))),
        }
    }

    async fn check_demand_if_any(&self) -> Result<(), StoreError> {
        let there: bool =
            sqlx::query_scalar("SELECT to_regclass('leader') IS NOT NULL").fetch_one(&self.pool).await?;
        if there { self.check_demand().await } else { Ok(()) }
    }

    async fn check_demand(&self) -> Result<(), StoreError> {
        let demanded: i64 = sqlx::query_scalar("SELECT min_reader FROM leader").fetch_one(&self.pool).await?;
        let known = Self::known_version();
        if demanded <= known {
            return Ok(());
        }
        Err(StoreError::Schema(format!(
            "a newer Metricwright has changed it so that programs must know version {demanded} of its schema, and this \
             one knows {known}; use the newer program"
        )))
    }

    /// Takes the turn to write from whoever had it, unless that one holds the same Lease at a later epoch.
    pub(super) async fn take_turn(&self, lead: Option<&Lead>) -> Result<(), StoreError> {
        self.migrate().await?;
        let mut transaction = self.pool.begin().await?;
        // Waits for writes of the one before that are under way.
        let row = sqlx::query("SELECT turn, lease, epoch FROM leader FOR UPDATE")
            .fetch_one(&mut *transaction)
            .await?;
        let (turn, lease, epoch): (i64, String, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let (new_lease, new_epoch) = lead.map_or(("", 0), |lead| (lead.lease.as_str(), lead.epoch));
        let new_epoch = i64::try_from(new_epoch).unwrap_or(i64::MAX);
        if lead.is_some() && lease == new_lease && epoch >= new_epoch {
            return Err(StoreError::Fenced);
        }
        let turn = turn.saturating_add(1);
        sqlx::query("UPDATE leader SET turn = $1, lease = $2, epoch = $3")
            .bind(turn)
            .bind(new_lease)
            .bind(new_epoch)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.turn.store(turn, Ordering::SeqCst);
        Ok(())
    }

    /// Begins a transaction that writes. The turn is checked under a lock that lasts until its end: nobody takes the turn
    /// in between, and who has lost it changes nothing.
    pub(super) async fn write(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let ours = sqlx::query("SELECT 1 FROM leader WHERE turn = $1 FOR SHARE")
            .bind(self.turn.load(Ordering::SeqCst))
            .fetch_optional(&mut *transaction)
            .await?;
        if ours.is_some() { Ok(transaction) } else { Err(StoreError::Fenced) }
    }
}
