//! The engines that are compared with the reference, each with the tables of a folder.

use std::path::Path;
use std::sync::Arc;

use metricwright_api::data_source::TlsMode;
use metricwright_files::{FilesRuntime, FilesSettings, FilesSource};
use metricwright_source::{
    Limited, Limits, MySqlSource, PostgresSource, ServerSettings, Source, SqliteSource,
};
use metricwright_testkit::databases::{
    MariaDb, MariaDbOptions, Postgres, PostgresOptions, load, write_sqlite,
};
use metricwright_testkit::reference::{Row, Tables};

const TABLES: [&str; 5] = ["orders", "visits", "stores", "managers", "offers"];

/// Those of the tables that there are.
fn present(tables: &Tables) -> Vec<(&'static str, &[Row])> {
    TABLES.map(|name| (name, tables.table(name))).into_iter().filter(|(_, rows)| !rows.is_empty()).collect()
}

/// An engine that runs.
pub(super) enum Host {
    Files(Arc<FilesRuntime>),
    Sqlite,
    Postgres(Postgres, Arc<dyn Source>),
    MariaDb(MariaDb, Arc<dyn Source>),
}

impl Host {
    pub(super) fn files() -> Self {
        Self::Files(FilesRuntime::new(&FilesSettings::default()).unwrap())
    }

    pub(super) async fn postgres() -> Self {
        let server = Postgres::launch(PostgresOptions::default()).await.unwrap();
        let settings = settings(&server.url("postgres"), &["postgres"]);
        let limits = Limits::default();
        let source = Limited::new(PostgresSource::new(settings, limits.statement_timeout), limits);
        Self::Postgres(server, Arc::new(source))
    }

    pub(super) async fn mariadb() -> Self {
        let server = MariaDb::launch(MariaDbOptions::default()).await.unwrap();
        let settings = settings(&server.url("shop"), &["mysql"]);
        let limits = Limits::default();
        let source = Limited::new(MySqlSource::new(settings, limits.statement_timeout), limits);
        Self::MariaDb(server, Arc::new(source))
    }

    /// A source with the tables of a folder, which has to stay while the source is used.
    pub(super) async fn source(&self, folder: &Path) -> Arc<dyn Source> {
        let limits = || Limits::from_spec(None).unwrap();
        match self {
            Self::Files(runtime) => {
                Arc::new(Limited::new(FilesSource::new(folder, ".", runtime.clone()), limits()))
            }
            Self::Sqlite => {
                let tables = Tables::read_folder(folder).unwrap();
                let file = folder.join("shop.db");
                write_sqlite(&file, &present(&tables)).await.unwrap();
                Arc::new(Limited::new(SqliteSource::new(folder, "shop.db", 2), limits()))
            }
            Self::Postgres(server, source) => {
                load_into(&server.url("postgres"), folder).await;
                source.clone()
            }
            Self::MariaDb(server, source) => {
                load_into(&server.url("shop"), folder).await;
                source.clone()
            }
        }
    }
}

fn settings(url: &str, schemes: &'static [&'static str]) -> ServerSettings {
    let settings = ServerSettings::from_url(url, schemes).unwrap();
    ServerSettings { tls: TlsMode::Disable, ..settings }
}

async fn load_into(url: &str, folder: &Path) {
    let tables = Tables::read_folder(folder).unwrap();
    load(url, &present(&tables)).await.unwrap();
}
