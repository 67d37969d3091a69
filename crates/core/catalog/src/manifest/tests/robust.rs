use proptest::prelude::*;

use super::{dataset, loaded, metric};

/// Looks at everything that loading gives, so that no part of it may panic.
fn exercise(text: &str) {
    let loaded = loaded(text);
    let lines = text.split(['\n', '\r']).count();
    for finding in &loaded.findings {
        assert!(finding.line >= 1 && finding.line <= lines + 1, "{finding:?} in {text:?}");
        assert!(finding.end_column > finding.column, "{finding:?} in {text:?}");
    }
}

#[test]
fn bombs_are_refused_and_not_set_off() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = vec![format!("*a{}", level - 1); 9].join(", ");
        laughs.extend(["a", "x: &a", "x ["].map(|part| part.replace('x', &level.to_string())));
        laughs.extend([before.as_str(), "]\n"]);
    }
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 5000].join(", "));
    for (text, part) in [
        (laughs, "aliases taken apart"),
        (long, "aliases taken apart"),
        (format!("a: {}{}", "[".repeat(100_000), "]".repeat(100_000)), "nested"),
        (format!("a: {}", "{a: ".repeat(100_000)), "n"),
        ("- ".repeat(100_000), "nested"),
        ("x: y\n".repeat(1 << 20), "larger than 4 MiB"),
    ] {
        let loaded = loaded(&text);
        let reasons: Vec<_> = loaded.findings.iter().map(|finding| &finding.diagnostic.reason).collect();
        assert!(reasons.iter().any(|reason| reason.contains(part)), "{part}: {reasons:?}");
        assert!(reasons.len() < 3, "{reasons:?}");
    }
}

#[test]
fn a_thousand_faulty_objects_are_a_thousand_findings() {
    let one = dataset("  source: s\n  table: t\n  columns: [{name: a, type: Int}, {name: b, type: Text}]\n");
    let texts: Vec<String> =
        (0..1000).map(|number| one.replace("name: d", &format!("name: d{number}"))).collect();
    let loaded = loaded(&texts.join("---\n"));
    assert_eq!(loaded.findings.len(), 1000);
}

fn any_manifest() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(metric("  dataset: d\n  formula: |\n    sum(x)\n    + sum(金额)\n  schedule: {cron: '1 * * * *', grains: [Day]}\n")),
        Just(dataset("  source: s\n  query: >-\n    select 'a'\n\n    from \"b\"\n  columns:\n  - &c {name: a, type: Int}\n  - *c\n")),
        Just("{\"apiVersion\": \"metricwright.dev/v1alpha1\", \"kind\": \"Channel\", \"spec\": {\"webhook\": {\"url\": \"http:\\/\\/x\"}}}".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,200}") {
        exercise(&text);
    }

    #[test]
    fn yaml_like_text_is_read_without_a_panic(text in "[-a-c:{}\\[\\]&*|>'\"#!%?,\\\\ \t\r\n0-9金\u{feff}~<.]{0,80}") {
        exercise(&text);
    }

    #[test]
    fn broken_manifests_are_read_without_a_panic(
        text in any_manifest(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..8_usize, "[-a:{}\\[\\]&*|>'\"#\\\\ \t\r\n0金]{0,4}"), 1..6),
    ) {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, drop, insert) in edits {
            let start = at.index(chars.len() + 1);
            let end = (start + drop).min(chars.len());
            chars.splice(start..end, insert.chars());
        }
        exercise(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn any_span_has_a_place(text in any_manifest(), start in 0..60_usize, length in 0..60_usize) {
        let files = super::files(&[&text]);
        let loaded = crate::manifest::load(&files);
        for object in &loaded.objects {
            for path in ["spec.formula", "spec.query", "spec.columns[1].name", "spec"] {
                let diagnostic = metricwright_api::Diagnostic::error(metricwright_api::Code::UnknownColumn, &object.value.id, path, "", "");
                let found = loaded.locate(&files, &diagnostic.at(start..start + length));
                prop_assert!(found.is_some_and(|found| found.end_column > found.column));
            }
        }
    }
}
