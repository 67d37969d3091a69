//! An archive in a folder.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::parquet::{batch, rows, schema};
use super::{BATCH, Row, Sink, Supply, TABLES, Table};
use crate::error::StoreError;

const MANIFEST: &str = "manifest.json";
/// The version of the archive's form that this program writes and reads.
const FORMAT: u32 = 1;
/// Rows that are held before they are written.
const ROW_GROUP: usize = 65_536;

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    program: String,
    tables: BTreeMap<String, Entry>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    rows: u64,
    sha256: String,
}

fn failed(path: &Path, why: impl std::fmt::Display) -> StoreError {
    StoreError::Archive(format!("{}: {why}", path.display()))
}

/// Writes an archive. It appears under its name when it is whole.
pub struct Writer {
    folder: PathBuf,
    partial: PathBuf,
    manifest: Manifest,
    open: Option<(&'static Table, ArrowWriter<File>)>,
}

impl Writer {
    /// Begins an archive at a path where nothing is yet.
    pub fn new(folder: &Path) -> Result<Self, StoreError> {
        let taken = folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file();
        if taken {
            return Err(failed(folder, "there is something already; give a folder that is not there"));
        }
        let mut name = folder.file_name().unwrap_or_default().to_owned();
        name.push(format!(".partial-{}", std::process::id()));
        let partial = folder.with_file_name(name);
        std::fs::create_dir_all(&partial).map_err(|error| failed(&partial, error))?;
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let manifest = Manifest { format: FORMAT, program, tables: BTreeMap::new() };
        Ok(Self { folder: folder.to_owned(), partial, manifest, open: None })
    }

    fn path(&self, table: &str) -> PathBuf {
        self.partial.join(format!("{table}.parquet"))
    }

    fn begin(&mut self, table: &'static Table) -> Result<(), StoreError> {
        self.end_table()?;
        let path = self.path(table.name);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .build();
        let file = File::create(&path).map_err(|error| failed(&path, error))?;
        let writer = ArrowWriter::try_new(file, schema(table), Some(properties));
        self.open = Some((table, writer.map_err(|error| failed(&path, error))?));
        self.manifest.tables.insert(table.name.to_owned(), Entry { rows: 0, sha256: String::new() });
        Ok(())
    }

    fn end_table(&mut self) -> Result<(), StoreError> {
        let Some((table, writer)) = self.open.take() else { return Ok(()) };
        let path = self.path(table.name);
        writer.close().map_err(|error| failed(&path, error))?;
        File::open(&path).and_then(|file| file.sync_all()).map_err(|error| failed(&path, error))?;
        let sha256 = hash(&path)?;
        if let Some(entry) = self.manifest.tables.get_mut(table.name) {
            entry.sha256 = sha256;
        }
        Ok(())
    }

    /// Ends the archive and gives it its name.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.end_table()?;
        let path = self.partial.join(MANIFEST);
        std::fs::write(&path, serde_json::to_vec_pretty(&self.manifest)?)
            .map_err(|error| failed(&path, error))?;
        std::fs::rename(&self.partial, &self.folder).map_err(|error| failed(&self.folder, error))
    }
}

impl Sink for Writer {
    fn rows(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != table) {
            self.begin(table)?;
        }
        let path = self.path(table.name);
        if let Some((_, writer)) = &mut self.open {
            writer.write(&batch(table, &rows)?).map_err(|error| failed(&path, error))?;
        }
        if let Some(entry) = self.manifest.tables.get_mut(table.name) {
            entry.rows += rows.len() as u64;
        }
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // After a rename there is none.
        let _ = std::fs::remove_dir_all(&self.partial);
    }
}

/// Reads an archive whose files are as they were written.
pub struct Reader {
    folder: PathBuf,
    open: Option<(&'static Table, ParquetRecordBatchReader)>,
}

impl Reader {
    /// Opens an archive and compares every file with what the manifest says of it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read(&path).map_err(|error| failed(&path, error))?;
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| failed(&path, error))?;
        if manifest.format != FORMAT {
            let why = format!("an archive of form {}; this program reads form {FORMAT}", manifest.format);
            return Err(failed(&path, why));
        }
        for table in &TABLES {
            let file = folder.join(format!("{}.parquet", table.name));
            let entry = manifest.tables.get(table.name);
            if entry.is_none_or(|entry| hash(&file).is_ok_and(|hash| hash != entry.sha256)) {
                return Err(failed(&file, "the file is not the one that was exported"));
            }
        }
        Ok(Self { folder: folder.to_owned(), open: None })
    }

    fn begin(&mut self, table: &'static Table) -> Result<ParquetRecordBatchReader, StoreError> {
        let path = self.folder.join(format!("{}.parquet", table.name));
        let file = File::open(&path).map_err(|error| failed(&path, error))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| failed(&path, error))?;
        if builder.schema().fields() != schema(table).fields() {
            return Err(failed(&path, "its columns are not those of this version"));
        }
        builder.with_batch_size(BATCH).build().map_err(|error| failed(&path, error))
    }
}

impl Supply for Reader {
    fn next(&mut self, table: &'static Table) -> Result<Option<Vec<Row>>, StoreError> {
        let mut reader = match self.open.take() {
            Some((open, reader)) if open == table => reader,
            _ => self.begin(table)?,
        };
        let batch = reader.next().transpose().map_err(|error| failed(&self.folder, error))?;
        self.open = Some((table, reader));
        Ok(batch.map(|batch| rows(table, &batch)))
    }
}

/// SHA-256 of a file, hexadecimal.
fn hash(path: &Path) -> Result<String, StoreError> {
    let mut file = File::open(path).map_err(|error| failed(path, error))?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0_u8; 1 << 16]);
    loop {
        let read = file.read(&mut buffer).map_err(|error| failed(path, error))?;
        if read == 0 {
            break;
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
