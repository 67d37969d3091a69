//! Ask: questions answered from the sources, now.

use std::sync::Arc;

use metricwright_api::Code;
use metricwright_catalog::resolved::ResolvedDataset;
use metricwright_catalog::{Catalog, Unreachable};
use metricwright_query::ask::{Answer, Ask};
use metricwright_query::reading::FirstRows;
use metricwright_query::{Cell, ReadError, Scan, read, statement};
use metricwright_source::{Source, SourceError};

use crate::collect::first_moment;
use crate::sources::SourcePool;

/// Why a question has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AskError {
    /// A source did not answer.
    #[error("{code} on dataset `{dataset}`: {message}; {remedy}")]
    Source {
        /// The dataset.
        dataset: String,
        /// The finding code.
        code: Code,
        /// What failed.
        message: String,
        /// What to do.
        remedy: String,
    },
    /// It cannot be asked.
    #[error("{}: {}; {}", .0.code, .0.reason, .0.remedy)]
    Refused(Unreachable),
    /// A source answered something else.
    #[error(transparent)]
    Answer(#[from] ReadError),
}

impl AskError {
    /// A source that failed on a dataset.
    pub fn source(dataset: &ResolvedDataset, error: &SourceError) -> Self {
        Self::Source {
            dataset: dataset.id.name.clone(),
            code: error.code(),
            message: error.to_string(),
            remedy: error.remedy(),
        }
    }
}

impl From<Unreachable> for AskError {
    fn from(fault: Unreachable) -> Self {
        Self::Refused(fault)
    }
}

/// The sources of a catalogue.
pub struct Sources<'a> {
    /// The definitions.
    pub catalog: &'a Catalog,
    /// The sources.
    pub pool: &'a SourcePool,
}

impl Sources<'_> {
    /// The source of a dataset.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(&self, dataset: &ResolvedDataset) -> Result<Arc<dyn Source>, AskError> {
        self.pool.open(self.catalog, &dataset.source).map_err(|error| AskError::source(dataset, &error))
    }

    /// Answers a question.
    ///
    /// # Errors
    /// It cannot be asked, or a source fails.
    pub async fn answer(&self, ask: &Ask) -> Result<Answer, AskError> {
        let mut scanned = Vec::new();
        for scan in ask.scans(self.catalog)? {
            let cells = self.scan(&scan).await?;
            scanned.push((scan, cells));
        }
        let first_rows = self.first_rows(ask).await?;
        Ok(ask.answer(&scanned, &first_rows))
    }

    async fn scan(&self, scan: &Scan) -> Result<Vec<Cell>, AskError> {
        let source = self.open(&scan.dataset)?;
        let statement = statement(scan, source.dialect());
        let rows = source.run(&statement.sql).await;
        let rows = rows.map_err(|error| AskError::source(&scan.dataset, &error))?;
        Ok(read(scan, &statement.layout, &rows.rows)?)
    }

    /// The first moment that each dataset has a row of, for the metrics whose values depend on it.
    async fn first_rows(&self, ask: &Ask) -> Result<FirstRows, AskError> {
        let mut all = FirstRows::new();
        let columns = ask.columns();
        let metrics = columns.iter().map(|column| &column.resolved).filter(|metric| metric.needs_first_row());
        for dataset in metrics.flat_map(|metric| &metric.components).map(|component| &component.dataset) {
            if all.contains_key(&dataset.id) {
                continue;
            }
            let source = self.open(dataset)?;
            let first = first_moment(source.as_ref(), dataset).await;
            let first = first.map_err(|error| AskError::source(dataset, &error))?;
            all.extend(first.map(|first| (dataset.id.clone(), first)));
        }
        Ok(all)
    }
}
