//! Manifests in, findings with places out.

mod faults;
mod places;
mod reading;
mod robust;

use super::{Loaded, SourceFile, load};

/// The files `a.yaml`, `b.yaml`, … with these texts.
fn files(texts: &[&str]) -> Vec<SourceFile> {
    let file = |(letter, text): (char, &&str)| SourceFile {
        path: format!("{letter}.yaml"),
        text: (*text).to_owned(),
    };
    ('a'..).zip(texts).map(file).collect()
}

fn loaded(text: &str) -> Loaded {
    load(&files(&[text]))
}

/// Findings as `CODE line:column-end reason; remedy`.
fn said(text: &str) -> Vec<String> {
    let line = |finding: &super::Finding| {
        let diagnostic = &finding.diagnostic;
        format!(
            "{} {}:{}-{} {}; {}",
            diagnostic.code,
            finding.line,
            finding.column,
            finding.end_column,
            diagnostic.reason,
            diagnostic.remedy
        )
    };
    loaded(text).findings.iter().map(line).collect()
}

/// A metric of the short form with these lines below `spec:`.
fn metric(spec: &str) -> String {
    format!("apiVersion: metricwright.dev/v1alpha1\nkind: Metric\nmetadata:\n  name: m\nspec:\n{spec}")
}

/// A dataset with these lines below `spec:`.
fn dataset(spec: &str) -> String {
    format!("apiVersion: metricwright.dev/v1alpha1\nkind: Dataset\nmetadata:\n  name: d\nspec:\n{spec}")
}
