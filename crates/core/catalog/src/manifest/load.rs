//! From files to objects.

use std::collections::BTreeMap;

use metricwright_api::{API_VERSION, Code, Diagnostic, GROUP, Kind, Level, ObjectId};
use serde_json::Value;

use super::place::{Finding, locate};
use super::schema::validate_object;
use super::tree::{Node, NodeKind, Place, documents};
use crate::inventory::{Object, Spec};

/// The namespace of an object that names none.
const DEFAULT_NAMESPACE: &str = "default";
/// Largest file that is read, in bytes.
const MAX_FILE: usize = 4 << 20;

/// A file of manifests.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// How people name it.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// Something read from a file, with its document.
#[derive(Clone, Debug)]
pub struct Located<T> {
    /// What was read.
    pub value: T,
    /// Index of the file.
    pub file: usize,
    /// The document.
    pub document: Node,
}

/// A Secret as a manifest gives it to the local host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretManifest {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Texts by key, from `stringData`.
    pub texts: BTreeMap<String, String>,
    /// Base64 by key, from `data`.
    pub encoded: BTreeMap<String, String>,
}

/// What the files hold.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Objects that can be read, each once.
    pub objects: Vec<Located<Object>>,
    /// Secrets.
    pub secrets: Vec<SecretManifest>,
    /// Labels of namespaces.
    pub namespaces: BTreeMap<String, BTreeMap<String, String>>,
    /// What is wrong with the files, in order of file and line.
    pub findings: Vec<Finding>,
}

impl Loaded {
    /// Where a finding on one of the objects is; on the first line of its file where the object is not
    /// known.
    pub fn locate(&self, files: &[SourceFile], diagnostic: &Diagnostic) -> Option<Finding> {
        let object =
            self.objects.iter().find(|object| Some(&object.value.id) == diagnostic.object.as_ref())?;
        let file = files.get(object.file)?;
        Some(locate(diagnostic, &file.path, &file.text, &object.document))
    }
}

/// Reads files. Kinds of Kubernetes that are not ours are passed over.
pub fn load(files: &[SourceFile]) -> Loaded {
    let mut loaded = Loaded::default();
    for (index, file) in files.iter().enumerate() {
        Loading { loaded: &mut loaded, files, index, file }.file();
    }
    loaded.findings.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    loaded
}

struct Loading<'a> {
    loaded: &'a mut Loaded,
    files: &'a [SourceFile],
    index: usize,
    file: &'a SourceFile,
}

impl Loading<'_> {
    fn file(&mut self) {
        if self.file.text.len() > MAX_FILE {
            self.at(Place::default(), Code::YamlSyntax, "the file is larger than 4 MiB".into(), "split it");
            return;
        }
        let (documents, fault) = documents(&self.file.text);
        for document in documents {
            self.document(document);
        }
        if let Some(fault) = fault {
            self.at(
                fault.place,
                Code::YamlSyntax,
                fault.reason,
                "mend the YAML here; what follows was not read",
            );
        }
    }

    fn at(&mut self, place: Place, code: Code, reason: String, remedy: &str) {
        let diagnostic = Diagnostic {
            code,
            level: Level::Error,
            object: None,
            path: String::new(),
            span: None,
            reason,
            remedy: remedy.to_owned(),
        };
        self.loaded.findings.push(Finding {
            diagnostic,
            file: self.file.path.clone(),
            line: place.line.max(1),
            column: place.column.max(1),
            end_column: place.column.max(1) + 1,
        });
    }

    fn document(&mut self, document: Node) {
        if matches!(&document.kind, NodeKind::Scalar { text, .. } if text.is_empty()) {
            return;
        }
        let text = |key: &str| match document.get(key).map(Node::to_json) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        match (api_version.as_str(), kind.as_str()) {
            ("v1", "List") => {
                if let Some(NodeKind::List(items)) = document.get("items").map(|items| items.kind.clone()) {
                    for item in items {
                        self.document(item);
                    }
                }
            }
            ("v1", "Secret") => self.secret(&document),
            ("v1", "Namespace") => self.namespace(&document),
            _ if api_version.starts_with(GROUP) => self.object(document, &api_version, &kind),
            // Another kind of Kubernetes is none of our business.
            _ if !api_version.is_empty() && !kind.is_empty() => {}
            _ => {
                let place = document.place;
                let reason = "the document has no `apiVersion` and `kind`".to_owned();
                self.at(
                    place,
                    Code::UnknownKind,
                    reason,
                    "begin it with `apiVersion: metricwright.dev/v1alpha1` and a `kind`",
                );
            }
        }
    }

    fn object(&mut self, document: Node, api_version: &str, kind: &str) {
        let place_of = |key: &str| document.get(key).map_or(document.place, |node| node.place);
        let known = Kind::ALL.into_iter().find(|known| known.as_str() == kind);
        let Some(kind) = known.filter(|kind| *kind != Kind::Incident) else {
            let names: Vec<&str> =
                Kind::ALL.iter().filter(|kind| **kind != Kind::Incident).map(|kind| kind.as_str()).collect();
            let remedy = match metricwright_formula::suggest(kind, &names) {
                Some(close) => format!("did you mean `{close}`?"),
                None if kind == "Incident" => "incidents are made by Metricwright, not written".to_owned(),
                None => format!("use one of {}", names.join(", ")),
            };
            let reason = format!("there is no kind `{kind}` to write in {GROUP}");
            self.at(place_of("kind"), Code::UnknownKind, reason, &remedy);
            return;
        };
        if api_version != API_VERSION {
            let reason = format!("there is no version `{api_version}`");
            self.at(place_of("apiVersion"), Code::UnknownKind, reason, &format!("write `{API_VERSION}`"));
            return;
        }
        let json = document.to_json();
        let name = json.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let namespace =
            json.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or(DEFAULT_NAMESPACE);
        let id = ObjectId::new(kind, namespace, &name);
        let mut findings = name_findings(&id);
        findings.extend(validate_object(&id, &json));
        findings.extend(self.duplicate(&id));
        if findings.is_empty() {
            match read_object(&id, &json) {
                Ok(object) => {
                    let file = self.index;
                    self.loaded.objects.push(Located { value: object, file, document });
                    return;
                }
                Err(reason) => {
                    findings.push(Diagnostic::error(
                        Code::InvalidValue,
                        &id,
                        "spec",
                        reason,
                        "see `kubectl explain`",
                    ));
                }
            }
        }
        let (path, text) = (self.file.path.clone(), self.file.text.clone());
        self.loaded.findings.extend(findings.iter().map(|finding| locate(finding, &path, &text, &document)));
    }

    fn duplicate(&self, id: &ObjectId) -> Option<Diagnostic> {
        let first = self.loaded.objects.iter().find(|object| object.value.id == *id)?;
        let file = self.files.get(first.file).map(|file| file.path.as_str()).unwrap_or_default();
        let reason = format!("{id} is declared already, in {file} at line {}", first.document.place.line);
        let remedy = "take one of them out, or give it another name";
        Some(Diagnostic::error(Code::DuplicateObject, id, "metadata.name", reason, remedy))
    }

    fn secret(&mut self, document: &Node) {
        let json = document.to_json();
        let texts = |key: &str| texts(json.get(key));
        let (namespace, name) = identity(&json);
        let secret = SecretManifest { namespace, name, texts: texts("stringData"), encoded: texts("data") };
        self.loaded.secrets.push(secret);
    }

    fn namespace(&mut self, document: &Node) {
        let json = document.to_json();
        let (_, name) = identity(&json);
        self.loaded.namespaces.insert(name, texts(json.pointer("/metadata/labels")));
    }
}

fn identity(json: &Value) -> (String, String) {
    let text = |path: &str| json.pointer(path).and_then(Value::as_str).map(str::to_owned);
    (
        text("/metadata/namespace").unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned()),
        text("/metadata/name").unwrap_or_default(),
    )
}

fn texts(value: Option<&Value>) -> BTreeMap<String, String> {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    fields.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// Names follow the rules of Kubernetes; those of metrics are names in formulas, too.
fn name_findings(id: &ObjectId) -> Vec<Diagnostic> {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let inner = id.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.');
    let plain = inner && id.name.len() <= 253 && ends(id.name.chars().next()) && ends(id.name.chars().last());
    let metric = !id.name.contains('.')
        && id.name.len() <= 63
        && id.name.starts_with(|c: char| c.is_ascii_lowercase());
    if plain && (metric || id.kind != Kind::Metric) {
        return Vec::new();
    }
    let (reason, remedy) = match (id.name.is_empty(), id.kind) {
        (true, _) => ("the object has no name".to_owned(), "give `metadata.name`"),
        (_, Kind::Metric) => (
            format!("`{}` cannot be the name of a metric", id.name),
            "use 1 to 63 of a-z, 0-9 and `-`, beginning with a letter and not ending with `-`",
        ),
        _ => (
            format!("`{}` cannot be a name", id.name),
            "use a-z, 0-9, `-` and `.`, beginning and ending with a letter or digit",
        ),
    };
    vec![Diagnostic::error(Code::InvalidName, id, "metadata.name", reason, remedy)]
}

/// Reads an object that its schema has nothing against.
///
/// # Errors
/// It cannot be read all the same; the text says why.
pub fn read_object(id: &ObjectId, json: &Value) -> Result<Object, String> {
    fn spec<T: serde::de::DeserializeOwned>(json: &Value) -> Result<T, String> {
        serde_json::from_value(json.get("spec").cloned().unwrap_or_default())
            .map_err(|error| error.to_string())
    }
    let spec = match id.kind {
        Kind::DataSource => Spec::DataSource(spec(json)?),
        Kind::Dataset => Spec::Dataset(spec(json)?),
        Kind::Metric => Spec::Metric(spec(json)?),
        Kind::AlertRule => Spec::AlertRule(spec(json)?),
        Kind::Channel => Spec::Channel(spec(json)?),
        Kind::Incident => return Err("incidents are made by Metricwright, not written".to_owned()),
    };
    Ok(Object {
        id: id.clone(),
        labels: texts(json.pointer("/metadata/labels")),
        annotations: texts(json.pointer("/metadata/annotations")),
        generation: json.pointer("/metadata/generation").and_then(Value::as_i64),
        spec,
    })
}
