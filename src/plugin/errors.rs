//! What the API server refuses, in words that say what to do.

use metricwright_api::{GROUP, Kind, ObjectId};
use metricwright_formula::suggest;

use crate::cli::CliError;

/// What was tried: a verb on a resource, in a namespace or in all.
#[derive(Clone, Copy, Debug)]
pub struct Tried<'a> {
    /// The verb, such as `list`.
    pub verb: &'a str,
    /// The resource with its group, such as `metrics.metricwright.dev`.
    pub resource: &'a str,
    /// The namespace; none for the whole cluster.
    pub namespace: Option<&'a str>,
}

/// A kind as rights name it.
pub fn resource(kind: Kind) -> String {
    format!("{}.{GROUP}", kind.plural())
}

/// An answer of the API server as an error of a command.
pub fn said(error: &kube::Error, tried: Tried<'_>) -> CliError {
    let Tried { verb, resource, namespace } = tried;
    let place =
        namespace.map_or_else(|| "in all namespaces".to_owned(), |name| format!("in namespace `{name}`"));
    let text = match error {
        kube::Error::Api(answer) if answer.is_forbidden() => {
            let narrow = if namespace.is_none() { ", or name one namespace with `-n`" } else { "" };
            format!(
                "you may not `{verb} {resource}` {place}: ask for the ClusterRole `{}` there{narrow}",
                if matches!(verb, "get" | "list" | "watch") { "view" } else { "edit" }
            )
        }
        kube::Error::Api(answer) if answer.code == 401 => {
            "the API server does not know you: log in again, or name another `--context`".to_owned()
        }
        kube::Error::Api(answer) if answer.is_not_found() => format!(
            "the cluster knows no `{resource}`: install the kinds with `metricwright crds | kubectl apply --server-side -f -`"
        ),
        kube::Error::Api(answer) => {
            format!("the API server refused to {verb} `{resource}` {place}: {}", answer.message)
        }
        other => format!(
            "the API server cannot be asked: {}; see that `--context` is the right one and that `kubectl version` answers",
            causes(other)
        ),
    };
    CliError(text)
}

/// There is no such object.
pub fn no_object(id: &ObjectId, known: &[String]) -> CliError {
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let hint = match suggest(&id.name, &names) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("`kubectl metricwright get {} -A` shows those there are", id.kind.plural()),
    };
    CliError(format!("there is no {} `{}` in namespace `{}`: {hint}", id.kind, id.name, id.namespace))
}

/// An error with what caused it, each once.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text += &format!(": {more}");
        }
        cause = inner.source();
    }
    text
}
