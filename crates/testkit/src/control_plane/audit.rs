//! The API server's audit log as typed events that a test can filter and count.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Deref;
use std::path::PathBuf;

use serde::Deserialize;

use super::error::Error;

/// The verbs that ask the API server to change something.
const WRITE_VERBS: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];

/// One answered request.
///
/// Parts that a request does not have (a resource for `/readyz`, a name for a list) are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Who asked, as RBAC names it.
    pub user: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The plural of the kind, such as `configmaps`.
    pub resource: String,
    /// Such as `status`.
    pub subresource: String,
    /// The namespace of the object.
    pub namespace: String,
    /// The name of the object.
    pub name: String,
    /// The HTTP status of the answer.
    pub code: u16,
    /// The path with its query, as asked.
    pub uri: String,
    /// What the client called itself.
    pub user_agent: String,
    /// When the request came in, RFC 3339 with microseconds.
    pub received_at: String,
}

impl AuditEvent {
    /// Whether it asked for a change, of anything but a Lease; refused and dry-run requests count as well.
    pub fn is_write(&self) -> bool {
        WRITE_VERBS.contains(&self.verb.as_str())
            && (self.group.as_str(), self.resource.as_str()) != ("coordination.k8s.io", "leases")
    }
}

impl fmt::Display for AuditEvent {
    /// `operator patch metrics.metricwright.dev/status shop/revenue: 200`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, verb, group, resource, subresource, namespace, name, code, uri, .. } = self;
        if resource.is_empty() {
            return write!(f, "{user} {verb} {uri}: {code}");
        }
        let dot = if group.is_empty() { "" } else { "." };
        let slash = if subresource.is_empty() { "" } else { "/" };
        write!(f, "{user} {verb} {resource}{dot}{group}{slash}{subresource} {namespace}/{name}: {code}")
    }
}

/// Events in the order of their answers; its `Display` has one line for each, for assertion messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditEvents(Vec<AuditEvent>);

impl AuditEvents {
    /// The events for which `keep` holds.
    #[must_use]
    pub fn only(mut self, keep: impl FnMut(&AuditEvent) -> bool) -> Self {
        self.0.retain(keep);
        self
    }

    /// Create, update, patch and delete of this user, Leases aside.
    #[must_use]
    pub fn writes_by(self, user: &str) -> Self {
        self.only(|event| event.user == user && event.is_write())
    }

    /// Leaves out a resource of any group, such as `events`.
    #[must_use]
    pub fn without(self, resource: &str) -> Self {
        self.only(|event| event.resource != resource)
    }

    /// Only objects of this namespace.
    #[must_use]
    pub fn in_namespace(self, namespace: &str) -> Self {
        self.only(|event| event.namespace == namespace)
    }
}

impl Deref for AuditEvents {
    type Target = [AuditEvent];

    fn deref(&self) -> &[AuditEvent] {
        &self.0
    }
}

impl fmt::Display for AuditEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|event| writeln!(f, "{event}"))
    }
}

/// A place in the audit log to count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct AuditMark(u64);

/// The audit log of a control plane.
///
/// The API server writes a line before it finishes the answer: what a client has seen answered is in the log. A watch is
/// in it when it ends.
#[derive(Debug, Clone)]
pub struct AuditLog {
    path: PathBuf,
}

impl AuditLog {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// The present end of the log.
    pub fn mark(&self) -> Result<AuditMark, Error> {
        Ok(self.lines_since(AuditMark::default())?.1)
    }

    /// The events of all answers so far.
    pub fn all(&self) -> Result<AuditEvents, Error> {
        self.since(AuditMark::default())
    }

    /// The events of the answers after `mark`.
    pub fn since(&self, mark: AuditMark) -> Result<AuditEvents, Error> {
        let (lines, _) = self.lines_since(mark)?;
        lines.lines().map(parse).collect::<Result<_, _>>().map(AuditEvents)
    }

    /// The whole lines after `mark` and where they end; a line that is just being written belongs to the next call.
    fn lines_since(&self, mark: AuditMark) -> Result<(String, AuditMark), Error> {
        let mut bytes = match self.bytes_since(mark) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            outcome => outcome.map_err(Error::file(&self.path))?,
        };
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        bytes.truncate(whole);
        let end = AuditMark(mark.0 + bytes.len() as u64);
        Ok((String::from_utf8_lossy(&bytes).into_owned(), end))
    }

    fn bytes_since(&self, mark: AuditMark) -> std::io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(mark.0))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// The parts of `audit.k8s.io/v1` Event that are read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    user: UserInfo,
    /// Whom the request was made as, with `kubectl --as`.
    impersonated_user: Option<UserInfo>,
    verb: String,
    #[serde(rename = "requestURI")]
    uri: String,
    #[serde(default)]
    user_agent: String,
    #[serde(default)]
    object_ref: ObjectRef,
    #[serde(default)]
    response_status: ResponseStatus,
    #[serde(rename = "requestReceivedTimestamp")]
    received_at: String,
}

#[derive(Deserialize)]
struct UserInfo {
    #[serde(default)]
    username: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ObjectRef {
    api_group: String,
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ResponseStatus {
    code: u16,
}

fn parse(line: &str) -> Result<AuditEvent, Error> {
    let parsed: Line =
        serde_json::from_str(line).map_err(|source| Error::AuditLine { line: line.to_owned(), source })?;
    let ObjectRef { api_group, resource, subresource, namespace, name } = parsed.object_ref;
    Ok(AuditEvent {
        user: parsed.impersonated_user.unwrap_or(parsed.user).username,
        verb: parsed.verb,
        group: api_group,
        resource,
        subresource,
        namespace,
        name,
        code: parsed.response_status.code,
        uri: parsed.uri,
        user_agent: parsed.user_agent,
        received_at: parsed.received_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line as the API server writes it, shortened to what is read.
    fn line(user: &str, verb: &str, object: &str) -> String {
        format!(
            r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","stage":"ResponseComplete","requestURI":"/x","verb":"{verb}","user":{{"username":"{user}","groups":["g"]}},"userAgent":"t/1","objectRef":{object},"responseStatus":{{"metadata":{{}},"code":200}},"requestReceivedTimestamp":"2026-01-02T03:04:05.000006Z"}}"#
        )
    }

    fn log(content: &str) -> (tempfile::TempDir, AuditLog) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        std::fs::write(&path, content).unwrap();
        (folder, AuditLog::at(path))
    }

    #[test]
    fn counts_the_writes_of_one_user_without_leases_and_events() {
        let metric = r#"{"resource":"metrics","apiGroup":"metricwright.dev","subresource":"status","namespace":"shop","name":"revenue"}"#;
        let lines = [
            line("operator", "patch", metric),
            line("admin", "patch", metric),
            line("operator", "list", metric),
            line("operator", "update", r#"{"resource":"leases","apiGroup":"coordination.k8s.io"}"#),
            line(
                "operator",
                "create",
                r#"{"resource":"events","apiGroup":"events.k8s.io","namespace":"shop"}"#,
            ),
        ];
        let (_folder, log) = log(&(lines.join("\n") + "\n"));
        let writes = log.all().unwrap().writes_by("operator");
        assert_eq!(writes.len(), 2);
        let writes = writes.without("events").in_namespace("shop");
        assert_eq!(writes.to_string(), "operator patch metrics.metricwright.dev/status shop/revenue: 200\n");
    }

    #[test]
    fn counts_from_a_mark_and_leaves_a_half_written_line_for_later() {
        let (first, second) = (line("a", "create", "{}"), line("b", "create", "{}"));
        let (half, rest) = second.split_at(40);
        let (folder, log) = log(&format!("{first}\n{half}"));
        let mark = log.mark().unwrap();
        assert_eq!(log.all().unwrap().len(), 1);
        std::fs::write(folder.path().join("audit.log"), format!("{first}\n{half}{rest}\n")).unwrap();
        let after = log.since(mark).unwrap();
        assert_eq!(after.iter().map(|event| event.user.as_str()).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn impersonation_counts_for_the_impersonated_user() {
        let line =
            line("admin", "create", "{}").replacen('{', r#"{"impersonatedUser":{"username":"shop"},"#, 1);
        assert_eq!(parse(&line).unwrap().user, "shop");
    }

    #[test]
    fn a_log_that_does_not_exist_yet_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        assert!(AuditLog::at(folder.path().join("none")).all().unwrap().is_empty());
    }
}
