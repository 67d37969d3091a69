//! Frames: which rows count for a window. Without one these are the rows of the window itself.

use std::fmt;

use metricwright_api::metric::{Period, PeriodAggregation};
use metricwright_api::{Code, Grain, MwDuration};

use crate::resolve::unreachable::Unreachable;

/// Which rows count for a window: the window is moved back by each offset, the outermost first, and the span is taken at
/// its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Frame {
    /// How long before the window.
    pub offsets: Vec<Offset>,
    /// How much counts.
    pub span: Span,
    /// What becomes of the days of a longer window, where the span is not the window itself.
    pub period: PeriodAggregation,
}

/// How long before a window an input is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Offset {
    /// How long.
    pub by: MwDuration,
    /// Whether the nearest day of the same weekday is meant, and not the same date.
    pub same_weekday: bool,
}

/// How much counts for a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Span {
    /// The window.
    #[default]
    Window,
    /// The stretch of this length that ends with the window.
    Trailing(MwDuration),
    /// From the beginning of the period that the end of the window lies in.
    ToDate(Period),
    /// Everything until the end of the window.
    AllTime,
    /// The window and this much before it.
    Carried(MwDuration),
}

impl Frame {
    /// Whether the rows of the window itself count, and no others.
    pub fn is_window(&self) -> bool {
        self.offsets.is_empty() && self.span == Span::Window
    }

    /// The same, read an offset earlier.
    #[must_use]
    pub fn moved(&self, by: Offset) -> Self {
        let offsets = std::iter::once(by).chain(self.offsets.iter().copied()).collect();
        Self { offsets, ..self.clone() }
    }

    /// Why it has no whole windows of a grain; none where it has.
    pub fn misfit(&self, grain: Grain) -> Option<Unreachable> {
        if let Some(offset) = self.offsets.iter().find(|offset| !offset.fits(grain)) {
            return Some(Unreachable::new(
                Code::GrainMismatch,
                format!("an input that is read {} earlier has no whole window at grain {grain}", offset.by),
                format!("give its `offset.by` in {}, or use another grain", whole_lengths(grain)),
            ));
        }
        match self.span {
            Span::Trailing(MwDuration::Seconds(_)) | Span::Carried(MwDuration::Seconds(_))
                if grain != Grain::Hour =>
            {
                Some(Unreachable::new(
                    Code::GrainMismatch,
                    format!("a stretch in hours is no whole number of windows at grain {grain}"),
                    "give `cumulative.window` or `nonAdditive.carry` in days or longer, or use the grain Hour",
                ))
            }
            _ => None,
        }
    }

    /// The grain of the buckets that its rows are aggregated by first.
    pub fn bucket(&self, grain: Grain) -> Grain {
        let by_days = self.period != PeriodAggregation::Last && grain > Grain::Day;
        let whole = match self.span {
            Span::Window => return grain,
            Span::AllTime => true,
            Span::Trailing(by) | Span::Carried(by) => divides(grain, by),
            Span::ToDate(period) => tiles(grain, period.grain()),
        };
        if grain <= Grain::Day || (whole && !by_days) { grain } else { Grain::Day }
    }
}

impl Offset {
    /// Whether it leads from each window of a grain to a whole one.
    pub fn fits(&self, grain: Grain) -> bool {
        match (self.by, grain) {
            (MwDuration::Seconds(seconds), Grain::Hour) => seconds % 3600 == 0,
            (MwDuration::Days(_) | MwDuration::Months(_), Grain::Hour | Grain::Day)
            | (MwDuration::Months(_), Grain::Month) => true,
            (MwDuration::Seconds(_), _)
            | (MwDuration::Days(_), Grain::Month | Grain::Quarter | Grain::Year) => false,
            (MwDuration::Days(days), Grain::Week) => days % 7 == 0,
            (MwDuration::Months(months), Grain::Quarter) => months % 3 == 0,
            (MwDuration::Months(months), Grain::Week | Grain::Year) => months % 12 == 0,
        }
    }
}

fn whole_lengths(grain: Grain) -> &'static str {
    match grain {
        Grain::Hour | Grain::Day => "days or longer",
        Grain::Week => "weeks or years",
        Grain::Month => "months or years",
        Grain::Quarter => "years, or months by threes",
        Grain::Year => "years",
    }
}

/// Whether a stretch that ends with a window of a grain begins with one. A year is no whole number of weeks.
fn divides(grain: Grain, by: MwDuration) -> bool {
    match (by, grain) {
        (MwDuration::Months(_), Grain::Week) => false,
        _ => Offset { by, same_weekday: false }.fits(grain),
    }
}

/// Whether windows of a grain begin wherever those of another do.
fn tiles(grain: Grain, of: Grain) -> bool {
    match grain {
        Grain::Hour | Grain::Day => true,
        Grain::Week => of == Grain::Week,
        Grain::Month | Grain::Quarter | Grain::Year => of >= grain,
    }
}

impl fmt::Display for Frame {
    /// ` over 7d by the average day, 1y back by weekday`; empty for the window itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.span {
            Span::Window => {}
            Span::Trailing(by) => write!(f, " over {by}")?,
            Span::ToDate(period) => write!(f, " {period:?} to date")?,
            Span::AllTime => f.write_str(" of all time")?,
            Span::Carried(by) => write!(f, " carried for {by}")?,
        }
        match self.period {
            PeriodAggregation::Last => {}
            PeriodAggregation::First => f.write_str(" on the first day")?,
            PeriodAggregation::Average => f.write_str(" on the average day")?,
        }
        self.offsets.iter().try_for_each(|offset| write!(f, " {offset}"))
    }
}

impl fmt::Display for Offset {
    /// `1y back`, `1y back by weekday`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} back", self.by)?;
        if self.same_weekday { f.write_str(" by weekday") } else { Ok(()) }
    }
}
