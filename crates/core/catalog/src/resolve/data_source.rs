//! Findings on data sources.

use metricwright_api::{Code, Diagnostic};

use crate::inventory::{Object, Spec};

/// What the definition alone tells.
pub fn findings(object: &Object) -> Vec<Diagnostic> {
    let Spec::DataSource(spec) = &object.spec else { return Vec::new() };
    let given = [spec.files.is_some(), spec.sqlite.is_some()].into_iter().filter(|given| *given).count();
    if given == 1 {
        return Vec::new();
    }
    let reason = format!("{given} kinds of source are given");
    let remedy = "give exactly one of `files`, `sqlite`";
    vec![Diagnostic::error(Code::SchemaRule, &object.id, "spec", reason, remedy)]
}
