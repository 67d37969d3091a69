//! Series with timestamps in, a judgement of every row out.

mod cases;
mod rows;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use metricwright_analysis::detect::{Detector, Judgement, Row, UnusualDays};

use self::cases::{Calendars, Case};
use self::rows::Rows;
use crate::input::bytes;
use crate::{Error, Options};

/// What was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// How many series.
    pub series: usize,
    /// How many rows.
    pub rows: usize,
    /// How many of them alert.
    pub alerts: usize,
}

/// Answers of one series.
struct Answers {
    text: Vec<u8>,
    rows: usize,
    alerts: usize,
}

/// Judges every row of every series that `manifest.json` of the folder names, each from the rows up to it. One line a row,
/// in the order of the files and with their own timestamps:
/// `{"series":id,"timestamp":…,"score":…,"is_anomaly":…}`, with a `kind` where it is an anomaly.
pub fn detect(options: &Options) -> Result<Summary, Error> {
    let cases = cases::chosen(options)?;
    let calendars = cases::unusual_days(&options.data)?;
    let failed = |source| Error::Write { path: options.out.clone(), source };
    let mut out = BufWriter::new(File::create(&options.out).map_err(failed)?);
    let mut summary = Summary { series: 0, rows: 0, alerts: 0 };
    // some series at a time, so that answers need not all be held
    for some in cases.chunks(options.threads.max(1) * 16) {
        for answers in options.each(some, |case| judge(&options.data, case, &calendars)) {
            let answers = answers?;
            out.write_all(&answers.text).map_err(failed)?;
            summary.series += 1;
            summary.rows += answers.rows;
            summary.alerts += answers.alerts;
        }
    }
    out.flush().map_err(failed)?;
    Ok(summary)
}

fn judge(folder: &Path, case: &Case, calendars: &Calendars) -> Result<Answers, Error> {
    let path = folder.join(&case.file);
    let text = bytes(&path)?;
    let ordinary = UnusualDays::default();
    let unusual = case.holidays.as_ref().and_then(|name| calendars.get(name)).unwrap_or(&ordinary);
    let name = serde_json::to_string(&case.id).unwrap_or_default();
    let mut detector = Detector::new(case.settings());
    let mut answers = Answers { text: Vec::with_capacity(text.len() * 4), rows: 0, alerts: 0 };
    for row in Rows::of(&path, &text)? {
        let (timestamp, seconds, value) = row?;
        let judgement = detector.observe(Row { seconds, value, unusual: unusual.contains(seconds) });
        answers.rows += 1;
        answers.alerts += usize::from(judgement.alert);
        line(&mut answers.text, &name, timestamp, &judgement);
    }
    Ok(answers)
}

/// One line of the answers. Scores have three digits after the point.
fn line(text: &mut Vec<u8>, name: &str, timestamp: &str, judgement: &Judgement) {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "scores are small and not negative"
    )]
    let thousandths = (judgement.score * 1000.0).round() as u64;
    text.extend_from_slice(b"{\"series\":");
    text.extend_from_slice(name.as_bytes());
    text.extend_from_slice(b",\"timestamp\":\"");
    text.extend_from_slice(timestamp.as_bytes());
    text.extend_from_slice(b"\",\"score\":");
    // writing to memory does not fail
    let _ = write!(text, "{}.{:03}", thousandths / 1000, thousandths % 1000);
    if judgement.alert {
        let kind = serde_json::to_string(&judgement.kind).unwrap_or_default();
        let _ = writeln!(text, ",\"is_anomaly\":true,\"kind\":{kind}}}");
    } else {
        text.extend_from_slice(b",\"is_anomaly\":false}\n");
    }
}
