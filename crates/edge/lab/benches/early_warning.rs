//! How well crossings of a bound are foretold, against what happens anyway and against the plainest model.
//!
//! Hourly series of more than nine weeks from two sets of cases. A row's bound is the 97.5 % quantile of what the eight
//! values at its hour of the week in the eight weeks before left of a straight line through these weeks. An event is a value
//! above its bound after at least 24 rows inside. At every hour the question is whether one begins in the next six. The
//! answers are compared by Brier score with each series' own rate of events, and with a first-order autoregression of what
//! the hour of the week leaves, with normal errors.
//!
//! `METRICWRIGHT_DATA=DIR cargo bench -p metricwright-lab --bench early_warning`

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot go on may panic"
)]

use std::path::{Path, PathBuf};

use metricwright_analysis::forecast::crossing::{Line, Watch};
use metricwright_analysis::stats::{deviation, mean, normal_quantile, quantile};

const WEEK: usize = 168;
const WINDOW: usize = 8 * WEEK;
const AHEAD: usize = 6;
const CALM: usize = 24;
/// How often what is known of a series is learned anew, in rows.
const STRIDE: usize = 24;

fn main() {
    let data =
        std::env::var("METRICWRIGHT_DATA").map_or_else(|_| PathBuf::from("../shared/data"), PathBuf::from);
    println!("set        origins  events  base   AR(1) skill  skill  precision at recall .5");
    for (set, group) in [("anomaly", Some("inj")), ("forecast", None)] {
        let folder = data.join(set);
        if !folder.join("manifest.json").exists() {
            println!("{set:<9}  skipped: no {}", folder.display());
            continue;
        }
        let questions: Vec<Vec<Question>> = hourly(&folder, group).iter().map(|values| ask(values)).collect();
        report(set, &questions);
    }
}

/// The hourly series of a folder that are longer than nine weeks.
fn hourly(folder: &Path, group: Option<&str>) -> Vec<Vec<f64>> {
    let text = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = manifest["series"].as_array().unwrap().iter();
    let wanted = cases.filter(|case| {
        (case["step_seconds"] == 3600 || case["frequency"] == "H")
            && group.is_none_or(|group| case["group"] == group)
            && case["n"].as_u64().unwrap() > 9 * WEEK as u64
    });
    wanted.map(|case| values(&folder.join(case["file"].as_str().unwrap()))).collect()
}

fn values(path: &Path) -> Vec<f64> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split_once(',').unwrap().1.parse().unwrap_or(f64::NAN)).collect()
}

/// One origin: whether an event began in the next rows, and how likely each method took that to be.
struct Question {
    event: bool,
    foretold: f64,
    plain: f64,
}

fn ask(values: &[f64]) -> Vec<Question> {
    let bounds: Vec<f64> = (0..values.len()).map(|row| own_bound(values, row)).collect();
    let mut inside = vec![0_usize; values.len()];
    let mut begins = vec![false; values.len()];
    for row in WINDOW..values.len() {
        let above = values[row] > bounds[row];
        begins[row] = above && inside[row - 1] >= CALM;
        inside[row] = if above || bounds[row].is_nan() { 0 } else { inside[row - 1] + 1 };
    }
    let mut questions = Vec::new();
    for learned in (WINDOW + CALM..values.len() - AHEAD).step_by(STRIDE) {
        let window = &values[learned - WINDOW..learned];
        let models = Watch::learn(window, WEEK, 24, AHEAD).zip(Plain::learn(window));
        for origin in learned..(learned + STRIDE).min(values.len() - AHEAD + 1) {
            let coming = origin..origin + AHEAD;
            if coming.clone().any(|row| values[row].is_nan() || bounds[row].is_nan()) {
                continue;
            }
            let since = &values[learned..origin];
            let run = inside[origin - 1];
            let expected: Vec<f64> = (0..AHEAD).map(|step| bound(window, since.len() + step)).collect();
            questions.push(Question {
                event: begins[coming].contains(&true),
                foretold: models
                    .as_ref()
                    .map_or(0.0, |(watch, _)| watch.crossing(since, &expected, run, CALM).probability),
                plain: models.as_ref().map_or(0.0, |(_, plain)| plain.probability(since, &expected, run)),
            });
        }
    }
    questions
}

/// The bound of a row, from the eight weeks before it.
fn own_bound(values: &[f64], row: usize) -> f64 {
    if row < WINDOW { f64::NAN } else { bound(&values[row - WINDOW..row], 0) }
}

/// The bound so many rows after a window of eight weeks. `NaN` where fewer than five of the eight values are known.
fn bound(window: &[f64], after: usize) -> f64 {
    let Some(line) = Line::through(window) else { return f64::NAN };
    let last = WINDOW as f64 - 1.0;
    let left = |row: usize| window[row] - line.at(row as f64 - last);
    let mut same_hour: Vec<f64> =
        (after % WEEK..WINDOW).step_by(WEEK).map(left).filter(|value| value.is_finite()).collect();
    if same_hour.len() < 5 {
        return f64::NAN;
    }
    line.at(after as f64 + 1.0) + quantile(&mut same_hour, 0.975)
}

/// A first-order autoregression of what the mean at the hour of the week leaves, in deviations at that hour.
struct Plain {
    line: Line,
    usual: Vec<(f64, f64)>,
    last: f64,
    weight: f64,
    noise: f64,
}

impl Plain {
    fn learn(window: &[f64]) -> Option<Self> {
        let line = Line::through(window)?;
        let free: Vec<f64> = window
            .iter()
            .enumerate()
            .map(|(row, value)| value - line.at(row as f64 - WINDOW as f64 + 1.0))
            .collect();
        let usual: Vec<(f64, f64)> = (0..WEEK)
            .map(|hour| {
                let known: Vec<f64> =
                    free.iter().skip(hour).step_by(WEEK).copied().filter(|v| v.is_finite()).collect();
                (mean(&known), deviation(&known).max(1e-9))
            })
            .collect();
        let rest: Vec<f64> = free
            .iter()
            .zip(usual.iter().cycle())
            .map(|(value, (mean, scale))| (value - mean) / scale)
            .collect();
        let pairs: Vec<(f64, f64)> =
            rest.windows(2).map(|pair| (pair[0], pair[1])).filter(|(a, b)| (a + b).is_finite()).collect();
        let weight =
            pairs.iter().map(|(a, b)| a * b).sum::<f64>() / pairs.iter().map(|(a, _)| a * a).sum::<f64>();
        let noise = deviation(&pairs.iter().map(|(a, b)| b - weight * a).collect::<Vec<_>>());
        let last = *rest.last()?;
        noise.is_finite().then_some(Self { line, usual, last, weight, noise })
    }

    fn probability(&self, since: &[f64], bounds: &[f64], inside: usize) -> f64 {
        const PATHS: usize = 400;
        let scaled = |value: f64, after: usize| {
            let (mean, scale) = self.usual[after % WEEK];
            (value - self.line.at(after as f64 + 1.0) - mean) / scale
        };
        let now = since.last().map_or(self.last, |value| scaled(*value, since.len() - 1));
        let bounds: Vec<f64> =
            bounds.iter().enumerate().map(|(step, bound)| scaled(*bound, since.len() + step)).collect();
        let mut seed = 1_u64;
        let mut normal = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            normal_quantile(((seed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64)
        };
        let mut events = 0;
        for _ in 0..PATHS {
            let mut at = if now.is_finite() { now } else { 0.0 };
            let steps: Vec<f64> = bounds
                .iter()
                .map(|_| {
                    at = self.weight * at + self.noise * normal();
                    at
                })
                .collect();
            let first = steps.iter().zip(&bounds).position(|(at, bound)| at > bound);
            events += usize::from(first.is_some_and(|step| inside + step >= CALM));
        }
        events as f64 / PATHS as f64
    }
}

fn report(set: &str, series: &[Vec<Question>]) {
    let all: Vec<&Question> = series.iter().flatten().collect();
    let truth = |question: &Question| f64::from(u8::from(question.event));
    let base = mean(&all.iter().map(|question| truth(question)).collect::<Vec<_>>());
    let rates = series.iter().map(|questions| {
        let rate = mean(&questions.iter().map(truth).collect::<Vec<_>>());
        questions.iter().map(|question| (rate - truth(question)).powi(2)).sum::<f64>()
    });
    let climate: f64 = rates.sum();
    let skill = |answer: fn(&Question) -> f64| {
        1.0 - all.iter().map(|question| (answer(question) - truth(question)).powi(2)).sum::<f64>() / climate
    };
    let precision = precision_at_half(&all);
    println!(
        "{set:<9}  {:>7}  {:>6}  {base:.3}  {:>11.3}  {:>5.3}  {precision:.3} ({:.1} x base)",
        all.len(),
        all.iter().filter(|question| question.event).count(),
        skill(|question| question.plain),
        skill(|question| question.foretold),
        precision / base,
    );
}

/// The share of events among the likeliest answers that hold half of the events.
fn precision_at_half(questions: &[&Question]) -> f64 {
    let mut sorted = questions.to_vec();
    sorted.sort_by(|a, b| b.foretold.total_cmp(&a.foretold));
    let wanted = sorted.iter().filter(|question| question.event).count().div_ceil(2);
    let (mut found, mut asked) = (0, 0);
    for question in sorted {
        asked += 1;
        found += usize::from(question.event);
        if found >= wanted {
            break;
        }
    }
    f64::from(u32::try_from(found).unwrap()) / f64::from(asked)
}
