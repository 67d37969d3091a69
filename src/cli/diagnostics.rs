//! Findings drawn for people, and written for programs.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::Level;
use metricwright_catalog::manifest::{Finding, Lines, SourceFile};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode,
};
use serde_json::{Value, json};

/// Findings drawn like a good compiler's: the place, the line, what is wrong with it, and what to do.
pub fn render_findings(findings: &[Finding], files: &[SourceFile], color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(120);
    let sources: BTreeMap<&str, Source> =
        files.iter().map(|file| (file.path.as_str(), Source::of(file))).collect();
    let draw = |finding: &Finding| {
        let mut text = String::new();
        let drawn = sources.get(finding.file.as_str()).map(|source| Drawn::of(finding, source));
        let done = drawn.is_some_and(|drawn| handler.render_report(&mut text, &drawn).is_ok());
        if done { text.trim_matches('\n').to_owned() } else { plain(finding) }
    };
    findings.iter().map(draw).collect::<Vec<_>>().join("\n\n")
}

/// A finding in one line.
fn plain(finding: &Finding) -> String {
    format!("{}:{}:{}: {}", finding.file, finding.line, finding.column, finding.diagnostic)
}

/// Findings with stable fields.
pub fn findings_json(findings: &[Finding]) -> Value {
    let one = |finding: &Finding| {
        let diagnostic = &finding.diagnostic;
        json!({
            "code": diagnostic.code.as_str(),
            "level": match diagnostic.level { Level::Error => "error", Level::Warning => "warning" },
            "file": finding.file,
            "line": finding.line,
            "column": finding.column,
            "endColumn": finding.end_column,
            "object": diagnostic.object.as_ref().map(|id| json!({
                "kind": id.kind.as_str(), "namespace": id.namespace, "name": id.name,
            })),
            "path": diagnostic.path,
            "reason": diagnostic.reason,
            "remedy": diagnostic.remedy,
        })
    };
    findings.iter().map(one).collect()
}

/// A file to quote from.
struct Source {
    text: Arc<String>,
    lines: Lines,
}

impl Source {
    fn of(file: &SourceFile) -> Self {
        Self { text: Arc::new(file.text.clone()), lines: Lines::of(&file.text) }
    }
}

/// A finding in the form that the drawing library takes.
struct Drawn {
    title: String,
    code: &'static str,
    level: Level,
    help: String,
    source: NamedSource<Arc<String>>,
    label: LabeledSpan,
}

impl Drawn {
    fn of(finding: &Finding, source: &Source) -> Self {
        let byte = |column| source.lines.byte(&source.text, finding.line, column);
        let (start, end) = (byte(finding.column), byte(finding.end_column));
        let object = finding.diagnostic.object.as_ref();
        let title = match object {
            Some(id) => format!("{} `{}`: {}", id.kind, id.name, finding.diagnostic.reason),
            None => finding.diagnostic.reason.clone(),
        };
        let here = (!finding.diagnostic.path.is_empty()).then(|| finding.diagnostic.path.clone());
        Self {
            title,
            code: finding.diagnostic.code.as_str(),
            level: finding.diagnostic.level,
            help: finding.diagnostic.remedy.clone(),
            source: NamedSource::new(&finding.file, source.text.clone()),
            label: LabeledSpan::new(here, start, end.saturating_sub(start)),
        }
    }
}

impl std::fmt::Debug for Drawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::fmt::Display for Drawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Drawn {}

impl Diagnostic for Drawn {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        (!self.help.is_empty()).then(|| Box::new(&self.help) as Box<dyn std::fmt::Display + 'a>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label.clone())))
    }
}

#[cfg(test)]
mod tests {
    use metricwright_catalog::manifest::load;

    use super::*;

    fn drawn(text: &str) -> String {
        let files = [SourceFile { path: "m.yaml".into(), text: text.into() }];
        render_findings(&load(&files).findings, &files, false)
    }

    #[test]
    fn a_fault_is_drawn_with_its_line_under_wide_characters_too() {
        let text = "apiVersion: metricwright.dev/v1alpha1\nkind: Metric\nmetadata: {name: 毛利}\nspec: {dataset: d, formula: sum(x)}\n";
        let expected = [
            "INVALID_NAME",
            "",
            "  × Metric `毛利`: `毛利` cannot be the name of a metric",
            "   ╭─[m.yaml:3:18]",
            " 2 │ kind: Metric",
            " 3 │ metadata: {name: 毛利}",
            "   ·                  ──┬─",
            "   ·                    ╰── metadata.name",
            " 4 │ spec: {dataset: d, formula: sum(x)}",
            "   ╰────",
            "  help: use 1 to 63 of a-z, 0-9 and `-`, beginning with a letter and not ending with `-`",
        ];
        assert_eq!(drawn(text), expected.join("\n"));
    }

    #[test]
    fn faults_stand_apart() {
        let text = "apiVersion: metricwright.dev/v1alpha1\nkind: Metric\nmetadata: {name: m}\nspec: {datset: d, formula: 1}\n---\na: b: c\n";
        let expected = [
            "UNKNOWN_FIELD",
            "",
            "  × Metric `m`: there is no field `datset`",
            "   ╭─[m.yaml:4:8]",
            " 3 │ metadata: {name: m}",
            " 4 │ spec: {datset: d, formula: 1}",
            "   ·        ───┬──",
            "   ·           ╰── spec.datset",
            " 5 │ ---",
            "   ╰────",
            "  help: did you mean `dataset`?",
            "",
            "INVALID_VALUE",
            "",
            "  × Metric `m`: a number is given where a text is wanted",
            "   ╭─[m.yaml:4:28]",
            " 3 │ metadata: {name: m}",
            " 4 │ spec: {datset: d, formula: 1}",
            "   ·                            ┬",
            "   ·                            ╰── spec.formula",
            " 5 │ ---",
            "   ╰────",
            "  help: put it in quotes",
            "",
            "YAML_SYNTAX",
            "",
            "  × mapping values are not allowed in this context",
            "   ╭─[m.yaml:6:5]",
            " 5 │ ---",
            " 6 │ a: b: c",
            "   ·     ─",
            "   ╰────",
            "  help: put a text that holds `: ` in quotes, or indent the line like its neighbours",
        ];
        assert_eq!(drawn(text), expected.join("\n"));
    }

    #[test]
    fn colour_is_only_where_it_is_asked_for() {
        let files = [SourceFile { path: "m.yaml".into(), text: "a: b: c\n".into() }];
        let findings = load(&files).findings;
        assert!(render_findings(&findings, &files, true).contains('\u{1b}'));
        assert!(!render_findings(&findings, &files, false).contains('\u{1b}'));
        assert!(render_findings(&findings, &[], false).starts_with("m.yaml:1:5: YAML_SYNTAX: "));
    }

    #[test]
    fn json_has_stable_fields() {
        let text = "apiVersion: metricwright.dev/v1alpha1\nkind: Dataset\nmetadata: {name: d, namespace: shop}\nspec: {source: s, table: 1}\n---\nmore: things\n";
        let files = [SourceFile { path: "m.yaml".into(), text: text.into() }];
        let expected = json!([
            {
                "code": "INVALID_VALUE", "level": "error", "file": "m.yaml", "line": 4, "column": 26, "endColumn": 27,
                "object": {"kind": "Dataset", "namespace": "shop", "name": "d"}, "path": "spec.table",
                "reason": "a number is given where a text is wanted", "remedy": "put it in quotes",
            },
            {
                "code": "UNKNOWN_KIND", "level": "warning", "file": "m.yaml", "line": 6, "column": 1, "endColumn": 2,
                "object": null, "path": "", "reason": "the document has no `apiVersion`, `kind`",
                "remedy": "it is passed over; keep it apart from manifests",
            },
        ]);
        assert_eq!(findings_json(&load(&files).findings), expected);
    }
}
