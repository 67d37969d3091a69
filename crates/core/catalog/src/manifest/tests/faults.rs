use super::{dataset, files, load, metric, said};

/// Holds findings to code, place and a part of their words, in order.
fn check(text: &str, expected: &[(&str, &str)]) {
    let said = said(text);
    assert_eq!(said.len(), expected.len(), "{text}\n{said:#?}");
    for (said, (start, part)) in said.iter().zip(expected) {
        assert!(
            said.starts_with(&format!("{start} ")) && said.contains(part),
            "{text}\nwanted {start} {part}\n  said {said}"
        );
    }
}

#[test]
fn fields_that_do_not_fit_the_schema() {
    for (spec, expected) in [
        ("  dataset: d\n  formla: sum(x)", ("UNKNOWN_FIELD 7:3-9", "did you mean `formula`?")),
        ("  dataset: d\n  formula: 12", ("INVALID_VALUE 7:12-14", "put it in quotes")),
        ("  dataset: d\n  formula: yes", ("INVALID_VALUE 7:12-15", "truth values")),
        ("  dataset: d\n  formula: ''", ("INVALID_VALUE 7:12-14", "it is empty; give at least 1 character")),
        ("  dataset: Upper\n  formula: sum(x)", ("INVALID_VALUE 6:12-17", "does not have the right form")),
        (
            "  dataset: d\n  formula: sum(x)\n  suspend: 'true'",
            ("INVALID_VALUE 8:12-18", "write `true` or `false`"),
        ),
        (
            "  dataset: d\n  formula: sum(x)\n  direction: Up",
            ("INVALID_VALUE 8:14-16", "use one of `HigherIsBetter`"),
        ),
        ("  dataset: d\n  formula: sum(x)\n  owner: {}", ("MISSING_FIELD 8:3-8", "add `team`: Team;")),
        ("  dataset: d\n  formula: sum(x)\n  dimensions: a", ("INVALID_VALUE 8:15-16", "write a list")),
        ("  dataset: d\n  formula: sum(x)\n  dimensions: [a, '']", ("INVALID_VALUE 8:19-21", "empty")),
        (
            "  dataset: d\n  formula: sum(x)\n  schedule: {maxSlices: 0}",
            ("INVALID_VALUE 8:25-26", "from 1 to 100000"),
        ),
        (
            "  dataset: d\n  formula: sum(x)\n  schedule: {maxSlices: 1.5}",
            ("INVALID_VALUE 8:25-28", "a fraction is given"),
        ),
        (
            "  dataset: d\n  formula: sum(x)\n  schedule: {grains: [Day, Week, Day]}",
            ("INVALID_VALUE 8:34-37", "`Day` is given twice"),
        ),
        (
            "  dataset: d\n  formula: sum(x)\n  schedule: {grains: [day]}",
            ("INVALID_VALUE 8:23-26", "did you mean `Day`?"),
        ),
        (
            "  dataset: d\n  formula: sum(x)\n  schedule: {backfill: 2 years}",
            ("INVALID_VALUE 8:24-31", "How far back"),
        ),
        (
            "  dataset: d\n  formula: sum(x)\n  allowedNamespaces: {from: Selector, selector: {matchLabels: {a: 1}}}",
            ("INVALID_VALUE 8:67-68", "put it in quotes"),
        ),
    ] {
        check(&metric(spec), &[expected]);
    }
}

#[test]
fn rules_over_several_fields() {
    for (text, expected) in [
        (metric("  formula: sum(x)"), ("SCHEMA_RULE 5:1-5", "`dataset` goes with `formula`")),
        (metric("  description: nothing"), ("SCHEMA_RULE 5:1-5", "give exactly one of `formula`, `aggregate`")),
        (metric("  aggregate: {dataset: d, function: Sum}"), ("SCHEMA_RULE 6:3-12", "`function: Count` only")),
        (dataset("  source: s\n  table: t\n  query: select 1"), ("SCHEMA_RULE 5:1-5", "exactly one of `table`, `query`")),
        (dataset("  source: s\n  table: t\n  time: {column: c, storedZone: UTC}"), ("SCHEMA_RULE 8:3-7", "`storedZone` goes with")),
        (
            dataset("  source: s\n  table: t\n  allowedNamespaces: {from: All, selector: {matchLabels: {a: b}}}"),
            ("SCHEMA_RULE 8:3-20", "exactly when `from` is Selector"),
        ),
        (
            "apiVersion: metricwright.dev/v1alpha1\nkind: AlertRule\nmetadata: {name: r}\nspec:\n  metric: m\n  anyOf:\n    - threshold: value < 1\n    - threshold: value < 1\n      change: {from: LastYear, below: -1%}\n".to_owned(),
            ("SCHEMA_RULE 8:7-16", "exactly one of `threshold`, `change`"),
        ),
        (
            "apiVersion: metricwright.dev/v1alpha1\nkind: Channel\nmetadata: {name: c}\nspec:\n  webhook: {}\n".to_owned(),
            ("SCHEMA_RULE 5:3-10", "exactly one of `url`, `urlSecretRef`"),
        ),
        (
            "apiVersion: metricwright.dev/v1alpha1\nkind: DataSource\nmetadata: {name: s}\nspec: {files: {path: x}, sqlite: {path: z}}\n".to_owned(),
            ("SCHEMA_RULE 4:1-5", "exactly one of `files`, `sqlite`"),
        ),
    ] {
        check(&text, &[expected]);
    }
}

#[test]
fn metadata_that_the_api_server_would_refuse() {
    let with = |metadata: &str| {
        format!(
            "apiVersion: metricwright.dev/v1alpha1\nkind: Dataset\nmetadata: {metadata}\nspec: {{source: s, table: t}}\n"
        )
    };
    for (metadata, expected) in [
        ("{}", ("INVALID_NAME 3:1-9", "the object has no name")),
        ("", ("INVALID_NAME 3:1-9", "the object has no name")),
        ("text", ("INVALID_VALUE 3:11-15", "metadata is a map")),
        ("{name: 12}", ("INVALID_NAME 3:18-20", "put the name in quotes")),
        ("{name: Orders}", ("INVALID_NAME 3:18-24", "`Orders` cannot be a name")),
        ("{name: a..b}", ("INVALID_NAME 3:18-22", "each part")),
        ("{name: 订单}", ("INVALID_NAME 3:18-20", "`订单` cannot be a name")),
        ("{name: d, namespace: a.b}", ("INVALID_NAME 3:32-35", "cannot be a namespace")),
        ("{name: d, label: {a: b}}", ("UNKNOWN_FIELD 3:21-26", "did you mean `labels`?")),
        ("{name: d, labels: [a]}", ("INVALID_VALUE 3:21-27", "labels are a map of texts")),
        ("{name: d, labels: {a: 1}}", ("INVALID_VALUE 3:33-34", "put it in quotes")),
        ("{name: d, labels: {a: 销售}}", ("INVALID_VALUE 3:33-35", "cannot be the value of a label")),
        ("{name: d, annotations: {a b: x}}", ("INVALID_VALUE 3:40-41", "`a b` cannot be a key")),
    ] {
        check(&with(metadata), &[expected]);
    }
    check(&with("{name: d, labels: {a: 'x', b.io/c: '', d: A_1.b}, annotations: {a: 销售}}"), &[]);
    check(
        &metric("  dataset: d\n  formula: sum(x)").replace("name: m", "name: 1st"),
        &[("INVALID_NAME 4:9-12", "name of a metric")],
    );
    check(
        &metric("  dataset: d\n  formula: sum(x)").replace("name: m", "name: a.b"),
        &[("INVALID_NAME 4:9-12", "name of a metric")],
    );
}

#[test]
fn documents_that_are_not_what_they_seem() {
    for (text, expected) in [
        (
            "apiVersion: metricwright.dev/v1alpha1\nkind: Metrik\n",
            ("UNKNOWN_KIND 2:7-13", "did you mean `Metric`?"),
        ),
        (
            "apiVersion: metricwright.dev/v1alpha1\nkind: Incident\n",
            ("UNKNOWN_KIND 2:7-15", "made by Metricwright"),
        ),
        (
            "apiVersion: metricwright.dev/v1alpha1\nkind: Job\n",
            ("UNKNOWN_KIND 2:7-10", "use one of `Calendar`, `DataSource`"),
        ),
        (
            "apiVersion: metricwright.dev/v1\nkind: Metric\n",
            ("UNKNOWN_KIND 1:13-32", "write `metricwright.dev/v1alpha1`"),
        ),
        (
            "apiVersion: metricwrite.dev/v1alpha1\nkind: Metric\n",
            ("UNKNOWN_KIND 1:13-37", "did you mean `metricwright.dev/v1alpha1`?"),
        ),
        ("kind: Metric\nmetadata: {name: m}\n", ("UNKNOWN_KIND 1:7-13", "has no `apiVersion`;")),
        ("metadata: {name: m}\n", ("UNKNOWN_KIND 1:1-2", "has no `apiVersion`, `kind`")),
        ("image: {tag: v1}\n", ("UNKNOWN_KIND 1:1-2", "passed over")),
        ("- a\n- b\n", ("UNKNOWN_KIND 1:1-2", "passed over")),
    ] {
        check(text, &[expected]);
    }
    check(
        "apiVersion: metricwright.dev/v1alpha1\nkind: Metric\nmetadata: {name: m}\n",
        &[("MISSING_FIELD 1:1-11", "there is no `spec`")],
    );
    check(
        "apiVersion: metricwright.dev/v1alpha1\nkind: Metric\nmetadata: {name: m}\nsepc: {}\n",
        &[("MISSING_FIELD 1:1-11", "there is no `spec`"), ("UNKNOWN_FIELD 4:1-5", "did you mean `spec`?")],
    );
}

#[test]
fn yaml_that_cannot_be_read_hides_only_its_own_document() {
    let good = metric("  dataset: d\n  formula: sum(x)\n");
    for (broken, expected) in [
        ("a: 1\na: 2\n", ("YAML_SYNTAX 2:1-2", "the key `a` is given twice")),
        ("a: &x {b: 1}\nc: {<<: *x}\n", ("YAML_SYNTAX 2:5-7", "merge keys are not read")),
        ("a: [1, 2\n", ("YAML_SYNTAX 2:1-2", "flow sequence")),
        ("a: {b: 'x\n", ("YAML_SYNTAX 1:8-9", "quoted scalar")),
        ("a: 1\n\tb: 2\n", ("YAML_SYNTAX 1:4-5", "indent with spaces")),
        ("a: b: c\n", ("YAML_SYNTAX 1:5-6", "in quotes")),
        ("a: *nowhere\n", ("YAML_SYNTAX 1:4-12", "anchor")),
        ("? [a]\n: b\n", ("YAML_SYNTAX 1:3-4", "a key is no plain text")),
        ("a: &x [*x]\n", ("YAML_SYNTAX 1:8-10", "inside its own anchor")),
    ] {
        let text = format!("{broken}---\n{good}");
        let loaded = load(&files(&[&text]));
        assert_eq!(loaded.objects.len(), 1, "{text}\n{:?}", loaded.findings);
        let said = super::said(&text);
        assert_eq!(said.len(), 1, "{text}\n{said:#?}");
        let place = expected.0.rsplit_once('-').unwrap().0;
        assert!(
            said[0].starts_with(place) && said[0].contains(expected.1),
            "{text}\nwanted {expected:?}\n{said:#?}"
        );
        assert_eq!(loaded.objects[0].document.place.line, broken.lines().count() + 2);
    }
}

#[test]
fn an_object_is_declared_once() {
    let good = metric("  dataset: d\n  formula: sum(x)\n");
    let bad = metric("  dataset: d\n");
    for first in [&good, &bad] {
        let files = files(&[&format!("# first\n{first}"), &good]);
        let loaded = load(&files);
        let last = loaded.findings.last().unwrap();
        assert_eq!((last.file.as_str(), last.line, last.column), ("b.yaml", 4, 9));
        assert_eq!(last.diagnostic.code.as_str(), "DUPLICATE_OBJECT");
        assert!(last.diagnostic.reason.contains("in a.yaml at line 2"), "{}", last.diagnostic.reason);
    }
    let elsewhere = good.replace("  name: m", "  name: m\n  namespace: shop");
    assert_eq!(load(&files(&[&good, &elsewhere])).findings, []);
}
