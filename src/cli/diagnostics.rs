//! Findings drawn for people, and written for programs.

use std::collections::BTreeMap;

use metricwright_api::Level;
use metricwright_catalog::manifest::{Finding, SourceFile};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode,
};
use serde_json::{Value, json};

/// Findings drawn like a good compiler's: the place, the line, what is wrong with it, and what to do.
pub fn render_findings(findings: &[Finding], files: &[SourceFile], color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(120);
    let sources: BTreeMap<&str, &SourceFile> = files.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut text = String::new();
    for finding in findings {
        let drawn = Drawn::of(finding, sources.get(finding.file.as_str()).copied());
        if handler.render_report(&mut text, &drawn).is_err() {
            text +=
                &format!("{}:{}:{}: {}\n", finding.file, finding.line, finding.column, finding.diagnostic);
        }
    }
    text.trim_end().to_owned()
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

/// A finding in the form that the drawing library takes.
struct Drawn {
    title: String,
    code: &'static str,
    level: Level,
    help: String,
    source: NamedSource<String>,
    label: LabeledSpan,
}

impl Drawn {
    fn of(finding: &Finding, file: Option<&SourceFile>) -> Self {
        let text = file.map(|file| file.text.clone()).unwrap_or_default();
        let start = byte_of(&text, finding.line, finding.column);
        let end = byte_of(&text, finding.line, finding.end_column).max(start);
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
            source: NamedSource::new(&finding.file, text),
            label: LabeledSpan::new(here, start, end - start),
        }
    }
}

/// The byte at which a line's column begins; both count from 1, columns in characters.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let inside = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(index, _)| index);
    before + inside
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
