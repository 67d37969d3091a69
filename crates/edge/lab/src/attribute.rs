//! Cases of a change in, slices to blame out.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use metricwright_analysis::attribute::{Dimension, Explanation, Measure, Pair, Table, explain};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::input::json;
use crate::{Error, Options};

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// How many cases there were.
    pub cases: usize,
    /// For how many of them nothing local is to blame.
    pub silent: usize,
}

/// What the list of cases says of one; what is not here is not read.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// Its id, which names its file and its answer.
    pub id: String,
    kind: Kind,
    dims: Vec<String>,
}

impl Case {
    /// The leaves of the case.
    pub fn table(&self, folder: &Path) -> Result<Table, Error> {
        read(&folder.join("cases").join(format!("{}.csv", self.id)), self)
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Additive,
    Ratio,
}

impl Kind {
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Additive => &["actual", "baseline"],
            Self::Ratio => &["num_actual", "num_baseline", "den_actual", "den_baseline"],
        }
    }
}

#[derive(Debug, Serialize)]
struct Answer {
    id: String,
    root_causes: Vec<Map<String, Value>>,
    seconds: f64,
}

/// Explains every case of `cases.json` in the folder. Answers come in the order of the cases.
pub fn attribute(options: &Options) -> Result<Summary, Error> {
    let cases = cases(options)?;
    let answers = options.each(&cases, |case| answer(&options.data, case));
    let answers = answers.into_iter().collect::<Result<Vec<Answer>, Error>>()?;
    let silent = answers.iter().filter(|answer| answer.root_causes.is_empty()).count();
    write(&options.out, &answers)?;
    Ok(Summary { cases: answers.len(), silent })
}

/// The cases of `cases.json` that fit, in its order.
pub fn cases(options: &Options) -> Result<Vec<Case>, Error> {
    let expected = "a list of cases is expected, each with id, kind (additive or ratio) and dims";
    options.chosen(json(&options.data.join("cases.json"), expected)?, |case: &Case| &case.id)
}

fn answer(folder: &Path, case: &Case) -> Result<Answer, Error> {
    let begin = Instant::now();
    let table = case.table(folder)?;
    let explanation = explain(&table);
    let seconds = begin.elapsed().as_secs_f64();
    Ok(Answer { id: case.id.clone(), root_causes: named(&table, &explanation), seconds })
}

fn named(table: &Table, explanation: &Explanation) -> Vec<Map<String, Value>> {
    let name = |(place, member): &(usize, u32)| {
        let dimension = table.dimensions().get(*place)?;
        Some((dimension.name().to_owned(), Value::from(dimension.members().get(*member as usize)?.as_str())))
    };
    explanation.causes.iter().map(|cause| cause.terms.iter().filter_map(name).collect()).collect()
}

fn read(path: &Path, case: &Case) -> Result<Table, Error> {
    let file = File::open(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let mut reader = csv::Reader::from_reader(std::io::BufReader::new(file));
    let bad = |error: &csv::Error| format(path, error.position().map(csv::Position::line), error.to_string());
    let header = reader.byte_headers().map_err(|error| bad(&error))?.clone();
    let place = |name: &str| {
        header.iter().position(|column| column == name.as_bytes()).ok_or_else(|| {
            format(
                path,
                Some(1),
                format!("no column {name}; a {:?} case needs the dimensions and its numbers", case.kind),
            )
        })
    };
    let dimension_places: Vec<usize> = case.dims.iter().map(|name| place(name)).collect::<Result<_, _>>()?;
    let number_places: Vec<usize> =
        case.kind.columns().iter().map(|name| place(name)).collect::<Result<_, _>>()?;
    let mut dimensions: Vec<Dimension> = case.dims.iter().map(Dimension::new).collect();
    let mut numbers: Vec<Vec<f64>> = vec![Vec::new(); number_places.len()];
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| bad(&error))? {
        let line = record.position().map(csv::Position::line);
        let text = |place: usize| {
            std::str::from_utf8(record.get(place).unwrap_or_default())
                .map_err(|error| format(path, line, format!("{error}; the file should be UTF-8")))
        };
        for (dimension, place) in dimensions.iter_mut().zip(&dimension_places) {
            dimension.push(text(*place)?);
        }
        for (column, place) in numbers.iter_mut().zip(&number_places) {
            let value = text(*place)?;
            column.push(
                value.trim().parse().map_err(|_| format(path, line, format!("{value:?} is no number")))?,
            );
        }
    }
    let measure = measure(case.kind, numbers);
    Table::new(dimensions, measure).map_err(|error| format(path, None, error.to_string()))
}

fn measure(kind: Kind, numbers: Vec<Vec<f64>>) -> Measure {
    let mut columns = numbers.into_iter();
    let mut pair =
        || Pair { actual: columns.next().unwrap_or_default(), baseline: columns.next().unwrap_or_default() };
    match kind {
        Kind::Additive => Measure::Additive(pair()),
        Kind::Ratio => Measure::Ratio { numerator: pair(), denominator: pair() },
    }
}

fn format(path: &Path, line: Option<u64>, reason: String) -> Error {
    Error::Format { path: path.to_owned(), line, reason }
}

fn write(path: &PathBuf, answers: &[Answer]) -> Result<(), Error> {
    let failed = |source| Error::Write { path: path.clone(), source };
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    for answer in answers {
        serde_json::to_writer(&mut file, answer).map_err(|error| failed(error.into()))?;
        file.write_all(b"\n").map_err(failed)?;
    }
    file.flush().map_err(failed)
}
