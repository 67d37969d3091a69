//! From files to objects.

use std::collections::BTreeMap;

use metricwright_api::{API_VERSION, Code, Diagnostic, GROUP, Kind, Level, ObjectId};
use metricwright_formula::suggest;

use super::lines::Lines;
use super::place::{Finding, finding_at, locate};
use super::read::{DEFAULT_NAMESPACE, SecretManifest, identity, read_object, texts};
use super::schema::validate_object;
use super::tree::{Node, NodeKind, Place, documents};
use crate::inventory::Object;
use crate::resolve::reference::few;

/// Largest file that is read, in bytes.
const MAX_FILE: usize = 4 << 20;
/// Fields by which a document shows that it is meant as an object.
const OBJECT_FIELDS: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];
/// Files of kustomize, which need no `apiVersion` and `kind`.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

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
    /// Position in `objects`.
    index: BTreeMap<ObjectId, usize>,
    /// Where every object is declared first, readable or not.
    declared: BTreeMap<ObjectId, (usize, usize)>,
    /// The lines of every file.
    lines: Vec<Lines>,
}

impl Loaded {
    /// Where a finding on one of the objects is; none where the object is not in the files.
    pub fn locate(&self, files: &[SourceFile], diagnostic: &Diagnostic) -> Option<Finding> {
        let object = self.objects.get(*self.index.get(diagnostic.object.as_ref()?)?)?;
        let (file, lines) = (files.get(object.file)?, self.lines.get(object.file)?);
        Some(locate(diagnostic, &file.path, &file.text, lines, &object.document))
    }
}

/// Reads files. Kinds of Kubernetes that are not ours are passed over.
pub fn load(files: &[SourceFile]) -> Loaded {
    load_in(files, DEFAULT_NAMESPACE)
}

/// The same, where objects that name no namespace are in `home`.
pub fn load_in(files: &[SourceFile], home: &str) -> Loaded {
    let mut loaded = Loaded::default();
    for (index, file) in files.iter().enumerate() {
        let lines = Lines::of(&file.text);
        Loading { loaded: &mut loaded, files, home, index, file, lines: &lines }.file();
        loaded.lines.push(lines);
    }
    loaded.findings.sort_by(|a, b| a.order().cmp(&b.order()));
    loaded
}

struct Loading<'a> {
    loaded: &'a mut Loaded,
    files: &'a [SourceFile],
    home: &'a str,
    index: usize,
    file: &'a SourceFile,
    lines: &'a Lines,
}

impl Loading<'_> {
    fn file(&mut self) {
        let name = self.file.path.rsplit(['/', '\\']).next().unwrap_or_default();
        if KUSTOMIZATIONS.contains(&name) {
            return;
        }
        if self.file.text.len() > MAX_FILE {
            let reason = "the file is larger than 4 MiB".to_owned();
            self.at(Place::default(), Level::Error, Code::YamlSyntax, reason, "split it");
            return;
        }
        let found = documents(&self.file.text);
        found.good.into_iter().for_each(|document| self.document(document));
        for fault in found.faults {
            self.at(fault.place, Level::Error, Code::YamlSyntax, fault.reason, fault.remedy);
        }
    }

    /// A finding at a place of the file, on no object.
    fn at(&mut self, place: Place, level: Level, code: Code, reason: String, remedy: &str) {
        let (path, remedy) = (String::new(), remedy.to_owned());
        let diagnostic = Diagnostic { code, level, object: None, path, span: None, reason, remedy };
        let finding = finding_at(diagnostic, &self.file.path, &self.file.text, self.lines, place);
        self.loaded.findings.push(finding);
    }

    fn document(&mut self, document: Node) {
        let api_version = document.text("apiVersion").unwrap_or_default().to_owned();
        let kind = document.text("kind").unwrap_or_default().to_owned();
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        match (api_version.as_str(), kind.as_str()) {
            ("v1", "List") => self.list(document),
            ("v1", "Secret") => {
                self.loaded.secrets.push(SecretManifest::read(&document.to_json(), self.home));
            }
            ("v1", "Namespace") => {
                let json = document.to_json();
                self.loaded
                    .namespaces
                    .insert(identity(&json, self.home).1, texts(json.pointer("/metadata/labels")));
            }
            ("", _) | (_, "") => self.nameless(&document),
            _ if group == GROUP => self.object(document, &api_version, &kind),
            _ if suggest(group, [GROUP]).is_some() => {
                let reason = format!("there is no group `{group}`");
                self.unknown(&document, "apiVersion", reason, &format!("did you mean `{API_VERSION}`?"));
            }
            // Another kind of Kubernetes is none of our business.
            _ => {}
        }
    }

    fn list(&mut self, document: Node) {
        let NodeKind::Map(entries) = document.kind else { return };
        for (key, _, value) in entries {
            if let (true, NodeKind::List(items)) = (key == "items", value.kind) {
                for item in items {
                    self.document(item);
                }
            }
        }
    }

    /// A document that does not say what it is: a slip where it looks like an object.
    fn nameless(&mut self, document: &Node) {
        if document.is_empty() {
            return;
        }
        let missing: Vec<&str> = ["apiVersion", "kind"]
            .into_iter()
            .filter(|key| document.text(key).is_none_or(str::is_empty))
            .collect();
        let reason = format!("the document has no {}", few(&missing));
        let meant = OBJECT_FIELDS.iter().any(|key| document.get(key).is_some());
        if meant {
            let remedy = format!("begin it with `apiVersion: {API_VERSION}` and a `kind`");
            self.unknown(document, "kind", reason, &remedy);
        } else {
            let place = first_line(document.place);
            self.at(
                place,
                Level::Warning,
                Code::UnknownKind,
                reason,
                "it is passed over; keep it apart from manifests",
            );
        }
    }

    fn unknown(&mut self, document: &Node, key: &str, reason: String, remedy: &str) {
        let place = document
            .get(key)
            .filter(|value| !value.is_empty())
            .map_or(first_line(document.place), |value| value.place);
        self.at(place, Level::Error, Code::UnknownKind, reason, remedy);
    }

    fn object(&mut self, document: Node, api_version: &str, kind: &str) {
        let kinds = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Incident);
        let Some(kind) = kinds.clone().find(|known| known.as_str() == kind) else {
            let names: Vec<&str> = kinds.map(Kind::as_str).collect();
            let remedy = match suggest(kind, &names) {
                _ if kind == Kind::Incident.as_str() => {
                    "incidents are made by Metricwright, not written".to_owned()
                }
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("use one of {}", few(&names)),
            };
            self.unknown(
                &document,
                "kind",
                format!("there is no kind `{kind}` to write in {GROUP}"),
                &remedy,
            );
            return;
        };
        if api_version != API_VERSION {
            let reason = format!("there is no version `{api_version}`");
            self.unknown(&document, "apiVersion", reason, &format!("write `{API_VERSION}`"));
            return;
        }
        self.known(kind, document);
    }

    /// An object of one of our kinds.
    fn known(&mut self, kind: Kind, document: Node) {
        let json = document.to_json();
        let (namespace, name) = identity(&json, self.home);
        let id = ObjectId::new(kind, namespace, name);
        let mut findings = validate_object(&id, &json);
        findings.extend(self.duplicate(&id, document.place.line));
        if findings.is_empty() {
            match read_object(&id, &json) {
                Ok(value) => {
                    self.loaded.index.insert(id, self.loaded.objects.len());
                    self.loaded.objects.push(Located { value, file: self.index, document });
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
        let (path, text) = (&self.file.path, &self.file.text);
        self.loaded
            .findings
            .extend(findings.iter().map(|finding| locate(finding, path, text, self.lines, &document)));
    }

    /// A finding where the object is declared already.
    fn duplicate(&mut self, id: &ObjectId, line: usize) -> Option<Diagnostic> {
        if id.name.is_empty() {
            return None;
        }
        let Some((file, line)) = self.loaded.declared.get(id) else {
            self.loaded.declared.insert(id.clone(), (self.index, line));
            return None;
        };
        let file = self.files.get(*file).map(|file| file.path.as_str()).unwrap_or_default();
        let reason = format!("{id} is declared already, in {file} at line {line}");
        let remedy = "take one of them out, or give it another name";
        Some(Diagnostic::error(Code::DuplicateObject, id, "metadata.name", reason, remedy))
    }
}

/// The beginning of a place.
fn first_line(place: Place) -> Place {
    Place { end_line: place.line, end_column: place.column + 1, ..place }
}
