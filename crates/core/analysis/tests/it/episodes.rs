//! From breaches to episodes.

use metricwright_analysis::rule::{
    BreachTerms, RuleState, SliceObservation, Step, TOP_SLICES, Transition, incident_name, step,
};
use metricwright_api::{Grain, Kind};
use proptest::prelude::*;

use crate::support::{below_one, day, due, id, observation, seen, walk};

/// What a day was like for a slice.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Day {
    Well,
    Bad,
    Missing,
    Guarded,
}

fn slice(name: &str, day: Day) -> SliceObservation {
    let value = match day {
        Day::Well => Some(5),
        Day::Bad | Day::Guarded => Some(0),
        Day::Missing => None,
    };
    SliceObservation { guarded: day == Day::Guarded, ..seen(name, value) }
}

/// `.` well, `x` bad, `?` missing, `g` bad but guarded.
fn days(text: &str) -> Vec<Day> {
    let day = |letter| match letter {
        '.' => Day::Well,
        'x' => Day::Bad,
        'g' => Day::Guarded,
        _ => Day::Missing,
    };
    text.chars().map(day).collect()
}

fn run(text: &str, for_periods: u32, recover_periods: u32) -> Vec<Step> {
    let conditions = below_one();
    let terms = BreachTerms { conditions: &conditions, for_periods, recover_periods };
    let days: Vec<_> = days(text).into_iter().map(|day| vec![slice("A", day)]).collect();
    walk(&terms, &days)
}

/// `F` where it fires, `R` where it is resolved, `!` while it goes on, `.` otherwise.
fn drawn(steps: &[Step]) -> String {
    let mark = |step: &Step| match (step.transition, &step.state.episode) {
        (Some(Transition::Fired), _) => 'F',
        (Some(Transition::Resolved), _) => 'R',
        (None, Some(_)) => '!',
        (None, None) => '.',
    };
    steps.iter().map(mark).collect()
}

#[test]
fn it_fires_after_enough_breaches_and_is_well_after_enough_normal_windows() {
    for (for_periods, recover_periods, seen, expected) in [
        (1, 1, "..x..", "..FR."),
        (1, 1, "xx..xx", "F!R.F!"),
        (2, 1, ".x.xx.", "....FR"),
        (1, 2, "x.x..", "F!!!R"),
        (2, 2, "xx.xx..", ".F!!!!R"),
        // Missing is neither: it breaks no row and ends nothing.
        (2, 1, "x?x.", "..FR"),
        (1, 2, "x.?.", "F!!R"),
        (1, 1, "x???", "F!!!"),
        // What the guard excuses is normal.
        (1, 1, "gxgx", ".FRF"),
    ] {
        assert_eq!(
            drawn(&run(seen, for_periods, recover_periods)),
            expected,
            "{seen} for {for_periods}/{recover_periods}"
        );
    }
}

#[test]
fn an_episode_knows_its_windows_and_its_times() {
    let steps = run(".xx.x..", 2, 2);
    let episode = steps[2].episode.as_ref().unwrap();
    assert_eq!((episode.first_window, episode.last_window), (day(1), day(2)));
    assert_eq!((episode.started_at, episode.resolved_at), (due(2), None));
    let ended = steps[6].episode.as_ref().unwrap();
    assert_eq!((ended.last_window, ended.resolved_at), (day(4), Some(due(6))));
    assert_eq!(ended.started_at, due(2), "the start of an episode does not move");
}

#[test]
fn slices_join_one_episode_which_ends_with_the_last() {
    let conditions = below_one();
    let terms = BreachTerms { conditions: &conditions, for_periods: 1, recover_periods: 1 };
    let days: Vec<_> =
        [(Day::Bad, Day::Well), (Day::Bad, Day::Bad), (Day::Well, Day::Bad), (Day::Well, Day::Well)]
            .map(|(a, b)| vec![slice("A", a), slice("B", b)])
            .to_vec();
    let steps = walk(&terms, &days);
    assert_eq!(drawn(&steps), "F!!R");
    let open = |step: &Step| -> Vec<bool> {
        step.episode.as_ref().unwrap().slices.iter().map(|slice| slice.open).collect()
    };
    assert_eq!(open(&steps[1]), [true, true]);
    assert_eq!(open(&steps[2]), [false, true]);
    assert_eq!(open(&steps[3]), [false, false]);
}

#[test]
fn the_worst_slices_are_shown_and_all_are_counted() {
    let conditions = vec![crate::support::threshold("value < 100")];
    let terms = BreachTerms { conditions: &conditions, for_periods: 1, recover_periods: 1 };
    let slices: Vec<_> = (0..30).map(|index| seen(&format!("S{index:02}"), Some(index))).collect();
    let steps = walk(&terms, &[slices]);
    let episode = steps[0].episode.as_ref().unwrap();
    assert_eq!((episode.slices.len(), episode.top().len()), (30, TOP_SLICES));
    assert!(episode.top()[0].slice.contains("S00"), "{:?}", episode.top()[0]);
    assert!(episode.slices.is_sorted_by(|a, b| a.deviation >= b.deviation));
}

#[test]
fn a_window_is_taken_in_once_and_in_order() {
    let conditions = below_one();
    let terms = BreachTerms { conditions: &conditions, for_periods: 2, recover_periods: 1 };
    let bad = |index| observation(index, vec![slice("A", Day::Bad)]);
    let once = step(&terms, &RuleState::default(), &bad(3));
    for index in [3, 2, 0] {
        let again = step(&terms, &once.state, &bad(index));
        assert_eq!((again.state, again.transition), (once.state.clone(), None));
    }
}

#[test]
fn names_are_computed_and_fit_kubernetes() {
    let name = |rule: &str, window| {
        incident_name(&id(Kind::AlertRule, rule), &id(Kind::Metric, "m"), Grain::Day, window)
    };
    assert_eq!(name("stock-out", day(3)), name("stock-out", day(3)));
    assert_ne!(name("stock-out", day(3)), name("stock-out", day(4)));
    let long = name(&"a.very-long.".repeat(20), day(3));
    assert!(
        long.len() <= 63 && long.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
        "{long}"
    );
}

fn any_day() -> impl Strategy<Value = Day> {
    prop_oneof![3 => Just(Day::Well), 3 => Just(Day::Bad), 1 => Just(Day::Missing), 1 => Just(Day::Guarded)]
}

/// The rule of the documentation, by looking back over the whole history each time.
fn fires(history: &[Day], for_periods: usize, recover_periods: usize) -> bool {
    let told: Vec<bool> =
        history.iter().filter(|day| **day != Day::Missing).map(|day| *day == Day::Bad).collect();
    let mut firing = false;
    for end in 1..=told.len() {
        let row =
            |bad: bool, length: usize| end >= length && told[end - length..end].iter().all(|day| *day == bad);
        if row(true, for_periods) {
            firing = true;
        } else if row(false, recover_periods) {
            firing = false;
        }
    }
    firing
}

proptest! {
    #[test]
    fn each_slice_fires_as_the_documentation_says(
        days in prop::collection::vec(prop::collection::vec(any_day(), 3), 0..40),
        for_periods in 1_usize..4,
        recover_periods in 1_usize..4,
    ) {
        let conditions = below_one();
        let terms = BreachTerms {
            conditions: &conditions,
            for_periods: u32::try_from(for_periods).unwrap(),
            recover_periods: u32::try_from(recover_periods).unwrap(),
        };
        let seen: Vec<Vec<_>> = days
            .iter()
            .map(|slices| slices.iter().enumerate().map(|(name, day)| slice(&name.to_string(), *day)).collect())
            .collect();
        let steps = walk(&terms, &seen);
        let mut was = false;
        for (index, step) in steps.iter().enumerate() {
            let firing: Vec<bool> = (0..3)
                .map(|name| {
                    let history: Vec<Day> = days[..=index].iter().map(|slices| slices[name]).collect();
                    fires(&history, for_periods, recover_periods)
                })
                .collect();
            let any = firing.contains(&true);
            prop_assert_eq!(step.state.episode.is_some(), any, "day {} of {:?}", index, days);
            let expected = match (was, any) {
                (false, true) => Some(Transition::Fired),
                (true, false) => Some(Transition::Resolved),
                _ => None,
            };
            prop_assert_eq!(step.transition, expected);
            was = any;
        }
    }

    /// Going on from a state that was written down is the same as never having stopped.
    #[test]
    fn a_state_that_was_kept_goes_on_as_if_it_had_not_been(
        days in prop::collection::vec(prop::collection::vec(any_day(), 3), 1..30),
        for_periods in 1_u32..4,
        recover_periods in 1_u32..4,
    ) {
        let conditions = below_one();
        let terms = BreachTerms { conditions: &conditions, for_periods, recover_periods };
        let seen: Vec<Vec<_>> = days
            .iter()
            .map(|slices| slices.iter().enumerate().map(|(name, day)| slice(&name.to_string(), *day)).collect())
            .collect();
        let straight = walk(&terms, &seen);
        let mut state = RuleState::default();
        for (index, slices) in seen.iter().enumerate() {
            let text = serde_json::to_string(&state).unwrap();
            let done = step(&terms, &serde_json::from_str(&text).unwrap(), &observation(index, slices.clone()));
            prop_assert_eq!(&done, &straight[index]);
            state = done.state;
        }
    }
}
