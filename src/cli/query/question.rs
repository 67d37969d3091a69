//! From the command line to a question.

use std::sync::Arc;

use jiff::Timestamp;
use metricwright_api::{Diagnostic, Kind, ObjectId, Reference};
use metricwright_catalog::Catalog;
use metricwright_catalog::moment::parse_moment;
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_formula::suggest;
use metricwright_query::ask::{Ask, Having, apart, together};
use metricwright_query::format::is_fraction;

use super::super::CliError;
use super::super::args::QueryArgs;
use super::super::context::as_of;

/// A question, and the rows that are wanted of its answer.
pub struct Asked {
    pub ask: Ask,
    pub having: Option<Having>,
}

impl Asked {
    /// Reads the command line.
    pub fn read(args: &QueryArgs, catalog: &Catalog) -> Result<Self, CliError> {
        let mut metrics = Vec::new();
        for name in &args.metrics {
            metrics.push(metric(name, catalog)?);
        }
        let metrics = filtered(args, catalog, metrics)?;
        let Some(first) = metrics.first() else { return Err(CliError("name a metric".to_owned())) };
        let zone = first.schedule.chronology.clone();
        if let Some(other) = metrics.iter().find(|metric| metric.schedule.chronology != zone) {
            let reason = format!("`{}` and `{}` divide time differently", first.id.name, other.id.name);
            return Err(CliError(format!(
                "{reason} ({zone} and {}); ask for them one by one",
                other.schedule.chronology
            )));
        }
        let now = as_of(args.as_of.as_deref())?.unwrap_or_else(Timestamp::now);
        let moment = |name: &str, text: &str| {
            parse_moment(text, &zone, now).map_err(|error| CliError::because(name, error))
        };
        let from = moment("--from", &args.from)?;
        let to = args.to.as_deref().map_or(Ok(now), |text| moment("--to", text))?;
        if let Some(share) = metrics.iter().find(|metric| args.share && is_fraction(metric)) {
            let name = &share.id.name;
            return Err(CliError(format!(
                "`{name}` is a share itself, and shares of it say nothing; take --share out"
            )));
        }
        if from >= to {
            return Err(CliError("--from is not before --to; swap them".to_owned()));
        }
        let ask = Ask {
            metrics,
            by: args.by.clone(),
            grain: args.grain.0,
            from,
            to,
            as_of: now,
            compare: args.compare.clone(),
            share: args.share,
            rank: args.rank,
        };
        let having = args.having.as_deref().map(|text| ask.having(text));
        let having = having.transpose().map_err(|error| CliError::because("--having", error))?;
        Ok(Self { ask, having })
    }
}

/// The metrics with only the rows that meet the condition. Over several datasets it names dimensions that all share.
fn filtered(
    args: &QueryArgs,
    catalog: &Catalog,
    metrics: Vec<Arc<ResolvedMetric>>,
) -> Result<Vec<Arc<ResolvedMetric>>, CliError> {
    let (Some(condition), Some(all)) = (&args.r#where, together(&metrics)) else { return Ok(metrics) };
    let narrowed = catalog.filtered(&Arc::new(all), condition, "--where");
    let narrowed = narrowed.map_err(|findings| told(&findings))?;
    Ok(apart(&narrowed, &metrics))
}

/// Findings as one error.
pub fn told(findings: &[Diagnostic]) -> CliError {
    let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
    CliError(told.join("\n"))
}

/// The metric of that name.
pub fn metric(name: &str, catalog: &Catalog) -> Result<Arc<ResolvedMetric>, CliError> {
    let reference = Reference::from(name);
    let (namespace, name) = reference.resolve("default");
    let metrics = || catalog.inventory().of_kind(Kind::Metric);
    let id = ObjectId::new(Kind::Metric, namespace, name);
    // A name that only one namespace has needs no namespace.
    let alone: Vec<_> =
        metrics().filter(|object| object.id.name == name).map(|object| object.id.clone()).collect();
    let id = match alone.as_slice() {
        [one] if !reference.0.contains('/') => one.clone(),
        _ => id,
    };
    if catalog.inventory().get(&id).is_none() {
        let names: Vec<&str> = metrics().map(|object| object.id.name.as_str()).collect();
        let hint =
            suggest(name, &names).map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
        return Err(CliError(format!("there is no metric `{name}`{hint}")));
    }
    catalog.metric(&id).map_err(|findings| {
        let first = findings.first().map(ToString::to_string).unwrap_or_default();
        CliError(format!("the metric has faults: {first}; run `metricwright check`"))
    })
}
