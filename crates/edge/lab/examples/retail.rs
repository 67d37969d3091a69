//! How well a shop's weeks are foretold one to four weeks ahead: every whole week from the 60th on is an origin.
//!
//! The input has a row a day: `timestamp,value,squares,holiday`, the sum of the day's amounts, the sum of their squares, and
//! the name of a holiday or nothing. Of the retail example:
//! `select order_date, sum(net_amount), sum(net_amount * net_amount), max(holiday) from (select distinct * from orders) join
//! calendar on date_day = order_date where status = 'completed' group by order_date order by order_date`.
//! Beside the forecast stand the last week, the week a year ago, and the noise floor: how far the sum of independent amounts
//! strays by itself.
//!
//! `cargo run --release -p metricwright-lab --example retail -- DAYS.csv`

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "an example that cannot go on may panic"
)]

use jiff::civil::{Date, Weekday};
use metricwright_analysis::calendar::{Calendar, MarkKind};
use metricwright_analysis::forecast::limits::Limits;
use metricwright_analysis::forecast::{Task, forecast};
use metricwright_analysis::series::{Axis, Step};
use metricwright_analysis::stats::mean;

const FIRST_ORIGIN: usize = 60;
const AHEAD: usize = 4;

fn main() {
    let path = std::env::args().nth(1).unwrap_or_else(|| panic!("usage: retail DAYS.csv"));
    let days: Vec<Day> = std::fs::read_to_string(path).unwrap().lines().skip(1).map(Day::of).collect();
    let monday = days.iter().position(|day| day.date.weekday() == Weekday::Monday).unwrap();
    let days = &days[monday..];
    let weeks: Vec<&[Day]> = days.chunks_exact(7).collect();
    let sums: Vec<f64> = weeks.iter().map(|week| week.iter().map(|day| day.value).sum()).collect();
    let floor = weeks.iter().zip(&sums).map(|(week, sum)| {
        let squares: f64 = week.iter().map(|day| day.squares).sum();
        (2.0 / std::f64::consts::PI).sqrt() * squares.sqrt() / sum
    });
    println!("noise floor   {:.2} %", 100.0 * mean(&floor.collect::<Vec<_>>()));
    let own: Vec<Vec<f64>> = (FIRST_ORIGIN..sums.len()).map(|origin| foretell(days, origin)).collect();
    println!("last value    {:.2} %", error(&sums, |origin, _| sums[origin - 1]));
    println!("52 weeks ago  {:.2} %", error(&sums, |origin, ahead| sums[origin + ahead - 52]));
    println!("forecast      {:.2} %", error(&sums, |origin, ahead| own[origin - FIRST_ORIGIN][ahead]));
}

struct Day {
    date: Date,
    value: f64,
    squares: f64,
    holiday: String,
}

impl Day {
    fn of(line: &str) -> Self {
        let fields: Vec<&str> = line.split(',').collect();
        Self {
            date: fields[0].parse().unwrap(),
            value: fields[1].parse().unwrap(),
            squares: fields[2].parse().unwrap(),
            holiday: fields[3].to_owned(),
        }
    }
}

/// The sums of the weeks after an origin, from days.
fn foretell(days: &[Day], origin: usize) -> Vec<f64> {
    let mut calendar = Calendar::default();
    for day in days.iter().filter(|day| !day.holiday.is_empty()) {
        calendar.mark(day.date, MarkKind::Holiday, &day.holiday);
    }
    let values: Vec<f64> = days[..7 * origin].iter().map(|day| day.value).collect();
    let axis = Axis { start: days[0].date.into(), step: Step::DAY };
    let seasons = Step::DAY.usual_seasons();
    let task = Task {
        values: &values,
        seasons: &seasons,
        horizon: 7 * AHEAD,
        axis: Some(axis),
        calendar: &calendar,
    };
    let found = forecast(&task, &[0.8], Limits::of(&values)).unwrap();
    found.steps.chunks(7).map(|week| week.iter().map(|step| step.mean).sum()).collect()
}

/// The sum of absolute errors over all origins and steps as a share of the sum of what came, in percent.
fn error(sums: &[f64], foretold: impl Fn(usize, usize) -> f64) -> f64 {
    let pairs = (FIRST_ORIGIN..sums.len())
        .flat_map(|origin| (0..AHEAD.min(sums.len() - origin)).map(move |ahead| (origin, ahead)));
    let (errors, actual) = pairs.fold((0.0, 0.0), |(errors, actual), (origin, ahead)| {
        let truth = sums[origin + ahead];
        (errors + (foretold(origin, ahead) - truth).abs(), actual + truth)
    });
    100.0 * errors / actual
}
