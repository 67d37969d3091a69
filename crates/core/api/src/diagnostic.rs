//! Diagnostics: a finding has the same code, place and words in `check`, in admission and in status.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use crate::kind::ObjectId;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Level {
    /// It works, but somebody should look.
    Warning,
    /// It cannot work.
    Error,
}

/// What a finding of a code is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Basis {
    /// What the object says, and nothing else: admission denies it.
    Object,
    /// Other objects too, which may come or change later, or the kinds as the cluster has them: admission warns.
    Others,
    /// Files, sources, Secrets and data: found when they are looked at, never in admission.
    Data,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal by $basis:ident,)+) => {
        /// The one table of finding codes. A code never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as people and programs see it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// What the code means, in a sentence; `docs/diagnostics.md` is made from it.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc,)+).trim_ascii(),)+ }
            }

            /// What a finding of this code is judged by.
            pub fn basis(self) -> Basis {
                match self { $(Self::$variant => Basis::$basis,)+ }
            }
        }
    };
}

codes! {
    /// The file is not well-formed YAML.
    YamlSyntax = "YAML_SYNTAX" by Object,
    /// The document is not an object of a kind that Metricwright knows.
    UnknownKind = "UNKNOWN_KIND" by Object,
    /// A field is not in the schema of its kind.
    UnknownField = "UNKNOWN_FIELD" by Others,
    /// A required field is not there.
    MissingField = "MISSING_FIELD" by Object,
    /// A value has another type, form or size than the schema asks for.
    InvalidValue = "INVALID_VALUE" by Object,
    /// A rule of the schema over several fields does not hold, such as "exactly one of".
    SchemaRule = "SCHEMA_RULE" by Object,
    /// Two documents declare the same object.
    DuplicateObject = "DUPLICATE_OBJECT" by Others,
    /// A name is not allowed: a reserved word, or two that are the same in formulas.
    InvalidName = "INVALID_NAME" by Object,
    /// Something that is referred to does not exist.
    ReferenceNotFound = "REFERENCE_NOT_FOUND" by Others,
    /// Something that is referred to does not allow it from this namespace.
    ReferenceNotAllowed = "REFERENCE_NOT_ALLOWED" by Others,
    /// Something that is referred to has errors of its own.
    ReferenceInvalid = "REFERENCE_INVALID" by Others,
    /// Metrics refer to each other in a circle.
    ReferenceCycle = "REFERENCE_CYCLE" by Others,
    /// An expression cannot be read.
    FormulaSyntax = "FORMULA_SYNTAX" by Object,
    /// An expression is too long or too deep.
    FormulaTooComplex = "FORMULA_TOO_COMPLEX" by Object,
    /// A function is not known, or takes other arguments.
    UnknownFunction = "UNKNOWN_FUNCTION" by Object,
    /// A column is not in the dataset.
    UnknownColumn = "UNKNOWN_COLUMN" by Object,
    /// A metric or input is not known in a derived expression or guard.
    UnknownMetric = "UNKNOWN_METRIC" by Others,
    /// An aggregate stands where none may, or a column stands outside one.
    AggregateMisplaced = "AGGREGATE_MISPLACED" by Object,
    /// A value of one type is used where another is needed.
    TypeMismatch = "TYPE_MISMATCH" by Object,
    /// Values of different units are added, compared or declared equal.
    UnitMismatch = "UNIT_MISMATCH" by Object,
    /// A dimension or entity cannot be reached from the dataset.
    UnknownDimension = "UNKNOWN_DIMENSION" by Others,
    /// A dimension can be reached by more than one path.
    AmbiguousPath = "AMBIGUOUS_PATH" by Others,
    /// A join would repeat rows.
    JoinFansOut = "JOIN_FANS_OUT" by Others,
    /// A dimension is not shared by every dataset of the metric.
    DimNotShared = "DIM_NOT_SHARED" by Others,
    /// Two datasets are Primary for one entity.
    DuplicatePrimary = "DUPLICATE_PRIMARY" by Others,
    /// The key of a Primary entity repeats in the data.
    KeyNotUnique = "KEY_NOT_UNIQUE" by Data,
    /// It cannot be computed so: the source of a dataset cannot, or nobody can.
    NotSupported = "NOT_SUPPORTED" by Others,
    /// What is read for a window is no whole number of windows of the grain.
    GrainMismatch = "GRAIN_MISMATCH" by Others,
    /// A dataset that is aggregated has no time column.
    TimeMissing = "TIME_MISSING" by Others,
    /// A time zone is not known.
    UnknownZone = "UNKNOWN_ZONE" by Object,
    /// A duration cannot be used here.
    InvalidDuration = "INVALID_DURATION" by Object,
    /// A cron expression cannot be read.
    InvalidCron = "INVALID_CRON" by Object,
    /// A query is not one read-only SELECT.
    QueryNotReadOnly = "QUERY_NOT_READ_ONLY" by Object,
    /// A condition of a rule does not fit its metric.
    InvalidCondition = "INVALID_CONDITION" by Object,
    /// A Secret or a key of it is not there.
    SecretNotFound = "SECRET_NOT_FOUND" by Data,
    /// A path leads out of the data root, or nothing is there.
    PathInvalid = "PATH_INVALID" by Data,
    /// The source cannot be reached or opened.
    SourceUnavailable = "SOURCE_UNAVAILABLE" by Data,
    /// The source refuses the user or the password.
    LoginRefused = "LOGIN_REFUSED" by Data,
    /// A private connection with the source cannot be made: no TLS there, an unknown authority, or another host's certificate.
    TlsFailed = "TLS_FAILED" by Data,
    /// The server of the source takes no more connections.
    TooManyConnections = "TOO_MANY_CONNECTIONS" by Data,
    /// A database is not on the server of the source.
    DatabaseNotFound = "DATABASE_NOT_FOUND" by Data,
    /// The user of the source may not read what a query reads.
    AccessDenied = "ACCESS_DENIED" by Data,
    /// A table is not in the source.
    TableNotFound = "TABLE_NOT_FOUND" by Data,
    /// The source refused a query.
    QueryFailed = "QUERY_FAILED" by Data,
    /// A declared column is not there, or has another type.
    ColumnMismatch = "COLUMN_MISMATCH" by Data,
    /// The time column holds something else than declared.
    TimeColumnMismatch = "TIME_COLUMN_MISMATCH" by Data,
    /// A limit of the source was reached.
    LimitReached = "LIMIT_REACHED" by Data,
    /// Values of that grain, grouping, member or window are not kept.
    NotKept = "NOT_KEPT" by Data,
    /// It is not known who asks.
    Unauthenticated = "UNAUTHENTICATED" by Data,
    /// Whoever asks has not the right to.
    Forbidden = "FORBIDDEN" by Data,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One finding: what, where, why and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// How grave it is.
    pub level: Level,
    /// The object; none where a file could not be read as one.
    pub object: Option<ObjectId>,
    /// Path of the field, such as `spec.aggregate.filter` or `spec.columns[2].type`; empty for the whole object.
    pub path: String,
    /// Bytes inside the field's text that are meant, where it is an expression.
    #[serde(skip)]
    pub span: Option<Range<usize>>,
    /// What is wrong, lower case, without a full stop.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl Diagnostic {
    /// An error at a field of an object.
    pub fn error(
        code: Code,
        object: &ObjectId,
        path: impl Into<String>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            code,
            level: Level::Error,
            object: Some(object.clone()),
            path: path.into(),
            span: None,
            reason: reason.into(),
            remedy: remedy.into(),
        }
    }

    /// The same finding as a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.level = Level::Warning;
        self
    }

    /// The same finding, at these bytes of the field's text.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }
}

impl fmt::Display for Diagnostic {
    /// `CODE at path: reason; remedy`, as conditions and messages carry it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if !self.path.is_empty() {
            write!(f, " at {}", self.path)?;
        }
        write!(f, ": {}", self.reason)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    #[test]
    fn codes_are_distinct_and_say_what_they_mean() {
        let texts: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.as_str().chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{code}");
            assert!(code.meaning().ends_with('.'), "{code}");
        }
    }

    #[test]
    fn a_finding_reads_as_one_line() {
        let id = ObjectId::new(Kind::Metric, "shop", "revenue");
        let finding = Diagnostic::error(
            Code::UnknownColumn,
            &id,
            "spec.formula",
            "there is no column `amuont`",
            "did you mean `amount`?",
        );
        assert_eq!(
            finding.to_string(),
            "UNKNOWN_COLUMN at spec.formula: there is no column `amuont`; did you mean `amount`?"
        );
        let bare = Diagnostic { path: String::new(), remedy: String::new(), ..finding };
        assert_eq!(bare.to_string(), "UNKNOWN_COLUMN: there is no column `amuont`");
    }

    #[test]
    fn a_finding_serialises_with_stable_names() {
        let id = ObjectId::new(Kind::Metric, "shop", "revenue");
        let finding = Diagnostic::error(Code::MissingField, &id, "spec.dataset", "missing", "add it")
            .warning()
            .at(1..2);
        let json = serde_json::to_value(&finding).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "code": "MISSING_FIELD", "level": "Warning",
                "object": {"kind": "Metric", "namespace": "shop", "name": "revenue"},
                "path": "spec.dataset", "reason": "missing", "remedy": "add it",
            })
        );
    }
}
