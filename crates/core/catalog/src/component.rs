//! Components: one aggregate of one dataset each, with the rows that count.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use metricwright_api::metric::Keep;
use metricwright_api::{Code, Grain, MwDuration};
use metricwright_formula::{Aggregate, Expr, ExprKind, canonical};

use crate::calendar::Chronology;
use crate::frame::Frame;
use crate::resolve::hash::component_key;
use crate::resolve::unreachable::Unreachable;
use crate::resolved::{Dimension, ResolvedDataset};

/// One aggregate of one dataset: what a scan computes and the store keeps.
#[derive(Clone, Debug)]
pub struct Component {
    /// The dataset it aggregates.
    pub dataset: Arc<ResolvedDataset>,
    /// The aggregate, over own columns and `entity.dimension` paths.
    pub aggregate: Aggregate,
    /// How to reach each `entity.dimension` (or bare own dimension that is no column) that the aggregate
    /// names, keyed as written.
    pub references: BTreeMap<String, Dimension>,
    /// What counts of rows that do not add up.
    pub snapshot: Option<Snapshot>,
    /// The events that may follow each row; how many do is the column [`CONVERTED`] of the aggregate.
    pub conversion: Option<Arc<Conversion>>,
    /// Which rows count for a window.
    pub frame: Frame,
    /// How time is divided into windows.
    pub chronology: Arc<Chronology>,
    /// Canonical text of dataset, aggregate and what counts of it; equal keys are one column of a scan.
    pub scan_key: String,
    /// The same with the frame; equal keys mean equal numbers.
    pub key: String,
}

impl Component {
    /// Puts a component together.
    pub fn new(
        dataset: Arc<ResolvedDataset>,
        aggregate: Aggregate,
        references: BTreeMap<String, Dimension>,
    ) -> Self {
        let component = Self {
            chronology: dataset.chronology.clone(),
            dataset,
            aggregate,
            references,
            snapshot: None,
            conversion: None,
            frame: Frame::default(),
            scan_key: String::new(),
            key: String::new(),
        };
        component.with(|_| {})
    }

    /// The same with a change.
    #[must_use]
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed.scan_key = component_key(&changed);
        changed.key = format!("{}{} in {}", changed.scan_key, changed.frame, changed.chronology);
        if let Some(feasts) = changed.chronology.feasts.as_ref().filter(|_| changed.frame.is_by_feast()) {
            changed.key += &format!(", feasts {}", feasts.hash());
        }
        changed
    }

    /// What it is, for people: the aggregate in its normal form, and which rows count.
    pub fn words(&self) -> String {
        let aggregate = canonical(&Expr::new(ExprKind::Aggregate(Box::new(self.aggregate.clone()))));
        let snapshot = self.snapshot.as_ref().map(|snapshot| format!(" of {snapshot}")).unwrap_or_default();
        let window = self.conversion.as_ref().map(|conversion| format!(" within {}", conversion.window));
        format!("{aggregate}{snapshot}{}{}", window.unwrap_or_default(), self.frame)
    }

    /// Why it has no whole windows of a grain; none where it has.
    pub fn misfit(&self, grain: Grain) -> Option<Unreachable> {
        if grain.is_fiscal() && self.chronology.fiscal_year.is_none() {
            return Some(Unreachable::new(
                Code::GrainMismatch,
                format!("there is no {grain} without a calendar that says where fiscal years begin"),
                "name a Calendar with `fiscalYear` in `calendar` of the metric or of its dataset",
            ));
        }
        self.frame.misfit(grain)
    }

    /// Whether the rows of each window are aggregated as they are.
    pub fn is_plain(&self) -> bool {
        self.frame.is_window() && self.snapshot.is_none() && self.conversion.is_none()
    }

    /// The datasets whose rows it aggregates or follows; joined ones are not among them.
    pub fn datasets(&self) -> impl Iterator<Item = &Arc<ResolvedDataset>> {
        std::iter::once(&self.dataset)
            .chain(self.conversion.as_deref().map(|conversion| &conversion.conversion.dataset))
    }

    /// The ways to everything that it names beside the columns of its dataset.
    pub fn ways(&self) -> impl Iterator<Item = &Dimension> {
        let sides = self.conversion.as_deref().into_iter().flat_map(Conversion::sides);
        self.references.values().chain(sides.flat_map(|side| side.references.values().chain(&side.keys)))
    }
}

/// Name of the column with the number of conversions that belong to a row.
pub const CONVERTED: &str = "mw_converted";

/// What counts of the rows of a level, such as a stock, that does not add up over time or a dimension.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Which snapshots count.
    pub keep: Keep,
    /// What tells snapshots apart; none: the moment of the row.
    pub over: Option<Expr>,
    /// What has snapshots of its own.
    pub by: Vec<Expr>,
}

impl Snapshot {
    /// Whether one snapshot is chosen, so that the others' rows do not count.
    pub fn is_chosen(&self) -> bool {
        matches!(self.keep, Keep::First | Keep::Last)
    }
}

impl fmt::Display for Snapshot {
    /// `the Last time by store`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let over = self.over.as_ref().map_or_else(|| "time".to_owned(), canonical);
        write!(f, "the {:?} {over}", self.keep)?;
        let by: Vec<String> = self.by.iter().map(canonical).collect();
        if by.is_empty() { Ok(()) } else { write!(f, " by {}", by.join(", ")) }
    }
}

/// Events that are followed by others.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// The events at the beginning.
    pub base: Events,
    /// Those that may follow.
    pub conversion: Events,
    /// How long after a base event a conversion still belongs to it.
    pub window: MwDuration,
    /// What decides between base events of the same second; nothing where the dataset has no key.
    pub tie: Vec<Expr>,
}

impl Conversion {
    /// Both kinds of events.
    pub fn sides(&self) -> [&Events; 2] {
        [&self.base, &self.conversion]
    }
}

/// Events: rows of a dataset.
#[derive(Clone, Debug)]
pub struct Events {
    /// The dataset.
    pub dataset: Arc<ResolvedDataset>,
    /// Which rows are events; none: all.
    pub filter: Option<Expr>,
    /// How to reach what the filter names.
    pub references: BTreeMap<String, Dimension>,
    /// What base events and conversions have in common: the entity, and further dimensions in the order of the other side.
    pub keys: Vec<Dimension>,
}
