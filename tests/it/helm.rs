//! The charts on a real API server, with a node on which the Pod of the rendered `StatefulSet` runs.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use metricwright_api::Kind;
use metricwright_testkit::control_plane::{ControlPlane, KubectlOutput, Options};
use metricwright_testkit::eventually;
use metricwright_testkit::helm::Helm;
use metricwright_testkit::node::{Node, NodeOptions};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::operator::{LONG, answer};
use crate::support::{AS_OF, copy_files, retail, root, run, some_weeks};

const KINDS: &str = "datasources,datasets,metrics,channels,alertrules,incidents";

/// As the installed operator is told.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);

/// Values that change what is rendered, each with what all charts of its kind need.
const MATRIX: [&[&str]; 10] = [
    &[],
    &["scope=Namespace"],
    &["admission.webhook.enabled=false", "admission.policies.enabled=false"],
    &["store.kind=Postgres", "store.postgres.urlSecretRef.name=store"],
    &[
        "store.kind=Postgres",
        "store.postgres.urlSecretRef.name=store",
        "scope=Namespace",
        "replicas=3",
        "podDisruptionBudget.maxUnavailable=50%",
    ],
    &[
        "networkPolicy.enabled=true",
        "networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.name=monitoring",
    ],
    &[
        "data.persistentVolumeClaim.claimName=shop",
        "store.sqlite.storageClassName=fast",
        "store.sqlite.size=1Ti",
        "fullnameOverride=mw",
        "resources.limits.cpu=2",
    ],
    &[
        "secrets[0].namespace=default",
        "secrets[0].names={a,b}",
        "imagePullSecrets[0].name=registry",
        "serviceAccount.create=false",
        "serviceAccount.name=other",
        "rbac.userRoles=false",
    ],
    &[
        "nodeSelector.disk=fast",
        "tolerations[0].operator=Exists",
        "priorityClassName=system-cluster-critical",
        "podAnnotations.a=b",
        "podLabels.c=d",
        "extraEnv[0].name=A",
        "extraEnv[0].value=b",
        "extraVolumes[0].name=more",
        "extraVolumes[0].emptyDir.medium=Memory",
        "extraVolumeMounts[0].name=more",
        "extraVolumeMounts[0].mountPath=/more",
        "extraArgs={--as-of=2025-11-21T02:00Z}",
    ],
    &[
        "rbac.create=false",
        "podDisruptionBudget.enabled=false",
        "service.annotations.a=b",
        "image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ],
];

fn chart(name: &str) -> String {
    root().join("charts").join(name).display().to_string()
}

/// A cluster with a node, and helm for it.
struct Bench {
    helm: Helm,
    namespace: String,
    // The node goes before the control plane that it talks to.
    node: Node,
    plane: ControlPlane,
}

impl Bench {
    async fn new() -> Self {
        let plane = ControlPlane::start(Options::default()).await.unwrap_or_else(|error| panic!("{error}"));
        let options = NodeOptions::default().with_program("metricwright", env!("CARGO_BIN_EXE_metricwright"));
        let node = Node::start(&plane, options).await.unwrap_or_else(|error| panic!("{error}"));
        let helm = Helm::of(&plane).unwrap_or_else(|error| panic!("{error}"));
        let namespace = plane.create_namespace("helm").await.unwrap();
        let restricted = "pod-security.kubernetes.io/enforce=restricted";
        plane.kubectl(&["label", "namespace", &namespace, restricted]).await.unwrap().ok().unwrap();
        Self { helm, namespace, node, plane }
    }

    fn try_helm(&self, arguments: &[&str]) -> KubectlOutput {
        let all: Vec<&str> = arguments.iter().copied().chain(["--namespace", &self.namespace]).collect();
        self.helm.run(&all).unwrap()
    }

    fn helm(&self, arguments: &[&str]) -> String {
        let output = self.try_helm(arguments);
        let log = self.node.log(&self.namespace, "metricwright-0");
        let end = log.len().saturating_sub(4000);
        assert!(
            output.succeeded(),
            "{}\n{}\n…{}",
            output.stderr,
            output.stdout,
            log.get(end..).unwrap_or(&log)
        );
        output.stdout
    }

    async fn kubectl(&self, arguments: &[&str]) -> String {
        let all: Vec<&str> = ["-n", &self.namespace].into_iter().chain(arguments.iter().copied()).collect();
        self.plane.kubectl(&all).await.unwrap().ok().unwrap()
    }

    /// Installs both charts, or upgrades them, and waits until the operator is ready.
    fn install(&self, crds: &str) {
        self.helm(&["upgrade", "--install", "metricwright-crds", crds]);
        let as_of = format!("extraArgs={{--as-of={}}}", some_weeks());
        self.helm(&[
            "upgrade",
            "--install",
            "metricwright",
            &chart("metricwright"),
            "--wait",
            "--timeout=5m",
            // Pods share the machine's ports on this node.
            "--set",
            "bindAddress=$(POD_IP)",
            "--set",
            "data.persistentVolumeClaim.claimName=shop",
            "--set",
            "operator.statusInterval=1s",
            "--set",
            &as_of,
        ]);
    }

    /// Claims a volume and puts the example's files into it, as somebody's job would.
    async fn mount_retail(&self) {
        let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: shop}\nspec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}\n";
        let apply = ["-n", &self.namespace, "apply", "-f", "-"];
        self.plane.kubectl_with_input(&apply, claim).await.unwrap().ok().unwrap();
        self.kubectl(&["wait", "--for=jsonpath={.status.phase}=Bound", "pvc/shop", "--timeout=60s"]).await;
        copy_files(&retail().join("data"), &self.node.claim_folder(&self.namespace, "shop").join("data"));
    }

    async fn wait_ready(&self) {
        for kind in ["datasources", "datasets", "metrics", "alertrules", "channels"] {
            self.kubectl(&["wait", "--for=condition=Ready", kind, "--all", "--timeout=400s"]).await;
        }
    }

    /// Name and resource version of every object of our kinds: whoever writes one changes this.
    async fn versions(&self) -> String {
        let rows =
            "jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}";
        self.kubectl(&["get", KINDS, "-o", rows]).await
    }

    /// A counter of the running Pod.
    async fn counter(&self, name: &str) -> Option<u64> {
        let ip = self.kubectl(&["get", "pod", "metricwright-0", "-o", "jsonpath={.status.podIP}"]).await;
        let text = answer(&format!("{ip}:8080"), "/metrics").ok()?;
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        line?.parse().ok()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_charts_are_sound_and_every_rendering_is_accepted() {
    let bench = Bench::new().await;
    for name in ["metricwright-crds", "metricwright"] {
        let said = bench.helm(&["lint", "--strict", &chart(name)]);
        assert!(said.contains("0 chart(s) failed"), "{said}");
    }
    let crds = bench.helm(&["template", "crds", &chart("metricwright-crds")]);
    assert_eq!(crds.matches("helm.sh/resource-policy: keep").count(), Kind::ALL.len());
    for values in MATRIX {
        let chart = chart("metricwright");
        let mut arguments = vec!["template", "release", &chart];
        arguments.extend(values.iter().flat_map(|value| ["--set", value]));
        let rendered = bench.helm(&arguments);
        let apply = ["apply", "--dry-run=server", "-f", "-"];
        let applied = bench.plane.kubectl_with_input(&apply, &rendered).await.unwrap();
        assert!(applied.succeeded(), "{values:?}\n{}\n{rendered}", applied.stderr);
        // What Pod Security would refuse is a warning here.
        assert!(!applied.stderr.contains("would violate"), "{values:?}\n{}", applied.stderr);
        let off = ["scope=Namespace", "admission.webhook.enabled=false"];
        let admits = !values.iter().any(|value| off.contains(value));
        for part in
            ["ValidatingWebhookConfiguration", "ValidatingAdmissionPolicyBinding", "--admission-listen="]
        {
            assert_eq!(rendered.contains(part), admits, "{values:?}: {part}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_values_are_refused_with_their_place() {
    let bench = Bench::new().await;
    let chart = chart("metricwright");
    for (value, expected) in [
        ("store.kind=Mongo", vec!["store", "kind", "SQLite", "Postgres"]),
        ("unknown=1", vec!["unknown", "not allowed"]),
        ("operator.resync=often", vec!["operator", "resync"]),
        ("replicas=0", vec!["replicas", "1"]),
        ("store.kind=Postgres", vec!["store.postgres.urlSecretRef.name must name the Secret"]),
    ] {
        let output = bench.try_helm(&["template", "release", &chart, "--set", value]);
        assert!(!output.succeeded(), "{value}");
        for part in expected {
            assert!(output.stderr.contains(part), "{value}: {}", output.stderr);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_installs_upgrades_uninstalls_and_takes_up_again_what_it_left() {
    let bench = Bench::new().await;
    bench.mount_retail().await;
    bench.install(&chart("metricwright-crds"));
    bench.kubectl(&["apply", "-k", &retail().display().to_string()]).await;
    bench.wait_ready().await;
    let said = bench.helm(&["test", "metricwright", "--logs=false"]);
    assert!(said.contains("Succeeded"), "{said}");

    // Ready comes before the backfill ends.
    let path = "jsonpath={range .items[*]}{.status.backfill.done}/{.status.backfill.total} {end}";
    let backfilled = || async {
        let progress = bench.kubectl(&["get", "mwm", "-o", path]).await;
        let whole = |one: &str| one.split_once('/').is_some_and(|(done, total)| done == total);
        if progress.split_whitespace().all(whole) { Ok(()) } else { Err(progress) }
    };
    eventually(LONG, backfilled).await.unwrap();
    let points = bench.counter("metricwright_points_total").await;
    assert!(points.is_some_and(|points| points > 10_000), "{points:?}");
    denies(&bench).await;
    upgrade_with_a_new_field(&bench).await;
    quiet(&bench).await;
    let before = bench.versions().await;
    assert!(before.lines().count() >= 28, "{before}");

    bench.helm(&["uninstall", "metricwright", "metricwright-crds", "--wait", "--timeout=2m"]);
    assert_eq!(bench.versions().await, before);
    let store = bench.node.claim_folder(&bench.namespace, "state-metricwright-0");
    assert!(std::fs::read_dir(&store).unwrap().count() > 0, "{} is empty", store.display());

    bench.install(&chart("metricwright-crds"));
    quiet(&bench).await;
    assert_eq!(bench.versions().await, before, "the new operator wrote what had not changed");
    assert_eq!(bench.counter("metricwright_points_total").await, Some(0));
}

/// The API server asks the Pod, through the Service of the chart, with the certificate that the operator made and injected.
async fn denies(bench: &Bench) {
    let patch = ["patch", "mwm", "revenue", "--type=merge", "-p", r#"{"spec":{"formula":"sum(net_amount"}}"#];
    let all: Vec<&str> = ["-n", &bench.namespace].into_iter().chain(patch).collect();
    let denied = bench.plane.kubectl(&all).await.unwrap();
    assert!(!denied.succeeded(), "{}", denied.stdout);
    assert!(denied.stderr.contains("is invalid: spec.formula: FORMULA_SYNTAX: "), "{}", denied.stderr);
}

/// A later version of the kinds has one more field: it is accepted then, and the values stay.
async fn upgrade_with_a_new_field(bench: &Bench) {
    let value = "jsonpath={.status.latest[0].value}";
    let before = bench.kubectl(&["get", "mwm", "revenue", "-o", value]).await;
    let patch = ["patch", "mwm", "revenue", "--type=merge", "-p", r#"{"spec":{"laterField":"x"}}"#];
    let field = ["get", "mwm", "revenue", "-o", "jsonpath={.spec.laterField}"];
    bench.kubectl(&patch).await;
    assert_eq!(bench.kubectl(&field).await, "", "the present version drops what it does not know");

    let folder = TempDir::new().unwrap();
    let later = later_crds(folder.path());
    bench.helm(&["upgrade", "metricwright-crds", &later.display().to_string()]);
    let accepted = || async {
        bench.kubectl(&patch).await;
        let seen = bench.kubectl(&field).await;
        if seen == "x" { Ok(()) } else { Err(format!("laterField is {seen:?}")) }
    };
    eventually(LONG, accepted).await.unwrap();
    // The operator may be older than the kinds: values stay whether it knows the field or not.
    assert_eq!(bench.kubectl(&["get", "mwm", "revenue", "-o", value]).await, before);
    bench
        .kubectl(&[
            "patch",
            "mwm",
            "revenue",
            "--type=json",
            "-p",
            r#"[{"op":"remove","path":"/spec/laterField"}]"#,
        ])
        .await;
    bench.wait_ready().await;
}

/// A copy of the chart of the kinds in which a Metric has one more field.
fn later_crds(folder: &Path) -> PathBuf {
    let chart = root().join("charts/metricwright-crds");
    let copy = folder.join("metricwright-crds");
    for part in ["", "files", "templates"] {
        copy_files(&chart.join(part), &copy.join(part));
    }
    let path = copy.join("files/metrics.metricwright.dev.yaml");
    let mut crd: Value = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let schema = &mut crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    schema["properties"]["spec"]["properties"]["laterField"] =
        serde_json::json!({"type": "string", "maxLength": 20});
    std::fs::write(&path, serde_yaml::to_string(&crd).unwrap()).unwrap();
    copy
}

/// Waits until the operator has worked everything that waited and has written nothing for some status intervals.
async fn quiet(bench: &Bench) {
    let seen = Mutex::new((String::new(), Instant::now()));
    let idle = || async {
        let waiting = bench.counter("metricwright_queue_depth").await;
        let now = bench.versions().await;
        let mut seen = seen.lock().unwrap();
        if seen.0 != now {
            *seen = (now, Instant::now());
        }
        if waiting == Some(0) && seen.1.elapsed() > 4 * STATUS_INTERVAL {
            Ok(())
        } else {
            Err(format!("{waiting:?} wait; {}", seen.0))
        }
    };
    eventually(LONG, idle).await.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_probe_says_why_nothing_answers() {
    let output = run(&["probe", "http://127.0.0.1:9/readyz", "--timeout", "1s"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("127.0.0.1:9/readyz is not ready") && said.contains("refused"), "{said}");
}

/// The root of the image holds all that the program needs: it runs in it, as the image's user.
#[test]
fn the_program_runs_in_the_root_of_its_image() {
    let folder = TempDir::new().unwrap();
    let image = folder.path().join("image");
    let made = std::process::Command::new(root().join("scripts/image-root.sh"))
        .arg(env!("CARGO_BIN_EXE_metricwright"))
        .arg(&image)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    copy_files(&retail(), &image.join("retail"));
    copy_files(&retail().join("data"), &image.join("retail/data"));
    let in_image = |arguments: &[&str]| {
        let mut command = std::process::Command::new("chroot");
        command.args(["--userspec=65532:65532"]).arg(&image).arg("/metricwright").args(arguments);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    };
    in_image(&["check", "/retail", "--connect"]);
    // In Shanghai's time zone, which the image must know.
    let values =
        in_image(&["query", "revenue", "-C", "/retail", "--as-of", AS_OF, "--from", "7d", "-o", "csv"]);
    assert!(values.lines().count() >= 7, "{values}");
    assert!(!image.join("bin/sh").exists() && !image.join("usr/bin").exists());
}
