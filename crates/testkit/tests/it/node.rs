//! Jobs, Deployments and StatefulSets really run on the node for tests.

use std::time::Duration;

use metricwright_testkit::control_plane::{ControlPlane, Options};
use metricwright_testkit::eventually;
use metricwright_testkit::node::{Node, NodeOptions};
use tokio::sync::OnceCell;

const SOON: Duration = Duration::from_mins(3);

/// One control plane with a node for all tests here: the shared one has none, and its tests count on it.
async fn place() -> &'static (Node, ControlPlane) {
    static PLACE: OnceCell<(Node, ControlPlane)> = OnceCell::const_new();
    PLACE
        .get_or_init(|| async {
            let plane =
                ControlPlane::start(Options::default()).await.unwrap_or_else(|error| panic!("{error}"));
            let node =
                Node::start(&plane, NodeOptions::default()).await.unwrap_or_else(|error| panic!("{error}"));
            (node, plane)
        })
        .await
}

struct Bench {
    node: &'static Node,
    plane: &'static ControlPlane,
    namespace: String,
}

impl Bench {
    async fn new(prefix: &str) -> Self {
        let (node, plane) = place().await;
        let namespace = plane.create_namespace(prefix).await.unwrap();
        Self { node, plane, namespace }
    }

    async fn kubectl(&self, arguments: &[&str]) -> String {
        let all: Vec<&str> = ["-n", &self.namespace].into_iter().chain(arguments.iter().copied()).collect();
        self.plane.kubectl(&all).await.unwrap().ok().unwrap()
    }

    async fn apply(&self, manifest: &str) {
        let all = ["-n", &self.namespace, "apply", "-f", "-"];
        self.plane.kubectl_with_input(&all, manifest).await.unwrap().ok().unwrap();
    }

    /// Waits until a field of an object has a value.
    async fn until(&self, object: &str, path: &str, expected: &str) {
        let template = format!("jsonpath={{{path}}}");
        let reached = eventually(SOON, || async {
            let seen = self.kubectl(&["get", object, "-o", &template]).await;
            if seen == expected { Ok(()) } else { Err(format!("{object} {path} is {seen:?}")) }
        });
        if let Err(error) = reached.await {
            panic!("{error}\n{}", self.kubectl(&["get", "pods", "-o", "yaml"]).await);
        }
    }
}

fn job(name: &str, script: &str) -> String {
    format!(
        r#"
apiVersion: batch/v1
kind: Job
metadata: {{name: {name}}}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      securityContext: {{runAsUser: 65532, fsGroup: 65532}}
      containers:
        - name: main
          image: any
          command: [sh, -c, {script:?}]
          env:
            - {{name: GREETING, valueFrom: {{configMapKeyRef: {{name: words, key: greeting}}}}}}
            - {{name: PASSWORD, valueFrom: {{secretKeyRef: {{name: keys, key: password}}}}}}
            - {{name: POD, valueFrom: {{fieldRef: {{fieldPath: metadata.namespace}}}}}}
            - {{name: BOTH, value: "$(GREETING) $(POD)"}}
          envFrom: [{{prefix: W_, configMapRef: {{name: words}}}}]
          securityContext: {{readOnlyRootFilesystem: true}}
          volumeMounts: [{{name: scratch, mountPath: /scratch}}, {{name: words, mountPath: /words}}]
      volumes:
        - {{name: scratch, emptyDir: {{}}}}
        - {{name: words, configMap: {{name: words}}}}
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_completes_with_its_environment_volumes_user_and_token() {
    let bench = Bench::new("job").await;
    bench.kubectl(&["create", "configmap", "words", "--from-literal=greeting=hello"]).await;
    bench.kubectl(&["create", "secret", "generic", "keys", "--from-literal=password=rather-secret"]).await;
    let token = "/var/run/secrets/kubernetes.io/serviceaccount";
    let script = format!(
        "set -e; echo \"$BOTH $PASSWORD $W_greeting\"; id -u; cat /words/greeting; echo; echo kept > /scratch/file; \
         cat /scratch/file; ! touch /forbidden 2>/dev/null; cut -c1-3 {token}/token; cat {token}/namespace; echo; \
         head -1 {token}/ca.crt; echo $$"
    );
    bench.apply(&job("good", &script)).await;
    bench.until("job/good", ".status.succeeded", "1").await;
    let pod = bench.kubectl(&["get", "pods", "-o", "jsonpath={.items[0].metadata.name}"]).await;
    let log = bench.node.log(&bench.namespace, &pod);
    let space = &bench.namespace;
    let expected = format!(
        "hello {space} rather-secret hello\n65532\nhello\nkept\neyJ\n{space}\n-----BEGIN CERTIFICATE-----\n1\n"
    );
    assert_eq!(log, expected);
    let phase = bench.kubectl(&["get", "pod", &pod, "-o", "jsonpath={.status.phase}"]).await;
    assert_eq!(phase, "Succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_job_fails_with_its_exit_code() {
    let bench = Bench::new("failing").await;
    bench.kubectl(&["create", "configmap", "words", "--from-literal=greeting=hello"]).await;
    bench.apply(&job("bad", "exit 7")).await;
    // The Secret comes later: the Pod waits for it, and says so.
    let waiting = ".items[0].status.containerStatuses[0].state.waiting.message";
    bench.until("pods", waiting, "secret \"keys\" not found").await;
    bench.kubectl(&["create", "secret", "generic", "keys", "--from-literal=password=x"]).await;
    bench.until("job/bad", ".status.failed", "1").await;
    let code = ".items[0].status.containerStatuses[0].state.terminated.exitCode";
    bench.until("pods", code, "7").await;
}

fn deployment(version: &str) -> String {
    format!(
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: main
          image: any
          command: [perl, -MIO::Socket::INET, -e]
          args:
            - |
              $| = 1; $SIG{{TERM}} = sub {{ print "told to end\n"; exit 0 }};
              my $s = IO::Socket::INET->new(LocalAddr => $ENV{{IP}}, LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die "$!";
              print "{version} listens\n";
              while (1) {{ my $c = $s->accept or next; my $line = <$c>; print $c "HTTP/1.1 200 OK\r\n\r\nok"; close $c }}
          env: [{{name: IP, valueFrom: {{fieldRef: {{fieldPath: status.podIP}}}}}}]
          ports: [{{name: http, containerPort: 8080}}]
          readinessProbe: {{httpGet: {{path: /, port: http}}, periodSeconds: 1}}
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_rolls_when_new_pods_answer_and_old_ones_end_well() {
    let bench = Bench::new("deployment").await;
    bench.apply(&deployment("one")).await;
    bench.until("deployment/web", ".status.readyReplicas", "2").await;
    bench.apply("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 8080}]}").await;
    let addresses = eventually(SOON, || async {
        let template = "jsonpath={.items[*].endpoints[*].addresses[0]}";
        let seen = bench.kubectl(&["get", "endpointslices", "-o", template]).await;
        if seen.split_whitespace().count() == 2 { Ok(seen) } else { Err(seen) }
    });
    let addresses = addresses.await.unwrap();
    assert!(addresses.split_whitespace().all(|address| address.starts_with("10.77.")), "{addresses}");
    let old = bench.kubectl(&["get", "pods", "-o", "jsonpath={.items[*].metadata.name}"]).await;

    bench.apply(&deployment("two")).await;
    bench.kubectl(&["rollout", "status", "deployment/web", "--timeout=180s"]).await;
    for pod in old.split_whitespace() {
        let gone = ["wait", "--for=delete", &format!("pod/{pod}"), "--timeout=60s"];
        bench.kubectl(&gone).await;
        assert_eq!(bench.node.log(&bench.namespace, pod), "one listens\ntold to end\n");
    }
}

const STATEFUL: &str = r#"
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: keeper}
spec:
  serviceName: keeper
  selector: {matchLabels: {app: keeper}}
  template:
    metadata: {labels: {app: keeper}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: any
          command: [sh, -c, "echo run >> /kept/runs; wc -l < /kept/runs; exec sleep 600"]
          volumeMounts: [{name: kept, mountPath: /kept}]
  volumeClaimTemplates:
    - metadata: {name: kept}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_stateful_set_keeps_its_claim_from_pod_to_pod() {
    let bench = Bench::new("stateful").await;
    bench.apply(STATEFUL).await;
    bench.until("statefulset/keeper", ".status.readyReplicas", "1").await;
    let first = bench.kubectl(&["get", "pod", "keeper-0", "-o", "jsonpath={.metadata.uid}"]).await;
    bench.kubectl(&["delete", "pod", "keeper-0"]).await;
    let log = || async {
        let log = bench.node.log(&bench.namespace, "keeper-0");
        if log == "1\n2\n" { Ok(()) } else { Err(log) }
    };
    eventually(SOON, log).await.unwrap();
    let second = bench.kubectl(&["get", "pod", "keeper-0", "-o", "jsonpath={.metadata.uid}"]).await;
    assert_ne!(first, second);
    let folder = bench.node.claim_folder(&bench.namespace, "kept-keeper-0");
    assert_eq!(std::fs::read_to_string(folder.join("runs")).unwrap(), "run\nrun\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_fails_is_started_again_and_one_without_a_program_says_why() {
    let bench = Bench::new("again").await;
    let pod = |name: &str, container: &str| {
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers: [{container}]\n")
    };
    bench.apply(&pod("fails", r#"{name: main, image: any, command: [sh, -c, "exit 3"]}"#)).await;
    let last = ".status.containerStatuses[0].lastState.terminated.exitCode";
    bench.until("pod/fails", last, "3").await;
    bench.until("pod/fails", ".status.containerStatuses[0].restartCount", "2").await;
    bench.apply(&pod("unknown", "{name: main, image: 'registry.example/no:1'}")).await;
    bench.until("pod/unknown", ".status.containerStatuses[0].state.waiting.reason", "ErrImagePull").await;
    bench.apply(&pod("sick", r#"{name: main, image: any, command: [sleep, "600"], livenessProbe: {tcpSocket: {port: 9}, periodSeconds: 1, failureThreshold: 2}}"#)).await;
    bench.until("pod/sick", ".status.containerStatuses[0].restartCount", "1").await;
}
