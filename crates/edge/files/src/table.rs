//! Tables: opened when a query first names them, kept while their files stay as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::csv::reader::Format;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use futures::FutureExt;
use metricwright_source::SourceError;
use tokio::sync::OnceCell;

use crate::failure::plain;
use crate::folder::{Files, Folder, Kind, Stamp};
use crate::sheet::{self, Address};

/// Records of a large CSV file that its types are inferred from.
pub const SAMPLED_RECORDS: usize = 10_000;
/// A CSV file up to this size is read whole for its types.
const SMALL: u64 = 4 << 20;
/// Excel puts it before the header.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The tables of a folder.
pub(crate) struct Tables(BTreeMap<String, Arc<Table>>);

/// One table.
struct Table {
    files: Result<Files, SourceError>,
    opened: OnceCell<Arc<dyn TableProvider>>,
    /// Parts of a spreadsheet, by what stands behind the name of the table.
    parts: Mutex<BTreeMap<String, Arc<dyn TableProvider>>>,
}

/// What a name means.
struct Named<'t, 'n> {
    table: &'t Arc<Table>,
    /// The name of the table.
    stem: &'n str,
    /// The part of a spreadsheet that is meant; empty: its first sheet.
    part: &'n str,
}

impl Tables {
    /// The tables of a folder; those of `before` whose files are the same stay open.
    pub(crate) fn new(folder: Folder, before: Option<&Self>) -> Self {
        let keep = |name: String, files: Result<Files, SourceError>| {
            let known = before.and_then(|tables| tables.0.get(&name)).filter(|known| known.files == files);
            let table = known.cloned().unwrap_or_else(|| {
                Arc::new(Table { files, opened: OnceCell::new(), parts: Mutex::default() })
            });
            (name, table)
        };
        Self(folder.into_iter().map(|(name, files)| keep(name, files)).collect())
    }

    /// Names of the tables.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// Whether there is such a table, open or not.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// What a name means: a table, or what stands before the first `!` and the part of it that is meant.
    fn find<'a>(&self, name: &'a str) -> Option<Named<'_, 'a>> {
        if let Some(table) = self.0.get(name) {
            return Some(Named { table, stem: name, part: "" });
        }
        let (stem, part) = name.split_once('!')?;
        let table = self.0.get(stem)?;
        let is_sheet = matches!(&table.files, Ok(files) if files.kind == Kind::Xlsx);
        is_sheet.then_some(Named { table, stem, part })
    }

    /// A table that is open.
    pub(crate) fn opened(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        let Named { table, part, .. } = self.find(name)?;
        if part.is_empty() {
            return table.opened.get().cloned();
        }
        table.parts.lock().unwrap_or_else(PoisonError::into_inner).get(part).cloned()
    }

    /// Opens a table.
    pub(crate) async fn open(
        &self,
        name: &str,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>, SourceError> {
        let Some(Named { table, part, .. }) = self.find(name) else {
            return Err(SourceError::TableNotFound { table: name.to_owned(), known: self.names() });
        };
        let files = table.files.clone()?;
        if part.is_empty() {
            return table.opened.get_or_try_init(|| open(&files, state)).await.cloned();
        }
        if let Some(known) = self.opened(name) {
            return Ok(known);
        }
        let opened = open_sheet(&files, part).await?;
        table.parts.lock().unwrap_or_else(PoisonError::into_inner).insert(part.to_owned(), opened.clone());
        Ok(opened)
    }

    /// Whether a folder still shows the same tables of these names.
    pub(crate) fn same(&self, folder: &Folder, names: &[String]) -> bool {
        let stem = |name| self.find(name).map_or(name, |named| named.stem);
        names
            .iter()
            .map(|name| stem(name.as_str()))
            .all(|stem| self.0.get(stem).map(|table| &table.files) == folder.get(stem))
    }

    /// Whether a folder still shows the same tables.
    pub(crate) fn all_same(&self, folder: &Folder) -> bool {
        self.0.len() == folder.len() && self.same(folder, &self.names())
    }
}

/// Opens a part of a spreadsheet, or of several of one kind, one below the other.
async fn open_sheet(files: &Files, part: &str) -> Result<Arc<dyn TableProvider>, SourceError> {
    let mut batches = Vec::new();
    for stamp in &files.stamps {
        let address = Address::read(part).map_err(|reason| unavailable(stamp, reason))?;
        let path = stamp.path.clone();
        let read = tokio::task::spawn_blocking(move || sheet::read(&path, &address)).await;
        let read = read.unwrap_or_else(|_| Err("the reader breaks down on it".to_owned()));
        batches.push(read.map_err(|reason| unavailable(stamp, reason))?);
    }
    let failed = |error: &DataFusionError| SourceError::Unavailable {
        what: "the spreadsheets".to_owned(),
        reason: plain(error),
    };
    let Some(first) = batches.first() else {
        return Err(failed(&DataFusionError::Plan("there is none".to_owned())));
    };
    let table = MemTable::try_new(first.schema(), vec![batches]).map_err(|error| failed(&error))?;
    Ok(Arc::new(table))
}

async fn open(files: &Files, state: &SessionState) -> Result<Arc<dyn TableProvider>, SourceError> {
    if files.kind == Kind::Xlsx {
        return open_sheet(files, "").await;
    }
    let mut schemas: Vec<(&Stamp, SchemaRef)> = Vec::new();
    for stamp in &files.stamps {
        let schema = infer(files.kind, stamp, state).await;
        schemas.push((stamp, schema.map_err(|reason| unavailable(stamp, reason))?));
    }
    let schema = match files.kind {
        Kind::Csv => common_csv_schema(&schemas)?,
        Kind::Parquet | Kind::Xlsx => common_parquet_schema(&schemas)?,
    };
    let urls = files.stamps.iter().map(|stamp| url(&stamp.path)).collect::<Result<Vec<_>, _>>();
    let config = urls.map(|urls| {
        ListingTableConfig::new_with_multi_paths(urls)
            .with_listing_options(options(files.kind, 0, state))
            .with_schema(Arc::new(schema))
    });
    let table = config
        .and_then(ListingTable::try_new)
        .map_err(|error| SourceError::Unavailable { what: "the table".to_owned(), reason: plain(&error) })?;
    let statistics = state.runtime_env().cache_manager.get_file_statistic_cache();
    Ok(Arc::new(table.with_cache(statistics)))
}

fn unavailable(stamp: &Stamp, reason: String) -> SourceError {
    SourceError::Unavailable { what: format!("file `{}`", stamp.name), reason }
}

fn options(kind: Kind, size: u64, state: &SessionState) -> ListingOptions {
    let format: Arc<dyn FileFormat> = match kind {
        Kind::Csv => {
            let records = if size <= SMALL { usize::MAX } else { SAMPLED_RECORDS };
            let format = CsvFormat::default()
                .with_has_header(true)
                .with_schema_infer_max_rec(records)
                // A file is not cut up for threads: a line break may stand in quotes.
                .with_newlines_in_values(true);
            Arc::new(format)
        }
        Kind::Parquet | Kind::Xlsx => {
            Arc::new(ParquetFormat::default().with_options(state.default_table_options().parquet))
        }
    };
    // Files are given one by one, whatever their ending.
    ListingOptions::new(format).with_file_extension("")
}

/// Columns of one file. A reader that breaks down on it harms nothing else.
async fn infer(kind: Kind, stamp: &Stamp, state: &SessionState) -> Result<SchemaRef, String> {
    check(kind, stamp)?;
    let url = url(&stamp.path).map_err(|error| plain(&error))?;
    let options = options(kind, stamp.size, state);
    match AssertUnwindSafe(options.infer_schema(state, &url)).catch_unwind().await {
        Ok(inferred) => inferred.map_err(|error| plain(&error)),
        Err(_) => Err("the reader breaks down on it".to_owned()),
    }
}

/// Finds what readers would stumble over, or pass over without a word.
fn check(kind: Kind, stamp: &Stamp) -> Result<(), String> {
    if stamp.size == 0 {
        return Err("it is empty".to_owned());
    }
    let file = File::open(&stamp.path).map_err(|error| error.to_string())?;
    match kind {
        Kind::Csv => check_header(file),
        Kind::Parquet => check_footer(file, stamp.size).map_err(|error| error.to_string())?,
        Kind::Xlsx => Ok(()),
    }
}

/// Columns of one name would become one column.
fn check_header(file: File) -> Result<(), String> {
    let format = Format::default().with_header(true);
    let (header, _) = format.infer_schema(file, Some(0)).map_err(|error| error.to_string())?;
    let mut seen = BTreeSet::new();
    for field in header.fields() {
        let name = field.name().trim_start_matches(BYTE_ORDER_MARK);
        if !seen.insert(name) {
            return Err(format!("its header names `{name}` twice"));
        }
    }
    Ok(())
}

/// The last bytes of a Parquet file: the length of its metadata, and a mark.
fn check_footer(mut file: File, size: u64) -> std::io::Result<Result<(), String>> {
    let Some(start) = size.checked_sub(8) else { return Ok(Err("it is no Parquet file".to_owned())) };
    let (mut length, mut mark) = ([0; 4], [0; 4]);
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut length)?;
    file.read_exact(&mut mark)?;
    Ok(if &mark != b"PAR1" {
        Err("it is no Parquet file, or cut short".to_owned())
    } else if u64::from(u32::from_le_bytes(length)) > start {
        Err("its metadata is damaged".to_owned())
    } else {
        Ok(())
    })
}

/// Columns of CSV files, which are read by their place: all files must have the same header.
fn common_csv_schema(schemas: &[(&Stamp, SchemaRef)]) -> Result<Schema, SourceError> {
    let mut common: Vec<Field> = Vec::new();
    for (stamp, schema) in schemas {
        let fields = named_fields(schema);
        if common.is_empty() {
            common = fields;
        } else if names(&common) == names(&fields) {
            common = common.into_iter().zip(&fields).map(|(left, right)| common_field(left, right)).collect();
        } else {
            return Err(unavailable(stamp, "its header differs from that of the files beside it".to_owned()));
        }
    }
    Ok(Schema::new(common))
}

fn names(fields: &[Field]) -> Vec<&String> {
    fields.iter().map(Field::name).collect()
}

/// The fields of a CSV file, the first without a byte order mark.
fn named_fields(schema: &Schema) -> Vec<Field> {
    let named = |field: &FieldRef| match field.name().strip_prefix(BYTE_ORDER_MARK) {
        Some(name) => field.as_ref().clone().with_name(name.trim_matches('"')),
        None => field.as_ref().clone(),
    };
    schema.fields().iter().map(named).collect()
}

/// A field that holds the values of both: text where they have nothing else in common.
fn common_field(left: Field, right: &Field) -> Field {
    let common = match (left.data_type(), right.data_type()) {
        (left, right) if left == right => left.clone(),
        (DataType::Null, other) | (other, DataType::Null) => other.clone(),
        (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) => DataType::Float64,
        _ => DataType::Utf8,
    };
    left.with_data_type(common)
}

/// Columns of Parquet files, which are read by their name; a file may lack some.
fn common_parquet_schema(schemas: &[(&Stamp, SchemaRef)]) -> Result<Schema, SourceError> {
    let mut common = Schema::empty();
    for (stamp, schema) in schemas {
        let both = Schema::try_merge([common, schema.as_ref().clone()]);
        common = both.map_err(|error| unavailable(stamp, format!("its columns differ: {error}")))?;
    }
    Ok(common)
}

/// The address of a file. Made by hand, because DataFusion takes `*` and `?` in a path for a pattern.
fn url(path: &Path) -> Result<ListingTableUrl, DataFusionError> {
    let mut url = "file://".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                url.push(char::from(*byte));
            }
            other => {
                // writing to a String cannot fail
                let _ = write!(url, "%{other:02X}");
            }
        }
    }
    ListingTableUrl::parse(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_becomes_an_address() {
        let check = |path: &str| {
            let url = url(Path::new(path)).unwrap();
            assert_eq!(format!("/{}", url.prefix()), path);
            assert!(url.get_glob().is_none());
        };
        check("/data/plain.csv");
        check("/data/订单 2025.csv");
        check("/data/50% off [new]*?#.csv");
    }
}
