//! `kubectl metricwright run`: ask for a run now, and wait for what comes of it.

use std::time::Duration;

use futures::future::join_all;
use futures::{StreamExt, pin_mut};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::Timestamp;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use kube::core::DynamicObject;
use kube::runtime::watcher::watch_object;
use metricwright_api::{ConditionType, Kind, MwDuration, ObjectId, RECONCILE_REQUESTED_AT, conditions};
use serde_json::{Value, json};

use super::args::RunArgs;
use super::connection::{Connection, exit};
use super::errors::{Tried, resource, said};
use crate::cli::explain::conditions_of;
use crate::cli::get::text;
use crate::cli::{CliError, CliResult};

/// Who we are, in the API server's log.
const MANAGER: &str = "kubectl-metricwright";

/// An object that was asked to run.
struct Asked {
    id: ObjectId,
    /// The value of the annotation, which the status echoes once it is acted on.
    request: String,
    /// The object as it was when asked.
    before: DynamicObject,
}

/// What came of it.
struct Outcome {
    fine: bool,
    words: String,
}

/// Asks for runs, and waits.
pub async fn run(connection: &Connection, args: &RunArgs) -> CliResult {
    let timeout: MwDuration =
        args.timeout.parse().map_err(|error: String| CliError::because("--timeout", error))?;
    let timeout = Duration::from_secs(u64::try_from(timeout.approximate_seconds()).unwrap_or_default());
    let mut asked = Vec::new();
    for text in &args.objects {
        asked.push(ask(connection, connection.named(text)?).await?);
    }
    if args.no_wait {
        for Asked { id, .. } in &asked {
            anstream::println!("{id}: a run is asked for");
        }
        return exit(true);
    }
    let bars = &MultiProgress::new();
    let waits = asked.iter().map(|asked| async move {
        let bar = bars.add(spinner(&asked.id));
        let outcome = wait(connection, asked, &bar, timeout).await;
        bar.finish_and_clear();
        outcome
    });
    let mut fine = true;
    for (asked, outcome) in asked.iter().zip(join_all(waits).await) {
        let outcome = outcome?;
        fine &= outcome.fine;
        anstream::println!("{}: {}", asked.id, outcome.words);
    }
    exit(fine)
}

/// Sets the annotation that asks for a run.
async fn ask(connection: &Connection, id: ObjectId) -> Result<Asked, CliError> {
    if id.kind == Kind::Incident {
        return Err(CliError("incidents do not run; name the rule that made it".to_owned()));
    }
    connection.one(&id).await?;
    let request = Timestamp::now().to_string();
    let patch = json!({"metadata": {"annotations": {RECONCILE_REQUESTED_AT: request}}});
    let parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let before = connection
        .api(id.kind, &id.namespace)
        .patch(&id.name, &parameters, &Patch::Merge(&patch))
        .await
        .map_err(|error| {
            said(
                &error,
                Tried { verb: "patch", resource: &resource(id.kind), namespace: Some(&id.namespace) },
            )
        })?;
    Ok(Asked { id, request, before })
}

/// Follows the object until the run has ended or the time is over.
async fn wait(
    connection: &Connection,
    asked: &Asked,
    bar: &ProgressBar,
    timeout: Duration,
) -> Result<Outcome, CliError> {
    let mut last = asked.before.clone();
    let ended = tokio::time::timeout(timeout, follow(connection, asked, bar, &mut last)).await;
    ended.unwrap_or_else(|_| {
        let status = status(&last);
        let why = match text(&status, "/state").as_str() {
            "Failing" => failure(&status),
            "Backfilling" => "it is still computing; ask for its `status` later".to_owned(),
            _ if handled(&last) == Some(asked.request.as_str()) => message(&status),
            _ => "nothing acted on it: is the operator running, and does it watch this namespace?".to_owned(),
        };
        Ok(Outcome { fine: false, words: format!("not done within {} s: {why}", timeout.as_secs()) })
    })
}

async fn follow(
    connection: &Connection,
    asked: &Asked,
    bar: &ProgressBar,
    last: &mut DynamicObject,
) -> Result<Outcome, CliError> {
    let id = &asked.id;
    let seen = watch_object(connection.api(id.kind, &id.namespace), &id.name);
    pin_mut!(seen);
    while let Some(object) = seen.next().await {
        let object = object.map_err(|error| CliError::because(format!("{id} cannot be watched"), error))?;
        let Some(object) = object else {
            return Ok(Outcome { fine: false, words: "it was deleted".to_owned() });
        };
        show(bar, &status(&object));
        let outcome = outcome(asked, &object);
        *last = object;
        if let Some(outcome) = outcome {
            return Ok(outcome);
        }
    }
    Err(CliError(format!("the watch of {id} ended; ask for its `status`")))
}

/// What came of it; none while it goes on.
fn outcome(asked: &Asked, object: &DynamicObject) -> Option<Outcome> {
    let status = status(object);
    let state = text(&status, "/state");
    if handled(object) != Some(asked.request.as_str()) {
        // A failed run is tried again, and not acted on until it succeeds; what failed before counts only when told anew.
        let newer = object.resource_version() != asked.before.resource_version();
        let failed = newer && state == "Failing";
        return failed
            .then(|| Outcome { fine: false, words: format!("the run failed: {}", failure(&status)) });
    }
    if state == "Backfilling" {
        return None;
    }
    let ready = conditions::is_true(&conditions_of(&status), ConditionType::Ready);
    let words = if ready { done(asked, &status) } else { format!("not Ready: {}", message(&status)) };
    Some(Outcome { fine: ready, words })
}

/// What a run did that ended well.
fn done(asked: &Asked, status: &Value) -> String {
    let at = |path: &str| text(status, path);
    if asked.id.kind != Kind::Metric {
        return format!("Ready: {}", message(status));
    }
    format!(
        "{} values, {} new or changed, in {} s; {} in {}",
        at("/lastRun/rows"),
        at("/lastRun/points"),
        at("/lastRun/seconds"),
        at("/latest/0/display/value"),
        at("/latest/0/window/label")
    )
}

fn status(object: &DynamicObject) -> Value {
    object.data.get("status").cloned().unwrap_or_default()
}

fn handled(object: &DynamicObject) -> Option<&str> {
    object.data.pointer("/status/lastHandledReconcileAt")?.as_str()
}

fn message(status: &Value) -> String {
    condition(status, ConditionType::Ready)
}

/// Why a run failed, which `Fresh` says at once and `Ready` only when it fails again and again.
fn failure(status: &Value) -> String {
    condition(status, ConditionType::Fresh)
}

fn condition(status: &Value, condition: ConditionType) -> String {
    let list = conditions_of(status);
    conditions::find(&list, condition).map(|found| found.message.clone()).unwrap_or_default()
}

fn spinner(id: &ObjectId) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(id.to_string());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn show(bar: &ProgressBar, status: &Value) {
    if status.get("backfill").is_some() {
        let (computed, all) = (text(status, "/backfill/done"), text(status, "/backfill/total"));
        bar.set_message(format!("{computed} of {all} windows"));
    }
}
