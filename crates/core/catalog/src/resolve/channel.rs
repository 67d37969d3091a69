//! Findings on channels.

use metricwright_api::{Code, Diagnostic};

use crate::inventory::{Object, Spec};

/// What the definition alone tells.
pub fn findings(object: &Object) -> Vec<Diagnostic> {
    let Spec::Channel(spec) = &object.spec else { return Vec::new() };
    if spec.webhook.url.is_some() != spec.webhook.url_secret_ref.is_some() {
        return Vec::new();
    }
    let remedy = "give exactly one of `url`, `urlSecretRef`";
    let reason = "both or neither of `url` and `urlSecretRef` are given";
    vec![Diagnostic::error(Code::SchemaRule, &object.id, "spec.webhook", reason, remedy)]
}
