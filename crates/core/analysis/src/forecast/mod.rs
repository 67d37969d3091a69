//! What comes next, how sure that is, and how well it was foreseen before.

pub mod accuracy;
pub mod autoregression;
pub mod backtest;
pub mod calendar;
pub mod combine;
pub mod conformal;
pub mod crossing;
pub mod ets;
pub mod intermittent;
pub mod limits;
pub mod linear;
pub mod minimise;
pub mod mstl;
pub mod naive;
pub mod nowcast;
pub mod online;
pub mod profile;
pub mod promote;
pub mod reconcile;
pub mod scale;
pub mod theta;

use autoregression::Autoregression;
use backtest::{Trial, View};
use calendar::CalendarRegression;
use conformal::{Miss, Spread};
use ets::Ets;
use intermittent::{Intermittent, is_intermittent};
use limits::Limits;
use mstl::Mstl;
use naive::SeasonalNaive;
use profile::Profile;
use scale::{Logarithmic, Scale};
use theta::Theta;

use crate::calendar::Calendar;
use crate::season::whole;
use crate::series::Axis;
use crate::series::fill::fill;
use crate::series::zeros::without_false_zeros;

/// A history as methods see it: up to an origin, evenly spaced.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// The values, oldest first; `NaN` where missing or kept out of learning.
    pub values: &'a [f64],
    /// The same with what is missing filled in, for methods that cannot go without.
    pub filled: &'a [f64],
    /// Whether this is the whole history, worth a full search, and not an origin of a backtest.
    pub last: bool,
}

/// A whole history.
#[derive(Debug, Clone)]
pub struct History {
    values: Vec<f64>,
    filled: Vec<f64>,
    period: usize,
}

impl History {
    /// With gaps filled from a season of so many values. What is not finite is missing.
    pub fn new(mut values: Vec<f64>, period: usize) -> Self {
        for value in values.iter_mut().filter(|value| value.is_infinite()) {
            *value = f64::NAN;
        }
        Self { filled: fill(&values, period), values, period }
    }

    /// The part before an origin.
    pub fn until(&self, origin: usize) -> Option<Past<'_>> {
        let last = origin == self.values.len();
        Some(Past { values: self.values.get(..origin)?, filled: self.filled.get(..origin)?, last })
    }
}

/// A way to forecast. It is asked for longer and longer histories of one series and may keep what helps it to be fast, so
/// long as nothing of a longer history reaches a shorter one.
pub trait Method {
    /// Its name, for people.
    fn name(&self) -> &'static str;
    /// The next `horizon` values; none where the history is too short for it.
    fn forecast(&mut self, past: &Past, horizon: usize) -> Option<Vec<f64>>;
}

/// A series and what is to be foreseen of it.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The values, evenly spaced, oldest first; `NaN` where missing.
    pub values: &'a [f64],
    /// The lengths in steps of the seasons that may be in them.
    pub seasons: &'a [f64],
    /// How many steps are asked for.
    pub horizon: usize,
    /// The times of the values; none where they are not known, so that no calendar applies.
    pub axis: Option<Axis>,
    /// What is known of days, those of the horizon included.
    pub calendar: &'a Calendar,
}

/// How far the truth may lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// The truth lies above this …
    pub low: f64,
    /// … and below this, with the probability asked for.
    pub high: f64,
}

/// One step ahead.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreseen {
    /// What is expected: about half of what comes lies above.
    pub mean: f64,
    /// One band for each share asked for, in that order.
    pub bands: Vec<Band>,
}

/// What comes next, and who says so.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// The steps, nearest first.
    pub steps: Vec<Foreseen>,
    /// The methods that took part with their weights.
    pub methods: Vec<(&'static str, f64)>,
}

/// How many earlier origins a forecast is weighed and its bands are measured by.
const ORIGINS: usize = 6;

/// The longest season that is told apart value by value; a longer one is the calendar's.
const LONGEST_SEASON: usize = 300;

/// What each method foresees, now and at earlier origins.
#[derive(Debug, Clone)]
pub struct Trials {
    /// The names of the methods.
    pub methods: Vec<&'static str>,
    /// Earlier origins, earliest first, whose following values are known at least in part.
    pub earlier: Vec<Trial>,
    /// The end of the history.
    pub last: Trial,
    /// How much more each step ahead strays than others; empty if none does.
    pub caution: Vec<f64>,
}

/// Asks every method that suits a series for its forecast, at earlier origins and at the end. None without a known value.
pub fn trials(task: &Task) -> Option<Trials> {
    let periods = periods(task);
    let shortest = periods.first().copied().unwrap_or(1);
    let history = History::new(without_false_zeros(task.values, shortest), shortest);
    history.filled.first().filter(|value| value.is_finite())?;
    let positive = history.filled.iter().all(|value| *value > 0.0);
    let scale = if positive { Scale::Logarithmic } else { Scale::Linear };
    let least = 2 * shortest.max(4);
    let origins = backtest::origins(history.values.len(), task.horizon, ORIGINS, least);
    let mut methods = methods(&history.filled, &periods);
    let mut names: Vec<&'static str> = methods.iter().map(|method| method.name()).collect();
    let regression = CalendarRegression::new(task, &periods, scale);
    let confirmed = regression.and_then(|regression| confirmed(regression, &history, &origins, task.horizon));
    let mut earlier = match &confirmed {
        Some(views) => {
            names.push(CalendarRegression::NAME);
            backtest::run_plain(&mut methods, views, task.horizon)
        }
        None => backtest::run(&mut methods, &history, &origins, task.horizon),
    };
    let last = earlier.pop()?;
    let caution = confirmed.and_then(|mut views| views.pop()).map(|view| view.caution).unwrap_or_default();
    Some(Trials { methods: names, earlier, last, caution })
}

/// The share of the errors without what is known of days that those with it may be.
const WORTH: f64 = 0.95;

/// What the regression makes of a history, if that helps to foresee it: two plain methods must err less with it at the
/// earlier origins, by a twentieth, for what is known of days is easily read into what is by chance. Without such origins
/// nothing speaks against it.
fn confirmed(
    mut regression: CalendarRegression,
    history: &History,
    origins: &[usize],
    horizon: usize,
) -> Option<Vec<View>> {
    let views = backtest::views(&mut regression, history, origins, horizon)?;
    let earlier = views.len() - 1;
    let season: Vec<usize> = (history.period > 1).then_some(history.period).into_iter().collect();
    let judges = || -> Vec<Box<dyn Method>> {
        vec![Box::new(Theta::new(season.first().copied())), Box::new(Autoregression::new(&season, 1))]
    };
    let with = backtest::run_plain(&mut judges(), views.get(..earlier)?, horizon);
    let without = backtest::run(&mut judges(), history, origins.get(..earlier)?, horizon);
    let [with, without] = [with, without].map(|trials| backtest::error(&trials, &history.values));
    let earned = with.is_nan() || with <= WORTH * without;
    earned.then_some(views)
}

/// What the regression weighs against any other method: it alone knows what is not in the values.
const CALENDAR_WEIGHT: f64 = 4.0;

/// What comes next in a series, with bands that hold the truth with the probabilities `shares` (0-1). None without a known
/// value.
pub fn forecast(task: &Task, shares: &[f64], limits: Limits) -> Option<Forecast> {
    let Trials { methods, earlier, last, caution } = trials(task)?;
    let mut weights = combine::weights(&earlier, task.values, methods.len());
    for (weight, name) in weights.iter_mut().zip(&methods) {
        if *name == CalendarRegression::NAME {
            *weight *= CALENDAR_WEIGHT;
        }
    }
    let path = combine::combine(&last.paths, &weights)?;
    let spread = Spread::learn(&misses(&earlier, &weights, task.values), earlier.len());
    let step = |(place, mean): (usize, &f64)| {
        let band = |share: &f64| {
            let reach = spread.map_or(0.0, |spread| spread.reach(place + 1, *mean, *share))
                * caution.get(place).unwrap_or(&1.0);
            Band { low: mean - reach, high: mean + reach }
        };
        limits.apply(&Foreseen { mean: *mean, bands: shares.iter().map(band).collect() })
    };
    let steps = path.iter().enumerate().map(step).collect();
    Some(Forecast { steps, methods: methods.into_iter().zip(weights).collect() })
}

/// The seasons that are told apart value by value, shortest first.
fn periods(task: &Task) -> Vec<usize> {
    let mut periods: Vec<usize> = task
        .seasons
        .iter()
        .filter(|length| (2.0..LONGEST_SEASON as f64).contains(*length))
        .map(|length| whole(*length))
        .filter(|period| 2 * period <= task.values.len())
        .collect();
    periods.sort_unstable();
    periods.dedup();
    periods
}

/// The methods that suit a history.
fn methods(filled: &[f64], periods: &[usize]) -> Vec<Box<dyn Method>> {
    let longest = periods.iter().copied().rfind(|period| 3 * period <= filled.len());
    let mut methods: Vec<Box<dyn Method>> = vec![
        Box::new(SeasonalNaive::new(longest.unwrap_or(1))),
        Box::new(Ets::new(longest)),
        Box::new(Theta::new(periods.first().copied())),
        Box::new(Mstl::new(periods)),
    ];
    let positive = filled.iter().all(|value| *value > 0.0);
    for difference in [0, 1].into_iter().chain(longest) {
        methods.push(Box::new(Autoregression::new(periods, difference)));
        if positive {
            methods.push(Box::new(Logarithmic(Autoregression::new(periods, difference))));
        }
    }
    if periods.len() > 1 {
        let profile = Profile::new(periods);
        methods.push(if positive { Box::new(Logarithmic(profile)) } else { Box::new(profile) });
    }
    if is_intermittent(filled) {
        methods.push(Box::new(Intermittent));
    }
    methods
}

fn misses(trials: &[backtest::Trial], weights: &[f64], values: &[f64]) -> Vec<Miss> {
    let of = |trial: &backtest::Trial| -> Vec<Miss> {
        let path = combine::combine(&trial.paths, weights).unwrap_or_default();
        let actual = values.get(trial.origin..).unwrap_or(&[]);
        let pairs = path.iter().zip(actual).enumerate().filter(|(_, (_, actual))| actual.is_finite());
        pairs
            .map(|(place, (foreseen, actual))| Miss {
                ahead: place + 1,
                foreseen: *foreseen,
                actual: *actual,
            })
            .collect()
    };
    trials.iter().flat_map(of).collect()
}
