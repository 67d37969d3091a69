use metricwright_api::{Code, Diagnostic, Kind, ObjectId};

use super::{files, load, metric};
use crate::Spec;

/// What a finding on the bytes of `word` inside `spec.formula` marks in the file: the line and its text.
fn marked(text: &str, word: &str) -> (usize, String) {
    let files = files(&[text]);
    let loaded = load(&files);
    assert_eq!(loaded.findings, [], "{text}");
    let Spec::Metric(spec) = &loaded.objects[0].value.spec else { panic!("no metric") };
    let formula = spec.formula.as_deref().unwrap();
    let start = formula.find(word).unwrap_or_else(|| panic!("no {word} in {formula:?}"));
    let id = ObjectId::new(Kind::Metric, "default", "m");
    let diagnostic =
        Diagnostic::error(Code::UnknownColumn, &id, "spec.formula", "no", "").at(start..start + word.len());
    let found = loaded.locate(&files, &diagnostic).unwrap();
    let line = text.lines().nth(found.line - 1).unwrap_or_default();
    (found.line, line.chars().take(found.end_column - 1).skip(found.column - 1).collect())
}

/// The one line that holds `word`.
fn line_of(text: &str, word: &str) -> usize {
    let lines: Vec<_> = text.lines().enumerate().filter(|(_, line)| line.contains(word)).collect();
    assert_eq!(lines.len(), 1, "{text}");
    lines[0].0 + 1
}

#[test]
fn a_span_points_at_the_word_however_the_text_is_written() {
    let cases = [
        ("plain", "  dataset: d\n  formula: sum(bad)"),
        ("wide characters before", "  dataset: d\n  formula: sum(金额) + sum(bad)"),
        ("on several lines", "  dataset: d\n  formula: sum(x)\n    + sum(bad)"),
        ("with empty lines", "  dataset: d\n  formula: sum(x)  \n\n\n    + sum(bad)"),
        ("on the next line", "  dataset: d\n  formula:\n    sum(bad)"),
        ("flow", "  {dataset: d, formula: sum(bad)}"),
        ("single quotes", "  dataset: d\n  formula: 'sum(bad)'"),
        ("doubled quotes", "  dataset: d\n  formula: 'sum(x) filter (where a = \'\'y\'\' and bad)'"),
        ("single quotes on lines", "  dataset: d\n  formula: 'sum(x)  \n      + sum(bad)'"),
        ("double quotes", "  dataset: d\n  formula: \"sum(bad)\""),
        ("escapes", r#"  {dataset: d, formula: "sum(\x61, \u91d1\t\"\\, bad)"}"#),
        ("escaped line break", "  dataset: d\n  formula: \"sum(x) \\\n     + sum(bad)\""),
        ("escaped break before the word", "  dataset: d\n  formula: \"sum(x) + \\\n     bad\""),
        ("double quotes on lines", "  dataset: d\n  formula: \"sum(x)\n\n     + sum(bad)\""),
        ("literal", "  dataset: d\n  formula: |\n    sum(x)\n    + sum(bad)\n"),
        ("literal, stripped", "  dataset: d\n  formula: |-\n    sum(bad)"),
        ("literal, deeper lines", "  dataset: d\n  formula: |\n    sum(x)\n      + sum(bad)\n"),
        ("literal, empty lines", "  dataset: d\n  formula: |\n\n    sum(x)\n\n    + sum(bad)\n"),
        ("literal, indentation given", "  dataset: d\n  formula: |1\n    sum(bad)\n"),
        ("literal with a comment", "  dataset: d\n  formula: | # here\n    sum(bad)\n"),
        ("folded", "  dataset: d\n  formula: >\n    sum(x)\n    + sum(bad)\n"),
        ("folded, empty lines", "  dataset: d\n  formula: >\n    sum(x)\n\n\n    + sum(bad)\n"),
        ("folded, deeper lines", "  dataset: d\n  formula: >-\n    sum(x)\n      + 1\n    + sum(bad)\n"),
        ("tagged", "  dataset: d\n  formula: !!str sum(bad)"),
        ("tagged block", "  dataset: d\n  formula: !!str &f |\n\n    sum(x)\n    + sum(bad)\n"),
        ("a block like a tag", "  dataset: d\n  formula: |\n    !x + sum(bad)\n"),
        ("anchored", "  dataset: d\n  formula: &f sum(bad)"),
        ("in the anchor of an alias", "  description: &f sum(bad)\n  dataset: d\n  formula: *f"),
    ];
    for (name, spec) in cases {
        for (ends, mark) in [("\n", ""), ("\r\n", ""), ("\n", "\u{feff}")] {
            let text = format!("{mark}{}", metric(spec).replace('\n', ends));
            assert_eq!(marked(&text, "bad"), (line_of(&text, "bad"), "bad".to_owned()), "{name}: {text:?}");
        }
    }
}

#[test]
fn an_escaped_word_is_marked_as_written() {
    let text = metric(r#"  {dataset: d, formula: "sum(b\x61d) + 1"}"#);
    assert_eq!(marked(&text, "bad"), (6, r"b\x61d".to_owned()));
}

#[test]
fn a_span_in_json_points_at_the_word() {
    let text = r#"{"apiVersion": "metricwright.dev/v1alpha1", "kind": "Metric", "metadata": {"name": "m"},
 "spec": {"dataset": "d", "formula": "sum(\"a\" + bad)"}}"#;
    assert_eq!(marked(text, "bad"), (2, "bad".to_owned()));
}

#[test]
fn a_span_over_several_lines_is_marked_on_its_first() {
    let text = metric("  dataset: d\n  formula: |\n    sum(x\n     + bad)\n");
    assert_eq!(marked(&text, "(x\n + bad)"), (8, "(x".to_owned()));
}

#[test]
fn paths_lead_to_values_keys_or_the_closest_key_above() {
    let text = "apiVersion: metricwright.dev/v1alpha1\nkind: Dataset\nmetadata:\n  name: d\n  labels: {app.kubernetes.io/name: x}\nspec:\n  source: s\n  table: t\n  time:\n  columns:\n    - name: a\n      type: Int\n    - {name: b, type: Int}\n";
    let files = files(&[text]);
    let loaded = load(&files);
    assert_eq!(loaded.findings, []);
    let id = ObjectId::new(Kind::Dataset, "default", "d");
    for (path, expected) in [
        ("", (1, 1, 11)),
        ("spec", (6, 1, 5)),
        ("spec.table", (8, 10, 11)),
        ("spec.entities[3].name", (6, 1, 5)),
        ("spec.time", (9, 3, 7)),
        ("spec.columns", (10, 3, 10)),
        ("spec.columns[0]", (11, 7, 11)),
        ("spec.columns[1]", (13, 8, 12)),
        ("spec.columns[1].type", (13, 23, 26)),
        ("spec.columns[1].unit", (13, 8, 12)),
        ("spec.columns[9].name", (10, 3, 10)),
        ("metadata.labels[app.kubernetes.io/name]", (5, 36, 37)),
        ("nowhere[", (1, 1, 11)),
    ] {
        let diagnostic = Diagnostic::error(Code::InvalidValue, &id, path, "", "");
        let found = loaded.locate(&files, &diagnostic).unwrap();
        assert_eq!((found.line, found.column, found.end_column), expected, "{path}");
    }
    let stranger = ObjectId::new(Kind::Dataset, "default", "other");
    assert_eq!(
        loaded.locate(&files, &Diagnostic::error(Code::InvalidValue, &stranger, "spec", "", "")),
        None
    );
}
