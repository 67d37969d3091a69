//! Findings on data sources.

use metricwright_api::{Code, Diagnostic};

use crate::inventory::{Object, Spec};

/// What the definition alone tells.
pub fn findings(object: &Object) -> Vec<Diagnostic> {
    let Spec::DataSource(spec) = &object.spec else { return Vec::new() };
    let fault = |path: &str, reason: &str, remedy: &str| {
        vec![Diagnostic::error(Code::SchemaRule, &object.id, path, reason, remedy)]
    };
    if spec.kind().is_none() {
        let reason = "no kind of source is given, or several are";
        return fault("spec", reason, "give exactly one of `files`, `sqlite`, `postgres`, `mysql`");
    }
    for (path, server) in [("spec.postgres", &spec.postgres), ("spec.mysql", &spec.mysql)] {
        if server.as_ref().is_some_and(|it| it.url_secret_ref.is_some() == it.server.is_some()) {
            let reason = "it is not said where the server is, or twice";
            return fault(path, reason, "give exactly one of `urlSecretRef`, `server`");
        }
    }
    Vec::new()
}
