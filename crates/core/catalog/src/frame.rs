//! Frames: which rows count for a window. Without one these are the rows of the window itself.

use std::fmt;

use metricwright_api::metric::{Align, Period, PeriodAggregation};
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
    /// Which of the windows about that long before is meant.
    pub align: Align,
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

    /// Whether feasts say which earlier window is read.
    pub fn is_by_feast(&self) -> bool {
        self.offsets.iter().any(|offset| offset.align == Align::Calendar)
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
                format!("an input that is read {offset} has no whole window at grain {grain}"),
                format!("give its `offset.by` in {}, or use another grain", offset.whole_lengths(grain)),
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
            Span::AllTime => !grain.is_fiscal(),
            Span::Trailing(by) | Span::Carried(by) => divides(grain, by),
            Span::ToDate(period) => tiles(grain, period.grain()),
        };
        if grain <= Grain::Day || (whole && !by_days) { grain } else { Grain::Day }
    }
}

impl Offset {
    /// Whether it leads from each window of a grain to a whole one.
    pub fn fits(&self, grain: Grain) -> bool {
        match self.align {
            Align::Date | Align::Weekday => {}
            Align::Fiscal => {
                let by_days = matches!(grain, Grain::Hour | Grain::Day);
                return matches!(self.by, MwDuration::Months(_))
                    && (by_days || (grain.is_fiscal() && self.is_whole(grain)));
            }
            Align::Calendar => {
                let years = matches!(self.by, MwDuration::Months(months) if months % 12 == 0);
                return years && matches!(grain, Grain::Hour | Grain::Day);
            }
        }
        self.is_whole(grain)
    }

    /// Whether it is a whole number of windows of a grain.
    fn is_whole(&self, grain: Grain) -> bool {
        match (self.by, grain) {
            (MwDuration::Seconds(seconds), Grain::Hour) => seconds % 3600 == 0,
            (MwDuration::Days(_) | MwDuration::Months(_), Grain::Hour | Grain::Day)
            | (MwDuration::Months(_), Grain::Month | Grain::FiscalMonth) => true,
            (MwDuration::Days(days), Grain::Week) => days % 7 == 0,
            (MwDuration::Seconds(_) | MwDuration::Days(_), _) => false,
            (MwDuration::Months(months), Grain::Quarter | Grain::FiscalQuarter) => months % 3 == 0,
            (MwDuration::Months(months), Grain::Week | Grain::Year | Grain::FiscalYear) => months % 12 == 0,
        }
    }

    fn whole_lengths(&self, grain: Grain) -> &'static str {
        match (self.align, grain) {
            (Align::Calendar, _) | (_, Grain::Year | Grain::FiscalYear) => "years",
            (Align::Fiscal, Grain::Hour | Grain::Day) | (_, Grain::Month | Grain::FiscalMonth) => {
                "months or years"
            }
            (_, Grain::Hour | Grain::Day) => "days or longer",
            (_, Grain::Week) => "weeks or years",
            (_, Grain::Quarter | Grain::FiscalQuarter) => "years, or months by threes",
        }
    }
}

/// Whether a stretch that ends with a window of a grain begins with one. A year is no whole number of weeks, nor a month of
/// everybody's calendar one of fiscal months.
fn divides(grain: Grain, by: MwDuration) -> bool {
    match (by, grain) {
        (MwDuration::Months(_), Grain::Week) => false,
        _ => !grain.is_fiscal() && Offset { by, align: Align::Date }.fits(grain),
    }
}

/// Whether windows of a grain begin wherever those of another do.
fn tiles(grain: Grain, of: Grain) -> bool {
    match grain {
        Grain::Hour | Grain::Day => true,
        Grain::Week => of == Grain::Week,
        _ => of >= grain && of.is_fiscal() == grain.is_fiscal(),
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
        f.write_str(match self.align {
            Align::Date => "",
            Align::Weekday => " by weekday",
            Align::Fiscal => " by the fiscal year",
            Align::Calendar => " by feast",
        })
    }
}
