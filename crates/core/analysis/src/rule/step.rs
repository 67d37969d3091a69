//! One step of a rule: a window's values in, the next state and what changed out.

use jiff::Timestamp;
use metricwright_api::alert_rule::ChangeFrom;
use metricwright_formula::Value;

use super::breach::{Breach, Terms, judge};
use super::episode::{Episode, EpisodeSlice};
use super::state::{RuleState, SliceState};

/// Everything a rule sees of one window.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Start of the window.
    pub window: Timestamp,
    /// When the window was due: its end plus the latency.
    pub due_at: Timestamp,
    /// The slices, each once. A slice that is not here counts as missing.
    pub slices: Vec<SliceObservation>,
}

/// What a rule sees of one slice in one window.
#[derive(Clone, Debug)]
pub struct SliceObservation {
    /// Canonical JSON of the slice.
    pub slice: String,
    /// The value.
    pub value: Value,
    /// Values of earlier windows, for the conditions that compare with them.
    pub earlier: Vec<(ChangeFrom, Value)>,
    /// Whether the rule's guard holds: the window then counts as normal.
    pub guarded: bool,
}

/// What changed for the people who are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// An episode began.
    Fired,
    /// The episode ended.
    Resolved,
}

/// The outcome of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The state to remember.
    pub state: RuleState,
    /// What changed.
    pub transition: Option<Transition>,
    /// The episode that goes on or has just ended.
    pub episode: Option<Episode>,
}

/// Takes in one window. Windows come in order: one that is not after the last is ignored.
///
/// A slice that breaches `for_periods` windows in a row fires; it is well again after `recover_periods`
/// normal windows in a row. A missing value is neither: the counters stay as they are. An episode goes on
/// while any slice fires.
pub fn step(terms: &Terms<'_>, state: &RuleState, observation: &Observation) -> Step {
    if state.last_window.is_some_and(|last| observation.window <= last) {
        return Step { state: state.clone(), transition: None, episode: state.episode.clone() };
    }
    let mut next = state.clone();
    next.last_window = Some(observation.window);
    let was_open = next.episode.is_some();
    for slice in &observation.slices {
        take_in(terms, &mut next, observation, slice);
    }
    next.slices.retain(|_, slice| slice.firing || slice.breaches > 0);
    let fires = next.slices.values().any(|slice| slice.firing);
    if let Some(episode) = &mut next.episode {
        episode.sort();
        if !fires {
            episode.resolved_at = Some(observation.due_at);
        }
    }
    let episode = next.episode.clone();
    if !fires {
        next.episode = None;
    }
    let transition = match (was_open, fires) {
        (false, true) => Some(Transition::Fired),
        (true, false) => Some(Transition::Resolved),
        _ => None,
    };
    Step { state: next, transition, episode }
}

fn take_in(terms: &Terms<'_>, state: &mut RuleState, observation: &Observation, seen: &SliceObservation) {
    if seen.value.is_null() {
        return;
    }
    let breach = if seen.guarded { None } else { judge(terms.conditions, seen) };
    let slice = state.slices.entry(seen.slice.clone()).or_default();
    match &breach {
        Some(_) => count_breach(terms, slice, observation.window),
        None => count_normal(terms, slice),
    }
    let (firing, since) = (slice.firing, slice.since.unwrap_or(observation.window));
    match breach {
        Some(breach) if firing => join(state, observation, seen, breach, since),
        None if !firing => leave(state, &seen.slice),
        _ => {}
    }
}

fn count_breach(terms: &Terms<'_>, slice: &mut SliceState, window: Timestamp) {
    slice.normals = 0;
    slice.breaches = slice.breaches.saturating_add(1);
    slice.since.get_or_insert(window);
    slice.firing |= slice.breaches >= terms.for_periods;
}

fn count_normal(terms: &Terms<'_>, slice: &mut SliceState) {
    slice.breaches = 0;
    if slice.firing {
        slice.normals = slice.normals.saturating_add(1);
        slice.firing = slice.normals < terms.recover_periods;
    }
    if !slice.firing {
        *slice = SliceState::default();
    }
}

fn join(
    state: &mut RuleState,
    observation: &Observation,
    seen: &SliceObservation,
    breach: Breach,
    since: Timestamp,
) {
    let episode = state.episode.get_or_insert_with(|| Episode {
        first_window: since,
        last_window: observation.window,
        started_at: observation.due_at,
        resolved_at: None,
        slices: Vec::new(),
    });
    episode.last_window = observation.window;
    if episode.started_at == observation.due_at {
        episode.first_window = episode.first_window.min(since);
    }
    episode.record(EpisodeSlice {
        slice: seen.slice.clone(),
        observed: seen.value.as_f64().unwrap_or_default(),
        expected: breach.expected,
        deviation: breach.deviation,
        window: observation.window,
        condition: breach.condition,
        open: true,
    });
}

fn leave(state: &mut RuleState, slice: &str) {
    let Some(episode) = &mut state.episode else { return };
    if let Some(known) = episode.slices.iter_mut().find(|known| known.slice == slice) {
        known.open = false;
    }
}
