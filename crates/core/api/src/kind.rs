//! The kinds, and the identity of an object.

use std::fmt;
use std::str::FromStr;

use kube::core::{ApiResource, GroupVersionKind};
use serde::{Deserialize, Serialize};

/// A kind of custom resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A place where data is.
    DataSource,
    /// A typed table.
    Dataset,
    /// One definition.
    Metric,
    /// When somebody must know.
    AlertRule,
    /// What is known about days before they come.
    Calendar,
    /// Where messages go.
    Channel,
    /// One thing that went wrong.
    Incident,
}

impl Kind {
    /// Every kind, in the order in which objects depend on each other.
    pub const ALL: [Self; 7] = [
        Self::Calendar,
        Self::DataSource,
        Self::Dataset,
        Self::Metric,
        Self::Channel,
        Self::AlertRule,
        Self::Incident,
    ];

    /// The name as `kind:` writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DataSource => "DataSource",
            Self::Dataset => "Dataset",
            Self::Metric => "Metric",
            Self::AlertRule => "AlertRule",
            Self::Calendar => "Calendar",
            Self::Channel => "Channel",
            Self::Incident => "Incident",
        }
    }

    /// The plural, as `kubectl get` writes it.
    pub fn plural(self) -> &'static str {
        match self {
            Self::DataSource => "datasources",
            Self::Dataset => "datasets",
            Self::Metric => "metrics",
            Self::AlertRule => "alertrules",
            Self::Calendar => "calendars",
            Self::Channel => "channels",
            Self::Incident => "incidents",
        }
    }

    /// The kind as clients of the API name it.
    pub fn api_resource(self) -> ApiResource {
        let kind = GroupVersionKind::gvk(crate::GROUP, crate::VERSION, self.as_str());
        ApiResource::from_gvk_with_plural(&kind, self.plural())
    }

    /// The short name, as `kubectl get` accepts it.
    pub fn short(self) -> &'static str {
        match self {
            Self::DataSource => "mwds",
            Self::Dataset => "mwset",
            Self::Metric => "mwm",
            Self::AlertRule => "mwrule",
            Self::Calendar => "mwcal",
            Self::Channel => "mwch",
            Self::Incident => "mwi",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = String;

    /// Reads a kind as kubectl does: kind, plural or short name, whatever the case.
    ///
    /// # Errors
    /// The text names no kind; the message lists those there are.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.to_lowercase();
        Self::ALL
            .into_iter()
            .find(|kind| {
                lower == kind.as_str().to_lowercase() || lower == kind.plural() || lower == kind.short()
            })
            .ok_or_else(|| {
                let all: Vec<_> = Self::ALL.iter().map(|kind| kind.plural()).collect();
                format!("`{text}` is no kind of Metricwright: use one of {}", all.join(", "))
            })
    }
}

/// Which object: kind, namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectId {
    /// The kind.
    pub kind: Kind,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ObjectId {
    /// Puts an identity together.
    pub fn new(kind: Kind, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind, namespace: namespace.into(), name: name.into() }
    }

    /// The name as an object of namespace `home` writes it: `name`, or `namespace/name` from elsewhere.
    pub fn relative_to(&self, home: &str) -> String {
        if self.namespace == home { self.name.clone() } else { format!("{}/{}", self.namespace, self.name) }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_as_kubectl_reads_them() {
        for kind in Kind::ALL {
            for text in [kind.as_str(), kind.plural(), kind.short(), &kind.plural().to_uppercase()] {
                assert_eq!(text.parse(), Ok(kind), "{text}");
            }
        }
        let error = "metrik".parse::<Kind>().unwrap_err();
        assert!(error.contains("metrics"), "{error}");
    }

    #[test]
    fn names_are_short_at_home() {
        let id = ObjectId::new(Kind::Dataset, "shop", "orders");
        assert_eq!(id.relative_to("shop"), "orders");
        assert_eq!(id.relative_to("web"), "shop/orders");
    }
}
