//! `metricwright explain`: what a kept value is made of.

mod render;

use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use metricwright_api::{Condition, ConditionType, Grain, Kind, ObjectId, Reference, conditions};
use metricwright_catalog::Catalog;
use metricwright_service::explain::{Explanation, Question, Ready, Refusal, explain};
use metricwright_store::{SqliteStore, Store};
use serde_json::Value;

pub use self::render::{paint, tree};
use super::args::{ExplainArgs, KeptArgs};
use super::context::{as_of, directory, state};
use super::{CliError, CliResult};
use crate::local::read_manifests;

/// Which value is to be explained.
#[derive(Clone, Debug, Args)]
pub struct WhichValue {
    /// The metric: `name`, or `namespace/name`
    #[arg(value_name = "METRIC")]
    pub metric: String,
    /// A moment in the window, such as 2025-11-20 or 2025-W47 [default: the latest complete window]
    #[arg(long, value_name = "TIME")]
    pub window: Option<String>,
    /// Grain: Hour, Day, Week, Month, Quarter or Year [default: the metric's first]
    #[arg(long)]
    pub grain: Option<Grain>,
    /// The slice, such as store=S01,channel=online [default: the total]
    #[arg(long, value_name = "DIM=MEMBER,…")]
    pub slice: Vec<String>,
}

impl WhichValue {
    /// The question that is meant.
    ///
    /// # Errors
    /// The slice cannot be read.
    pub fn question(&self) -> Result<Question, CliError> {
        Ok(Question { window: self.window.clone(), grain: self.grain, slice: members(&self.slice)? })
    }
}

/// How `explain` shows a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExplainOutput {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
    /// The same as YAML.
    Yaml,
}

/// Explains a value that the store of a directory keeps.
pub async fn run(args: ExplainArgs) -> CliResult {
    let kept = Kept::open(&args.kept)?;
    let statuses = kept.statuses().await?;
    let readiness = |id: &ObjectId| kept.readiness(&statuses, id);
    let id = kept.metric(&args.which.metric);
    let question = args.which.question()?;
    let answer = explain(&kept.catalog, &kept.store, &id, &question, &readiness, kept.now).await;
    show(&answer.map_err(refused)?, args.output)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes an answer to standard output.
///
/// # Errors
/// It cannot be written as YAML.
pub fn show(explanation: &Explanation, output: ExplainOutput) -> Result<(), CliError> {
    match output {
        ExplainOutput::Text => anstream::println!("{}", render::text(explanation)),
        ExplainOutput::Json => {
            anstream::println!("{}", serde_json::to_string_pretty(explanation).unwrap_or_default());
        }
        ExplainOutput::Yaml => {
            let text = serde_yaml::to_string(explanation).map_err(|error| CliError(error.to_string()))?;
            anstream::print!("{text}");
        }
    }
    Ok(())
}

/// A refusal as an error of a command.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` wants")]
pub fn refused(refusal: Refusal) -> CliError {
    CliError(refusal.to_string())
}

/// The members of `DIM=MEMBER,…`. What has no `=` belongs to the member before it, which held a comma.
///
/// # Errors
/// The text begins with no `DIM=`.
pub fn members(texts: &[String]) -> Result<BTreeMap<String, String>, CliError> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for text in texts {
        for (place, part) in text.split(',').enumerate() {
            match (part.split_once('='), pairs.last_mut()) {
                (Some((name, member)), _) => pairs.push((name.trim().to_owned(), member.to_owned())),
                (None, Some((_, member))) if place > 0 => *member += &format!(",{part}"),
                (None, _) => {
                    return Err(CliError(format!(
                        "--slice: `{part}` names no member; write dimension=member, such as store=S01"
                    )));
                }
            }
        }
    }
    Ok(pairs.into_iter().collect())
}

/// A directory with what its store keeps, for those who only read.
pub struct Kept {
    /// The definitions.
    pub catalog: Catalog,
    /// The store.
    pub store: SqliteStore,
    /// The time that counts as now.
    pub now: Timestamp,
}

impl Kept {
    /// Reads the manifests and opens the store.
    ///
    /// # Errors
    /// There is no such directory, or no store in it yet.
    pub fn open(args: &KeptArgs) -> Result<Self, CliError> {
        let dir = directory(&args.dir)?;
        let manifests = read_manifests(&[dir.to_owned()])?;
        let store = SqliteStore::open_read_only(&state(dir, args.state.as_ref()))
            .map_err(|error| CliError(error.to_string()))?;
        let now = as_of(args.as_of.as_deref())?.unwrap_or_else(Timestamp::now);
        Ok(Self { catalog: Catalog::new(Arc::new(manifests.inventory())), store, now })
    }

    /// The metric that a name means: one that only one namespace has needs no namespace.
    pub fn metric(&self, text: &str) -> ObjectId {
        let reference = Reference::from(text);
        let (namespace, name) = reference.resolve("default");
        let named = |id: &&ObjectId| id.name == name;
        let metrics = self.catalog.inventory().of_kind(Kind::Metric).map(|object| &object.id);
        let alone: Vec<&ObjectId> = metrics.filter(named).collect();
        match alone.as_slice() {
            [one] if !text.contains('/') => (*one).clone(),
            _ => ObjectId::new(Kind::Metric, namespace, name),
        }
    }

    async fn statuses(&self) -> Result<HashMap<ObjectId, String>, CliError> {
        let mut all = HashMap::new();
        for kind in [Kind::DataSource, Kind::Dataset, Kind::Metric] {
            all.extend(self.store.statuses(kind).await.map_err(|error| CliError(error.to_string()))?);
        }
        Ok(all)
    }

    fn readiness(&self, statuses: &HashMap<ObjectId, String>, id: &ObjectId) -> (Ready, String) {
        if self.catalog.inventory().get(id).is_none() {
            return Ready::missing();
        }
        let status: Value =
            statuses.get(id).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        Ready::of(conditions::find(&conditions_of(&status), ConditionType::Ready))
    }
}

/// The conditions of a status.
pub fn conditions_of(status: &Value) -> Vec<Condition> {
    status.get("conditions").and_then(|list| serde_json::from_value(list.clone()).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_may_hold_commas() {
        let read = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            members(&texts).map(|members| members.into_iter().collect::<Vec<_>>())
        };
        let pair = |name: &str, member: &str| (name.to_owned(), member.to_owned());
        assert_eq!(
            read(&["store=S01,channel=online"]).unwrap(),
            [pair("channel", "online"), pair("store", "S01")]
        );
        assert_eq!(
            read(&["city=Paris, Texas", "store=a"]).unwrap(),
            [pair("city", "Paris, Texas"), pair("store", "a")]
        );
        assert_eq!(read(&[]).unwrap(), []);
        assert!(read(&["S01"]).is_err());
        assert!(read(&["store=S01", "S02"]).is_err());
    }
}
