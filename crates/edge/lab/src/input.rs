//! What every kind of lab run reads: texts, JSON, calendars; and how its cases are chosen and worked on.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use metricwright_analysis::calendar::{Calendar, MarkKind};
use rayon::prelude::*;
use serde::de::DeserializeOwned;

use crate::{Error, Options};

/// The bytes of a file.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// A JSON file; `expected` says what should stand in it.
pub(crate) fn json<T: DeserializeOwned>(path: &Path, expected: &str) -> Result<T, Error> {
    serde_json::from_slice(&bytes(path)?).map_err(|error| Error::Format {
        path: path.to_owned(),
        line: u64::try_from(error.line()).ok(),
        reason: format!("{error}; {expected}"),
    })
}

/// The holidays of `calendars.json` by the name of the calendar; none without the file. Several of one day are parted by `;`.
pub(crate) fn calendars(folder: &Path) -> Result<BTreeMap<String, Calendar>, Error> {
    let path = folder.join("calendars.json");
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let named: BTreeMap<String, BTreeMap<Date, String>> =
        json(&path, "an object of calendars is expected, each an object of days and their names")?;
    let calendar = |days: BTreeMap<Date, String>| {
        let mut calendar = Calendar::default();
        for (day, names) in days {
            for name in names.split(';') {
                calendar.mark(day, MarkKind::Holiday, name.trim());
            }
        }
        calendar
    };
    Ok(named.into_iter().map(|(name, days)| (name, calendar(days))).collect())
}

impl Options {
    /// The cases whose id fits the pattern, all without one.
    pub(crate) fn chosen<T>(&self, cases: Vec<T>, id: impl Fn(&T) -> &str) -> Result<Vec<T>, Error> {
        let Some(pattern) = &self.only else { return Ok(cases) };
        let (count, example) =
            (cases.len(), cases.first().map(|case| id(case).to_owned()).unwrap_or_default());
        let fitting: Vec<T> =
            cases.into_iter().filter(|case| fits(pattern.as_bytes(), id(case).as_bytes())).collect();
        if fitting.is_empty() {
            return Err(Error::NothingFits { pattern: pattern.clone(), cases: count, example });
        }
        Ok(fitting)
    }

    /// Works on every case, as many at once as there are threads; what comes out is in the order of the cases.
    pub(crate) fn each<T: Sync, R: Send>(&self, cases: &[T], work: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
        match rayon::ThreadPoolBuilder::new().num_threads(self.threads.max(1)).build() {
            Ok(pool) => pool.install(|| cases.par_iter().map(&work).collect()),
            Err(_) => cases.iter().map(work).collect(),
        }
    }
}

/// Whether a name fits a pattern in which `*` stands for any text and `?` for one byte.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), tail) => fits(rest, name) || tail.is_some_and(|(_, after)| fits(pattern, after)),
        (Some((b'?', rest)), Some((_, after))) => fits(rest, after),
        (Some((own, rest)), Some((other, after))) => own == other && fits(rest, after),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_fit_what_they_say() {
        let check = |pattern: &str, name: &str| fits(pattern.as_bytes(), name.as_bytes());
        assert!(check("shop-*", "shop-12") && check("*", "") && check("s?op*2", "shop-12"));
        assert!(!check("shop", "shop-12") && !check("?", "") && !check("*3", "shop-12"));
    }
}
