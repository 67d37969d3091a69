//! Folders to read.

use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::parquet::arrow::ArrowWriter;
use metricwright_catalog::resolved::Relation;
use metricwright_files::{FilesRuntime, FilesSettings, FilesSource};
use metricwright_formula::Value;
use metricwright_source::{Limited, Limits, Source, SourceError};
use tempfile::TempDir;

static RUNTIME: LazyLock<Arc<FilesRuntime>> =
    LazyLock::new(|| FilesRuntime::new(&FilesSettings::default()).unwrap());

pub fn runtime() -> Arc<FilesRuntime> {
    Arc::clone(&RUNTIME)
}

/// A data root with these files in its folder `data`.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let root = TempDir::new().unwrap();
    fs::create_dir(root.path().join("data")).unwrap();
    for (name, text) in files {
        write(&root, name, text);
    }
    root
}

pub fn write(root: &TempDir, name: &str, text: &str) {
    let path = root.path().join("data").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub fn write_parquet(root: &TempDir, name: &str, columns: Vec<(&str, ArrayRef)>) {
    let path = root.path().join("data").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

pub fn open(root: &Path) -> Limited<FilesSource> {
    open_with(root, Limits::default())
}

pub fn open_with(root: &Path, limits: Limits) -> Limited<FilesSource> {
    Limited::new(FilesSource::new(root, "data", runtime()), limits)
}

/// Runs a query that works.
pub async fn cells(source: &dyn Source, sql: &str) -> Vec<Vec<Value>> {
    source.run(sql).await.unwrap().rows
}

/// Runs a query that does not.
pub async fn refusal(source: &dyn Source, sql: &str) -> SourceError {
    source.run(sql).await.unwrap_err()
}

/// `name: Type` of each column.
pub async fn columns(source: &dyn Source, relation: Relation) -> Vec<String> {
    let columns = source.columns(&relation).await.unwrap();
    columns.into_iter().map(|column| format!("{}: {}", column.name, column.data_type)).collect()
}

pub fn table(name: &str) -> Relation {
    Relation::Table(name.to_owned())
}
