//! How often the detector alerts where nothing happens: alerts per series and 90 days on seeded series without events.
//! `cargo run --release -p metricwright-lab --example quiet [SERIES [SEED]]`.
//!
//! Half of the series are daily over two years, half hourly over 120 days; of each, half are a season with AR(0.5) residuals,
//! a quarter are Poisson counts with means from 0.2 to 50, a quarter have Student's t with four degrees of freedom. The
//! first 30 % are warm-up.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use metricwright_analysis::detect::{Detector, Row, Settings};

fn main() {
    let mut words = std::env::args().skip(1).map_while(|word| word.parse::<u64>().ok());
    let series = words.next().unwrap_or(10_000);
    let mut random = Random(words.next().unwrap_or(1));
    let mut kinds: BTreeMap<String, Tally> = BTreeMap::new();
    for number in 0..series {
        let made = Series::new(number, &mut random);
        let tally = kinds.entry(made.name()).or_default();
        tally.alerts += made.alerts();
        tally.quarters += made.quarters();
    }
    let all = kinds.values().fold(Tally::default(), |sum, tally| Tally {
        alerts: sum.alerts + tally.alerts,
        quarters: sum.quarters + tally.quarters,
    });
    for (name, tally) in kinds.iter().chain([(&"all".to_owned(), &all)]) {
        println!("{name:<16} {:7} alerts {:8.3} per series and 90 days", tally.alerts, tally.rate());
    }
}

#[derive(Default)]
struct Tally {
    alerts: usize,
    /// Stretches of 90 days after the warm-up.
    quarters: f64,
}

impl Tally {
    fn rate(&self) -> f64 {
        self.alerts as f64 / self.quarters
    }
}

/// A series in which nothing happens.
struct Series {
    hourly: bool,
    noise: &'static str,
    values: Vec<f64>,
}

impl Series {
    fn new(number: u64, random: &mut Random) -> Self {
        let hourly = number % 2 == 1;
        let rows = if hourly { 120 * 24 } else { 730 };
        let noise = match number / 2 % 4 {
            2 => "poisson",
            3 => "student",
            _ => "ar",
        };
        let mean = 0.2 * 250_f64.powf(random.uniform());
        let season = 6.0 * random.uniform();
        let mut residual = 0.0;
        let values = (0..rows).map(|row| {
            let (day, week) = (f64::from(row) / 24.0, if hourly { row / 24 % 7 } else { row % 7 });
            let weekend = if week >= 5 { -season } else { 0.0 };
            let expected = 100.0 + weekend + if hourly { season * (day * TAU).sin() } else { 0.0 };
            match noise {
                "poisson" => random.poisson(mean),
                "student" => expected + random.student(),
                _ => {
                    residual = 0.5 * residual + random.normal();
                    expected + residual
                }
            }
        });
        Self { hourly, noise, values: values.collect() }
    }

    fn name(&self) -> String {
        format!("{} {}", if self.hourly { "hourly" } else { "daily" }, self.noise)
    }

    fn warm_up(&self) -> usize {
        self.values.len() * 3 / 10
    }

    fn quarters(&self) -> f64 {
        (self.values.len() - self.warm_up()) as f64 / if self.hourly { 24.0 * 90.0 } else { 90.0 }
    }

    fn alerts(&self) -> usize {
        let step_seconds = if self.hourly { 3600 } else { 86_400 };
        let seasons = if self.hourly { vec![24, 168] } else { vec![7] };
        let settings = Settings { step_seconds, seasons, warm_up: self.warm_up(), missing_after: None };
        let mut detector = Detector::new(settings);
        let times = (0_i64..).map(|row| row * step_seconds);
        let rows =
            times.zip(&self.values).map(|(seconds, value)| Row { seconds, value: *value, unusual: false });
        rows.filter(|row| detector.observe(*row).alert).count()
    }
}

/// A seeded generator (SplitMix64, Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    /// Between 0 and 1, neither included.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((mixed ^ (mixed >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }

    /// Student's t with four degrees of freedom.
    fn student(&mut self) -> f64 {
        let squares: f64 = (0..4).map(|_| self.normal().powi(2)).sum();
        self.normal() / (squares / 4.0).sqrt()
    }

    /// A count, by Knuth's product of uniforms.
    fn poisson(&mut self, mean: f64) -> f64 {
        let limit = (-mean).exp();
        let (mut count, mut product) = (0.0, self.uniform());
        while product > limit {
            product *= self.uniform();
            count += 1.0;
        }
        count
    }
}
