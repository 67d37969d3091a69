//! Inputs that are read some time before the window asked for.

use std::sync::Arc;

use metricwright_api::Diagnostic;
use metricwright_api::metric::Offset as OffsetSpec;

use super::cumulative::length;
use super::expression::Place;
use crate::frame::Offset;
use crate::resolved::ResolvedMetric;

/// The metric as it was an offset before; the metric as it is where there is none.
pub fn moved(
    place: Place<'_>,
    metric: Arc<ResolvedMetric>,
    offset: Option<&OffsetSpec>,
) -> Result<Arc<ResolvedMetric>, Vec<Diagnostic>> {
    let Some(given) = offset else { return Ok(metric) };
    let path = format!("{}.by", place.path);
    let by = length(Place { path: &path, ..place }, &given.by, "write how far back, such as `1w` or `1y`")?;
    let offset = Offset { by, align: given.align.unwrap_or_default() };
    Ok(Arc::new(metric.earlier(offset)))
}
