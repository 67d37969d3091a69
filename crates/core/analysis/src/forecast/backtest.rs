//! How well methods foresaw what is known by now: the forecasts they would have made at earlier origins.

use super::calendar::CalendarRegression;
use super::scale::Scale;
use super::{History, Method, Past};

/// What was foreseen at one origin.
#[derive(Debug, Clone)]
pub struct Trial {
    /// How many values were known then.
    pub origin: usize,
    /// One path a method, in their order; none where a method could not.
    pub paths: Vec<Option<Vec<f64>>>,
}

/// The share of a history that is looked back on where that is more than the horizon asks for.
const LOOK_BACK: usize = 5;

/// The origins at which `count` values are looked back on: at most `most` of them besides the end of the history, none with
/// fewer than `least` values. They lie a third of the horizon apart, in a long history as far as the horizon, so that more
/// of what may happen is seen.
pub fn origins(count: usize, horizon: usize, most: usize, least: usize) -> Vec<usize> {
    let far = horizon.max(1);
    let stride = (count / (LOOK_BACK * most.max(1))).clamp(far.div_ceil(3), far);
    let mut origins: Vec<usize> = (0..=most)
        .map_while(|back| count.checked_sub(back * stride))
        .filter(|origin| *origin >= least.max(1))
        .collect();
    origins.reverse();
    if origins.is_empty() && count > 0 {
        origins.push(count);
    }
    origins
}

/// What a regression makes of a history at one origin.
#[derive(Debug)]
pub struct View {
    origin: usize,
    path: Option<Vec<f64>>,
    plain: History,
    effects: Vec<f64>,
    scale: Scale,
    /// How much more each step strays than others.
    pub caution: Vec<f64>,
}

impl View {
    /// A path of plain values with what is known of its days put back.
    fn restore(&self, path: &[f64]) -> Vec<f64> {
        let restored = |(value, effect): (&f64, &f64)| {
            if *effect == 0.0 { *value } else { self.scale.back(self.scale.to(*value) + effect) }
        };
        path.iter().zip(&self.effects).map(restored).collect()
    }
}

/// What the regression makes of each origin, earliest first; none where it could not at one of them.
pub fn views(
    regression: &mut CalendarRegression,
    history: &History,
    origins: &[usize],
    horizon: usize,
) -> Option<Vec<View>> {
    let view = |origin: &usize| {
        let past = history.until(*origin)?;
        let path = regression.forecast(&past, horizon)?;
        let plain = History::new(regression.plain(past.values), history.period);
        Some(View {
            origin: *origin,
            path: Some(path).filter(|path| usable(path, horizon)),
            caution: regression.caution(past.values, *origin),
            effects: regression.effects(*origin),
            scale: regression.scale(),
            plain,
        })
    };
    origins.iter().map(view).collect()
}

fn usable(path: &[f64], horizon: usize) -> bool {
    path.len() == horizon && path.iter().all(|value| value.is_finite())
}

/// Asks each method at each origin, earliest first; the last trial is the forecast itself.
pub fn run(
    methods: &mut [Box<dyn Method>],
    history: &History,
    origins: &[usize],
    horizon: usize,
) -> Vec<Trial> {
    let mut ask = |origin: &usize| {
        let past = history.until(*origin)?;
        let foreseen = methods.iter_mut().map(|method| method.forecast(&past, horizon));
        let paths = foreseen.map(|path| path.filter(|path| usable(path, horizon))).collect();
        Some(Trial { origin: *origin, paths })
    };
    origins.iter().filter_map(&mut ask).collect()
}

/// The same on what a regression leaves, with the regression as the last method.
pub fn run_plain(methods: &mut [Box<dyn Method>], views: &[View], horizon: usize) -> Vec<Trial> {
    let mut ask = |(number, view): (usize, &View)| {
        let past = Past { last: number + 1 == views.len(), ..view.plain.until(view.origin)? };
        let foreseen = methods.iter_mut().map(|method| Some(view.restore(&method.forecast(&past, horizon)?)));
        let mut paths: Vec<_> = foreseen.map(|path| path.filter(|path| usable(path, horizon))).collect();
        paths.push(view.path.clone());
        Some(Trial { origin: view.origin, paths })
    };
    views.iter().enumerate().filter_map(&mut ask).collect()
}

/// The mean absolute error of all that was foreseen at trials; `NaN` without a known value after one.
pub fn error(trials: &[Trial], values: &[f64]) -> f64 {
    let of = |trial: &Trial| -> Vec<f64> {
        let actual = values.get(trial.origin..).unwrap_or(&[]);
        let pairs = trial.paths.iter().flatten().flat_map(|path| path.iter().zip(actual));
        pairs.map(|(foreseen, actual)| (foreseen - actual).abs()).filter(|error| error.is_finite()).collect()
    };
    crate::stats::mean(&trials.iter().flat_map(of).collect::<Vec<_>>())
}
