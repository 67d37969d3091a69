//! The rights that the operator needs, from what its code does, and those that users of its kinds get.

use metricwright_api::{GROUP, Kind};

use super::admission;

/// A right: verbs on resources of a group, and what for.
struct Rule {
    group: &'static str,
    resources: Vec<String>,
    /// The only objects that are meant; empty for all.
    names: Vec<String>,
    verbs: &'static [&'static str],
    what_for: &'static str,
}

fn plurals(suffix: &str) -> Vec<String> {
    Kind::ALL.iter().map(|kind| format!("{}{suffix}", kind.plural())).collect()
}

/// What it needs in the namespaces that it works on.
fn rules() -> Vec<Rule> {
    vec![
        Rule {
            group: GROUP,
            resources: plurals(""),
            names: Vec::new(),
            verbs: &["list", "watch"],
            what_for: "feed.rs watches every kind",
        },
        Rule {
            group: GROUP,
            resources: plurals("/status"),
            names: Vec::new(),
            verbs: &["update"],
            what_for: "publish.rs writes statuses",
        },
        Rule {
            group: GROUP,
            resources: vec![Kind::Incident.plural().to_owned()],
            names: Vec::new(),
            verbs: &["create", "delete"],
            what_for: "incidents.rs makes incidents and takes them away",
        },
        Rule {
            group: "",
            resources: vec!["secrets".to_owned()],
            names: Vec::new(),
            verbs: &["get"],
            what_for: "secrets.rs reads the Secrets that sources and channels name",
        },
        Rule {
            group: "events.k8s.io",
            resources: vec!["events".to_owned()],
            names: Vec::new(),
            verbs: &["create", "patch"],
            what_for: "publish.rs tells events",
        },
    ]
}

/// What it needs besides when it works on the whole cluster.
fn whole_cluster() -> Vec<Rule> {
    vec![
        Rule {
            group: "",
            resources: vec!["namespaces".to_owned()],
            names: Vec::new(),
            verbs: &["list", "watch"],
            what_for: "feed.rs reads the labels that `allowedNamespaces` selects by",
        },
        Rule {
            group: "authentication.k8s.io",
            resources: vec!["tokenreviews".to_owned()],
            names: Vec::new(),
            verbs: &["create"],
            what_for: "access.rs asks who sends a request to the API",
        },
        Rule {
            group: "authorization.k8s.io",
            resources: vec!["subjectaccessreviews".to_owned()],
            names: Vec::new(),
            verbs: &["create"],
            what_for: "access.rs asks whether they may read the metric",
        },
        Rule {
            group: "admissionregistration.k8s.io",
            resources: vec!["validatingwebhookconfigurations".to_owned()],
            names: vec![admission::CONFIGURATION.to_owned()],
            verbs: &["get", "patch"],
            what_for: "admission/keep.rs writes the `caBundle` of the webhook",
        },
    ]
}

/// What it needs in its own namespace only.
fn own_namespace() -> Vec<Rule> {
    vec![
        Rule {
            group: "coordination.k8s.io",
            resources: vec!["leases".to_owned()],
            names: Vec::new(),
            verbs: &["get", "create", "update"],
            what_for: "leadership.rs takes, renews and gives back the Lease",
        },
        Rule {
            group: "",
            resources: vec!["secrets".to_owned()],
            names: vec![admission::SECRET.to_owned()],
            verbs: &["get", "update"],
            what_for: "admission/keep.rs keeps the certificate of the webhook in a Secret",
        },
        Rule {
            group: "",
            resources: vec!["secrets".to_owned()],
            names: Vec::new(),
            verbs: &["create"],
            what_for: "admission/keep.rs makes that Secret; a right to create cannot be bound to a name",
        },
    ]
}

/// What people get who may look at a namespace.
fn viewer() -> Vec<Rule> {
    vec![Rule {
        group: GROUP,
        resources: plurals(""),
        names: Vec::new(),
        verbs: &["get", "list", "watch"],
        what_for: "definitions, values and incidents",
    }]
}

/// What people get who may change a namespace.
fn editor() -> Vec<Rule> {
    let definitions = Kind::ALL.iter().filter(|kind| **kind != Kind::Incident);
    vec![
        Rule {
            group: GROUP,
            resources: definitions.map(|kind| kind.plural().to_owned()).collect(),
            names: Vec::new(),
            verbs: &["create", "update", "patch", "delete", "deletecollection"],
            what_for: "definitions",
        },
        Rule {
            group: GROUP,
            resources: vec![Kind::Incident.plural().to_owned()],
            names: Vec::new(),
            verbs: &["update", "patch", "delete"],
            what_for: "incidents are made by the operator; deleting one closes it",
        },
    ]
}

const HEAD: &str = "# Generated by `make generate` from src/operator/rbac.rs.\n";

/// The ClusterRole of the operator, and its Role in its own namespace, as manifests.
pub fn operator_roles() -> String {
    let everywhere: Vec<Rule> = rules().into_iter().chain(whole_cluster()).collect();
    format!(
        "{HEAD}{}---\n{}",
        role("ClusterRole", "metricwright", "", &everywhere),
        role("Role", "metricwright", "  namespace: metricwright-system\n", &own_namespace())
    )
}

/// The Role of an operator that works on one namespace, its own.
pub fn namespaced_role() -> String {
    let all: Vec<Rule> = rules().into_iter().chain(own_namespace()).collect();
    format!("{HEAD}{}", role("Role", "metricwright", "", &all))
}

/// ClusterRoles that add the kinds to the view, edit and admin roles that every cluster has.
pub fn user_roles() -> String {
    let labels = |of: &[&str]| {
        let labels: String = of
            .iter()
            .map(|role| format!("    rbac.authorization.k8s.io/aggregate-to-{role}: \"true\"\n"))
            .collect();
        format!("  labels:\n{labels}")
    };
    format!(
        "{HEAD}{}---\n{}",
        role("ClusterRole", "metricwright-view", &labels(&["view", "edit", "admin"]), &viewer()),
        role("ClusterRole", "metricwright-edit", &labels(&["edit", "admin"]), &editor())
    )
}

fn role(kind: &str, name: &str, metadata: &str, rules: &[Rule]) -> String {
    let mut text = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n{metadata}rules:\n"
    );
    let list =
        |items: &[String]| items.iter().map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", ");
    for rule in rules {
        let verbs: Vec<String> = rule.verbs.iter().map(|verb| (*verb).to_owned()).collect();
        let names = match &rule.names[..] {
            [] => String::new(),
            names => format!("    resourceNames: [{}]\n", list(names)),
        };
        text += &format!(
            "  # {}\n  - apiGroups: [\"{}\"]\n    resources: [{}]\n{names}    verbs: [{}]\n",
            rule.what_for,
            rule.group,
            list(&rule.resources),
            list(&verbs)
        );
    }
    text
}
