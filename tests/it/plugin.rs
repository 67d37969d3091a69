//! The kubectl plugin against a real API server.

use std::path::Path;
use std::process::{Command, Output};

use metricwright_testkit::control_plane::ADMIN;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::operator::{Operator, Place};
use crate::support::shop::{definitions, write_sales};
use crate::support::{AS_OF, metricwright, stdout};

/// Nobody listens there: messages are of no interest here.
const NOWHERE: &str = "http://127.0.0.1:9/";

/// What a command ended with and said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Said {
    /// The output, if the exit code is this one.
    fn ends(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        format!("{}{}", self.out, self.err)
    }

    fn json(self, code: i32) -> Value {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Runs the plugin as a user in the place's namespace.
fn plugin_as(place: &Place, user: &str, arguments: &[&str]) -> Said {
    let mut command = metricwright(&["kubectl", "-n", &place.namespace]);
    command.args(arguments).env("KUBECONFIG", place.cluster.kubeconfig(user).unwrap());
    command.output().unwrap().into()
}

fn plugin(place: &Place, arguments: &[&str]) -> Said {
    plugin_as(place, ADMIN, arguments)
}

/// Asks the operator as the administrator.
fn asked(place: &Place, operator: &Operator, arguments: &[&str]) -> Said {
    let url = operator.url();
    plugin(place, &[arguments, &["--server", &url]].concat())
}

/// The shop on the API server, and its data in a folder.
async fn shop(prefix: &str) -> (Place, TempDir) {
    let place = Place::new(prefix).await;
    let folder = TempDir::new().unwrap();
    write_sales(&folder.path().join("data"), 40);
    place.kubectl_with(&["apply", "-f", "-"], &definitions(NOWHERE)).await.ok().unwrap();
    (place, folder)
}

async fn wait_ready(place: &Place) {
    for kind in ["datasources", "datasets", "metrics", "alertrules"] {
        place.kubectl(&["wait", "--for=condition=Ready", kind, "--all", "--timeout=120s"]).await;
    }
}

/// An account of the namespace that may do these things there.
async fn account(place: &Place, name: &str, verbs: &str) -> String {
    place.kubectl(&["create", "serviceaccount", name]).await;
    if !verbs.is_empty() {
        let kinds = "calendars,metrics,datasets,datasources,alertrules,channels,incidents";
        let resources: Vec<String> =
            kinds.split(',').map(|kind| format!("{kind}.metricwright.dev")).collect();
        let (verbs, resources) = (format!("--verb={verbs}"), format!("--resource={}", resources.join(",")));
        place.kubectl(&["create", "role", name, &verbs, &resources]).await;
        let (role, account) =
            (format!("--role={name}"), format!("--serviceaccount={}:{name}", place.namespace));
        place.kubectl(&["create", "rolebinding", name, &role, &account]).await;
    }
    place.cluster.service_account(&place.namespace, name).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn get_and_status_show_a_shop_and_exit_by_what_is_ready() {
    let (place, folder) = shop("plugin").await;
    let early = plugin(&place, &["status", "revenue"]).ends(1);
    assert!(early.contains("nobody has looked at it yet"), "{early}");
    let operator = place.operator(folder.path(), &[]).await;
    wait_ready(&place).await;

    let table = plugin(&place, &["get", "mwm"]).ends(0);
    let header: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(header, ["NAME", "READY", "VALUE", "WINDOW", "PREV", "YEAR", "STATE", "OWNER", "指标"]);
    assert!(table.contains("revenue  True"), "{table}");
    let everywhere = metricwright(&["kubectl", "get", "mwm", "-A"])
        .env("KUBECONFIG", place.cluster.kubeconfig(ADMIN).unwrap())
        .output()
        .unwrap();
    let everywhere = Said::from(everywhere).ends(0);
    let row = everywhere.lines().find(|line| line.starts_with(&place.namespace)).unwrap();
    assert!(row.contains("revenue"), "{everywhere}");
    assert_eq!(
        plugin(&place, &["get", "mwm", "revenue", "-o", "name"]).ends(0),
        "metric.metricwright.dev/revenue\n"
    );
    let object = plugin(&place, &["get", "mwm", "revenue", "-o", "json"]).json(0);
    assert!(
        object.pointer("/metadata/uid").is_some() && object.pointer("/status/latest/0").is_some(),
        "{object}"
    );
    let missing = plugin(&place, &["get", "mwm", "revenu"]).ends(2);
    assert!(
        missing.contains("there is no Metric `revenu`") && missing.contains("did you mean `revenue`?"),
        "{missing}"
    );

    let one = plugin(&place, &["status", "revenue", "alertrule/drop"]).ends(0);
    let parts = [
        "meaning     sum(amount) from sales",
        "└─ Dataset sales  Ready",
        "   └─ DataSource shop  Ready",
        "AlertRule/drop",
        "Healthy",
    ];
    for part in parts {
        assert!(one.contains(part), "`{part}` is not in\n{one}");
    }
    let overview = plugin(&place, &["status"]).ends(0);
    assert!(overview.contains("metrics      2"), "{overview}");

    place
        .kubectl(&["patch", "mwm", "tickets", "--type=merge", "-p", r#"{"spec":{"formula":"sum(nothing)"}}"#])
        .await;
    place.kubectl(&["wait", "--for=condition=Ready=False", "mwm/tickets", "--timeout=60s"]).await;
    let broken = plugin(&place, &["status"]).ends(1);
    assert!(broken.contains("Metric/tickets") && broken.contains("UNKNOWN_COLUMN"), "{broken}");
    let view = plugin(&place, &["status", "tickets", "-o", "json"]).json(1);
    assert_eq!(view.pointer("/0/ready"), Some(&json!("False")), "{view}");
    assert!(operator.end());
}

#[tokio::test(flavor = "multi_thread")]
async fn run_waits_for_what_comes_of_it() {
    let (place, folder) = shop("run").await;
    let nobody = plugin(&place, &["run", "revenue", "--timeout", "1s"]).ends(1);
    assert!(nobody.contains("is the operator running"), "{nobody}");
    let operator = place.operator(folder.path(), &["--status-interval", "1s"]).await;
    wait_ready(&place).await;

    let ran = plugin(
        &place,
        &["run", "revenue", "dataset/sales", "datasource/shop", "alertrule/drop", "channel/pager"],
    )
    .ends(0);
    assert!(ran.contains("new or changed"), "{ran}");
    assert_eq!(ran.lines().count(), 5, "{ran}");
    let asked = plugin(&place, &["run", "tickets", "--no-wait"]).ends(0);
    assert!(asked.contains("a run is asked for"), "{asked}");

    std::fs::remove_file(folder.path().join("data/sales.csv")).unwrap();
    let failed = plugin(&place, &["run", "revenue"]).ends(1);
    assert!(failed.contains("the run failed") && failed.contains("sales"), "{failed}\n{}", operator.tail());
    let reader = account(&place, "reader", "get,list,watch").await;
    let refused = plugin_as(&place, &reader, &["run", "revenue"]).ends(2);
    assert!(
        refused.contains("you may not `patch metrics.metricwright.dev`") && refused.contains("`edit`"),
        "{refused}"
    );
}

/// The shop as a directory, in the namespace of the place, computed.
fn in_a_directory(place: &Place) -> TempDir {
    let folder = TempDir::new().unwrap();
    write_sales(&folder.path().join("data"), 40);
    let namespace = format!("metadata: {{namespace: {}, name:", place.namespace);
    let text = definitions(NOWHERE).replace("metadata: {name:", &namespace);
    std::fs::write(folder.path().join("shop.yaml"), text).unwrap();
    stdout(&["up", folder.path().to_str().unwrap(), "--once", "--as-of", AS_OF]);
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_and_history_say_what_the_operator_keeps_and_a_directory_says_the_same() {
    let (place, folder) = shop("explain").await;
    let operator = place.operator(folder.path(), &[]).await;
    wait_ready(&place).await;

    let question = ["revenue", "--window", "2025-01-21", "--slice", "store=B", "-o", "json"];
    let there = asked(&place, &operator, &[&["explain"], &question[..]].concat()).json(0);
    assert_eq!(there["value"], "5");
    assert_eq!(there["completeness"], "Complete");
    assert_eq!(there["meaning"], "sum(amount) from sales");
    assert_eq!(there["components"], json!([{"meaning": "sum(amount)", "dataset": "sales", "value": "5"}]));
    assert_eq!(there["upstream"]["inputs"][0]["columns"], json!(["amount", "sold_at", "store"]));
    assert_eq!(there["rules"][0]["conditions"], json!(["value < 50"]));
    let status = plugin(&place, &["get", "mwm", "revenue", "-o", "json"]).json(0);
    assert_eq!(there["definition"], status["status"]["definitionHash"]);
    let sql = there["queries"][0]["sql"].as_str().unwrap();
    assert!(sql.contains("sum(") && sql.contains("\"store\""), "{sql}");

    let directory = in_a_directory(&place);
    let dir = directory.path().to_str().unwrap();
    let here = stdout(&[&["explain"], &question[..], &["-C", dir, "--as-of", AS_OF]].concat());
    assert_eq!(serde_json::from_str::<Value>(&here).unwrap(), there);

    let range = ["revenue", "--by", "store", "--from", "2025-01-20", "--to", "2025-01-22", "-o", "csv"];
    let csv = asked(&place, &operator, &[&["history"], &range[..]].concat()).ends(0);
    let computed = "2025-11-21T02:00:00Z";
    let line = |day: u8, store: &str, value: u8| {
        format!(
            "2025-01-{day},2025-01-{day}T00:00:00Z,2025-01-{}T00:00:00Z,{store},{value},false,{computed}\n",
            day + 1
        )
    };
    let lines = [line(20, "A", 105), line(20, "B", 85), line(21, "A", 106), line(21, "B", 5)];
    assert_eq!(csv, format!("window,start,end,store,revenue,partial,computed_at\n{}", lines.concat()));
    let here = stdout(&[&["history"], &range[..], &["-C", dir, "--as-of", AS_OF]].concat());
    assert_eq!(here, csv);
    let table =
        asked(&place, &operator, &["history", "revenue", "--from", "2025-01-20", "--to", "2025-01-22"])
            .ends(0);
    assert!(table.contains('█') && table.contains("definition "), "{table}");

    for (arguments, code, words) in [
        (&["explain", "revenue", "--grain", "Month"][..], "NOT_KEPT", "ask for Day or Week"),
        (&["explain", "revenue", "--slice", "store=C"][..], "NOT_KEPT", "did you mean `store="),
        (&["explain", "revenue", "--slice", "shop=B"][..], "UNKNOWN_DIMENSION", "store"),
        (&["explain", "revenue", "--window", "soon"][..], "INVALID_VALUE", "write a date"),
        (&["history", "revenu"][..], "REFERENCE_NOT_FOUND", "did you mean `revenue`?"),
    ] {
        let refused = asked(&place, &operator, arguments).ends(2);
        assert!(refused.contains(code) && refused.contains(words), "{arguments:?}: {refused}");
    }
    let empty = asked(&place, &operator, &["explain", "revenue"]).ends(0);
    assert!(empty.contains("complete, and no row is in the window"), "{empty}");
    let text = asked(&place, &operator, &["explain", "revenue", "--window", "2025-01-21"]).ends(0);
    assert!(
        text.contains("complete, computed at") && text.contains("query of sales on shop (files)"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_only_those_who_may_read_the_metric() {
    let (place, folder) = shop("access").await;
    let operator = place.operator(folder.path(), &[]).await;
    wait_ready(&place).await;
    let path =
        |metric: &str, what: &str| format!("/api/v1/namespaces/{}/metrics/{metric}/{what}", place.namespace);
    let (nobody, reader) = (account(&place, "nobody", "").await, account(&place, "reader", "get").await);
    let bearer = |user: &str| format!("Bearer {}", place.cluster.token(user).unwrap());
    let (nobody_token, reader_token) = (bearer(&nobody), bearer(&reader));

    for (name, token, wanted, code) in [
        ("revenue", None, 401, "UNAUTHENTICATED"),
        ("revenue", Some("Bearer made-up"), 401, "UNAUTHENTICATED"),
        ("revenue", Some("Basic YTpi"), 401, "UNAUTHENTICATED"),
        ("revenue", Some(nobody_token.as_str()), 403, "FORBIDDEN"),
        // Who may not read is not told what is there.
        ("nothing", Some(nobody_token.as_str()), 403, "FORBIDDEN"),
        ("nothing", Some(reader_token.as_str()), 404, "REFERENCE_NOT_FOUND"),
    ] {
        for what in ["explain", "history"] {
            let (status, answer) = operator.answer(&path(name, what), token);
            assert_eq!((status, &answer["code"]), (wanted, &json!(code)), "{name} {token:?}: {answer}");
            assert!(
                !answer["reason"].as_str().unwrap().is_empty()
                    && !answer["remedy"].as_str().unwrap().is_empty()
            );
        }
    }
    let (status, answer) = operator.answer(&path("revenue", "explain?grain=Month"), Some(&reader_token));
    assert_eq!((status, &answer["code"]), (422, &json!("NOT_KEPT")), "{answer}");
    let (status, answer) = operator.answer(&path("revenue", "explain?grian=Day"), Some(&reader_token));
    assert_eq!((status, &answer["code"]), (422, &json!("INVALID_VALUE")), "{answer}");

    // The API server is asked once for many questions.
    let mark = place.cluster.audit_log().mark().unwrap();
    for _ in 0..5 {
        assert_eq!(operator.answer(&path("tickets", "history"), Some(&reader_token)).0, 200);
    }
    let reviews = place.cluster.audit_log().since(mark).unwrap().only(|event| event.user == place.user);
    let reviews = reviews.iter().filter(|event| event.resource == "tokenreviews").count();
    assert_eq!(reviews, 1);

    let url = operator.url();
    let told = plugin_as(&place, &nobody, &["explain", "revenue", "--server", &url]).ends(2);
    assert!(told.contains("FORBIDDEN") && told.contains("--clusterrole=view"), "{told}");
    let told = plugin_as(&place, &nobody, &["get", "mwm"]).ends(2);
    assert!(
        told.contains("you may not `list metrics.metricwright.dev`") && told.contains("`view`"),
        "{told}"
    );
    let told = plugin(&place, &["explain", "revenue", "--server", &url, "--as", "somebody"]).ends(2);
    assert!(told.contains("not by `--as`"), "{told}");
    let told = plugin(&place, &["explain", "revenue", "--operator-namespace", &place.namespace]).ends(2);
    assert!(told.contains("no Pod of the operator is ready"), "{told}");
    assert!(without_token(&place, &url).contains("kubectl create token"));
}

/// What somebody is told whose kubeconfig holds no token.
fn without_token(place: &Place, url: &str) -> String {
    let folder = TempDir::new().unwrap();
    let text = std::fs::read_to_string(place.cluster.kubeconfig(ADMIN).unwrap()).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    config["users"][0]["user"] = json!({});
    let path = folder.path().join("config");
    std::fs::write(&path, config.to_string()).unwrap();
    plugin(place, &["explain", "revenue", "--server", url, "--kubeconfig", path.to_str().unwrap()]).ends(2)
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_finds_the_plugin_by_its_name() {
    let (place, _data) = shop("named").await;
    let folder = TempDir::new().unwrap();
    let link = folder.path().join("kubectl-metricwright");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_metricwright"), &link).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let kubectl = |arguments: &[&str]| -> Said {
        let mut command = Command::new(place.cluster.kubectl_program());
        command
            .args(arguments)
            .env("PATH", &path)
            .env("KUBECONFIG", place.cluster.kubeconfig(ADMIN).unwrap());
        command.output().unwrap().into()
    };
    let said = kubectl(&["metricwright", "status", "-n", &place.namespace]).ends(1);
    assert!(said.contains("Metric/revenue"), "{said}");
    let help = kubectl(&["metricwright", "run", "--help"]).ends(0);
    assert!(help.contains("Usage: kubectl metricwright run"), "{help}");
    let context = kubectl(&["metricwright", "get", "mwm", "--context", "nowhere"]).ends(2);
    assert!(context.contains("kubectl config get-contexts"), "{context}");
}

/// Writes manifests into a folder.
fn written(text: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("change.yaml"), text).unwrap();
    folder
}

fn check(place: &Place, user: &str, folder: &Path, more: &[&str]) -> Said {
    let mut command =
        metricwright(&["check", folder.to_str().unwrap(), "--against", "cluster", "-n", &place.namespace]);
    command.args(more).env("KUBECONFIG", place.cluster.kubeconfig(user).unwrap());
    command.output().unwrap().into()
}

const DAILY: &str = "
apiVersion: metricwright.dev/v1alpha1
kind: Metric
metadata: {name: per-ticket}
spec: {ratio: {numerator: {metric: revenue}, denominator: {metric: tickets}}}
";

/// The dataset of the shop, declared without the column that `revenue` sums.
const NARROWED: &str = "
apiVersion: metricwright.dev/v1alpha1
kind: Dataset
metadata: {name: sales}
spec:
  source: shop
  table: sales
  time: {column: sold_at, latency: 1h}
  entities: [{name: store, type: Foreign, expr: store}]
  columns: [{name: sold_at, type: Instant}, {name: store, type: String}]
";

#[tokio::test(flavor = "multi_thread")]
async fn check_against_the_cluster_resolves_there_and_finds_what_breaks() {
    let (place, _data) = shop("against").await;
    let addition = written(DAILY);
    let alone = metricwright(&["check", addition.path().to_str().unwrap()]).output().unwrap();
    assert!(Said::from(alone).ends(1).contains("REFERENCE_NOT_FOUND"));
    let clean = check(&place, ADMIN, addition.path(), &[]).ends(0);
    assert!(clean.contains("1 object in 1 file, against the cluster: no faults"), "{clean}");

    let narrowed = written(NARROWED);
    let breaks = check(&place, ADMIN, narrowed.path(), &[]).ends(1);
    let head = format!(
        "BREAKS Metric {}/revenue\n  UNKNOWN_COLUMN at spec.formula: there is no column `amount`",
        place.namespace
    );
    assert!(breaks.contains(&head), "{breaks}");
    // The rule falls with its metric; `tickets` counts rows and does not.
    assert!(breaks.contains(&format!("BREAKS AlertRule {}/drop", place.namespace)), "{breaks}");
    assert!(!breaks.contains("/tickets"), "{breaks}");
    let list = check(&place, ADMIN, narrowed.path(), &["-o", "json"]).json(1);
    assert_eq!((&list[0]["breaks"], &list[0]["code"]), (&json!(true), &json!("UNKNOWN_COLUMN")), "{list}");
    let by_the_plugin = plugin(&place, &["check", narrowed.path().to_str().unwrap()]).ends(1);
    assert_eq!(by_the_plugin, breaks);

    let nobody = account(&place, "nobody", "").await;
    let refused = check(&place, &nobody, addition.path(), &[]).ends(2);
    assert!(refused.contains("you may not `list ") && refused.contains(&place.namespace), "{refused}");
    let reader = account(&place, "reader", "get,list").await;
    let narrow = check(&place, &reader, narrowed.path(), &[]).ends(1);
    assert!(narrow.contains("in all namespaces, so only") && narrow.contains(&head), "{narrow}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_against_the_cluster_knows_the_labels_of_its_namespaces() {
    let (place, _data) = shop("labels").await;
    let allowed =
        r#"{"spec":{"allowedNamespaces":{"from":"Selector","selector":{"matchLabels":{"may":"read"}}}}}"#;
    place.kubectl(&["patch", "mwm", "revenue", "--type=merge", "-p", allowed]).await;
    let elsewhere = place.cluster.create_namespace("labelled").await.unwrap();
    let change = written(&format!(
        "
apiVersion: metricwright.dev/v1alpha1
kind: Metric
metadata: {{name: twice, namespace: {elsewhere}}}
spec: {{derived: {{expr: 2 * r, inputs: [{{metric: {}/revenue, as: r}}]}}}}
",
        place.namespace
    ));
    let refused = check(&place, ADMIN, change.path(), &[]).ends(1);
    assert!(refused.contains("REFERENCE_NOT_ALLOWED"), "{refused}");
    place.cluster.kubectl(&["label", "namespace", &elsewhere, "may=read"]).await.unwrap().ok().unwrap();
    check(&place, ADMIN, change.path(), &[]).ends(0);
}
