//! What is known of a series before its first value.

use serde::{Deserialize, Serialize};

/// What is known of a series before its first value. There is nothing to tune: one configuration fits all series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Seconds from one row to the next; at least 1.
    pub step_seconds: i64,
    /// Lengths of the seasons in rows, the shortest first, for example 24 and 168 of an hourly series. May be empty; only
    /// the first and the last are used, and whether the series follows them is found out.
    pub seasons: Vec<usize>,
    /// Rows at the start that are learned from and never alert.
    pub warm_up: usize,
    /// After how many missing rows in a row their being missing is an alert; `None` if it never is.
    pub missing_after: Option<u32>,
}

/// One false alert is accepted in about this many days …
const BUDGET_DAYS: f64 = 8.0;
/// … or this many rows, whichever is longer.
const BUDGET_ROWS: f64 = 700.0;
/// Most slots of a season's profile; a longer season has several rows in one, so that memory is bounded.
const SLOTS: usize = 2016;
/// Length of a season where none is given, in rows.
const NO_SEASON: usize = 24;

impl Settings {
    /// Length of the first season in rows, at least 1.
    pub(super) fn first_season(&self) -> usize {
        self.seasons.first().copied().unwrap_or(1).max(1)
    }

    /// Length of the last season in rows if it is not the first one.
    pub(super) fn last_season(&self) -> Option<usize> {
        self.seasons.last().copied().filter(|last| *last > self.first_season())
    }

    /// Rows after which an ordinary course of things has been seen once.
    pub(super) fn period(&self) -> f64 {
        let first = self.first_season();
        (if first > 1 { first } else { NO_SEASON }) as f64
    }

    /// Rows of a long memory: some times the longest season.
    pub(super) fn memory(&self) -> f64 {
        (8.0 * self.last_season().map_or(self.period(), |last| last as f64)).max(2000.0)
    }

    /// −log10 of the probability below which a row alerts.
    pub(super) fn bar(&self) -> f64 {
        let days = BUDGET_DAYS * 86_400.0 / self.step_seconds.max(1) as f64;
        (2.0 * days.max(BUDGET_ROWS)).log10()
    }
}

/// How many rows of a season of this length share a slot of its profile.
pub(super) fn slot_rows(season: usize) -> usize {
    season.div_ceil(SLOTS).max(1)
}

/// How many slots the profile of a season of this length has.
pub(super) fn slots(season: usize) -> usize {
    season.div_ceil(slot_rows(season))
}

#[cfg(test)]
mod tests {
    use super::{Settings, slots};

    #[test]
    fn profiles_are_bounded_however_long_a_season_is() {
        assert_eq!([0, 1, 24, 2016, 2017, 10_080].map(slots), [0, 1, 24, 2016, 1009, 2016]);
        assert!(slots(usize::MAX) <= 2016);
    }

    #[test]
    fn seasons_that_are_none_count_for_nothing() {
        let settings = |seasons| Settings { step_seconds: 0, seasons, warm_up: 0, missing_after: None };
        assert_eq!(settings(vec![]).first_season(), 1);
        assert_eq!(settings(vec![0, 0]).first_season(), 1);
        assert_eq!(settings(vec![7, 7]).last_season(), None);
        assert_eq!(settings(vec![24, 168]).last_season(), Some(168));
        assert!(settings(vec![]).bar().is_finite());
    }
}
