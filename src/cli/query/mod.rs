//! `metricwright query`: values of metrics now, straight from their sources.

mod question;
mod show;
mod sources;

use std::process::ExitCode;
use std::sync::Arc;

use metricwright_catalog::{Catalog, Inventory, Unreachable};
use metricwright_query::ask::{Answer, Ask, apart, together};
use metricwright_query::dialect::of_source;
use metricwright_query::{Scan, statement};
use metricwright_service::SourcePool;
use metricwright_service::ask::Sources;

use super::args::QueryArgs;
use super::context::directory;
use super::{CliError, CliResult};
use crate::local::{LocalSecrets, read_manifests};
use question::Asked;
pub use question::metric;
pub use sources::take_types;

/// Computes the values, or shows the queries.
pub async fn run(args: QueryArgs) -> CliResult {
    let dir = directory(&args.dir)?;
    let manifests = read_manifests(&[dir.to_owned()])?;
    let mut inventory: Inventory = manifests.inventory();
    let pool = SourcePool::new(dir.to_owned(), Arc::new(LocalSecrets::of(&manifests)))
        .map_err(|error| CliError(error.to_string()))?;
    for name in &args.metrics {
        // The members of `--top` are compared as what they are, not as text.
        take_types(&mut inventory, &pool, name, args.top.is_some()).await?;
    }
    let catalog = Catalog::new(Arc::new(inventory));
    let sources = Sources { catalog: &catalog, pool: &pool };
    let asked = Asked::read(&args, &catalog)?;
    if args.sql {
        show_sql(&catalog, &asked.ask.scans(&catalog).map_err(|fault| unreachable(&fault))?);
        return Ok(ExitCode::SUCCESS);
    }
    let mut answer = answered(&sources, &asked.ask).await?;
    if let Some(top) = args.top {
        with_top(&sources, &asked.ask, &mut answer, top).await?;
    }
    if let Some(having) = &asked.having {
        asked.ask.keep(&mut answer, having);
    }
    if !args.order.is_empty() {
        asked.ask.order(&mut answer, &args.order).map_err(|error| CliError::because("--order", error))?;
    }
    answer.rows.truncate(args.limit.unwrap_or(usize::MAX));
    show::show(args.output, &asked.ask, &answer);
    Ok(ExitCode::SUCCESS)
}

fn unreachable(fault: &Unreachable) -> CliError {
    CliError(format!("{}: {}; {}", fault.code, fault.reason, fault.remedy))
}

async fn answered(sources: &Sources<'_>, ask: &Ask) -> Result<Answer, CliError> {
    sources.answer(ask).await.map_err(|error| CliError(error.to_string()))
}

/// Keeps the members that are largest over the whole range, and puts the others together: computed from their rows, so that the
/// value is right whatever the metric is.
async fn with_top(sources: &Sources<'_>, ask: &Ask, answer: &mut Answer, top: u32) -> Result<(), CliError> {
    let [dimension] = ask.by.as_slice() else {
        return Err(CliError("--top needs one dimension: give one with --by".to_owned()));
    };
    if let Some(level) = ask.metrics.iter().find(|metric| metric.chooses_snapshots()) {
        let name = &level.id.name;
        return Err(CliError(format!(
            "the members of `{name}` that are not among the first have snapshots of their own, which do not add up to \
             the total; use --order \"{name} desc\" --limit in place of --top"
        )));
    }
    let whole = Ask { grain: None, compare: Vec::new(), share: false, rank: false, ..ask.clone() };
    let members = ask.largest(&answered(sources, &whole).await?, usize::try_from(top).unwrap_or(usize::MAX));
    let rest = together(&ask.metrics).map(|all| sources.catalog.without(&all, dimension, &members, "--top"));
    let rest = rest.transpose().map_err(|findings| question::told(&findings))?;
    let metrics = rest.map(|rest| apart(&rest, &ask.metrics)).unwrap_or_default();
    let others = Ask { by: Vec::new(), rank: false, metrics, ..ask.clone() };
    let mut rest = answered(sources, &others).await?;
    if ask.share {
        rest.share_of(answer);
    }
    ask.with_others(answer, &members, rest);
    Ok(())
}

fn show_sql(catalog: &Catalog, scans: &[Scan]) {
    for scan in scans {
        let Some((_, dialect)) = of_source(catalog.inventory(), &scan.dataset.source) else { continue };
        let text = statement(scan, dialect).sql;
        anstream::println!(
            "-- dataset {} on source {}\n{text};\n",
            scan.dataset.id.name,
            scan.dataset.source.name
        );
    }
}
