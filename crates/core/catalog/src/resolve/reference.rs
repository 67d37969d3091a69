//! References from one object to another.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::shared::{AllowedNamespaces, NamespacesFrom};
use metricwright_api::{Code, Diagnostic, Kind, ObjectId, Reference};
use metricwright_formula::suggest;

use crate::inventory::{Inventory, Object, Spec};

/// Finds what `reference` means, written by `from` at `path`.
pub fn find(
    inventory: &Inventory,
    from: &ObjectId,
    path: &str,
    kind: Kind,
    reference: &Reference,
) -> Result<Arc<Object>, Box<Diagnostic>> {
    let (namespace, name) = reference.resolve(&from.namespace);
    let id = ObjectId::new(kind, namespace, name);
    let Some(object) = inventory.get(&id) else {
        return Err(Box::new(not_found(inventory, from, path, &id)));
    };
    if namespace != from.namespace && !allows(inventory, object, &from.namespace) {
        let reason = format!("{kind} `{namespace}/{name}` does not allow namespace `{}`", from.namespace);
        let remedy = format!(
            "set `spec.allowedNamespaces.from: All` (or a selector) on {kind} `{name}` in `{namespace}`"
        );
        return Err(Box::new(Diagnostic::error(Code::ReferenceNotAllowed, from, path, reason, remedy)));
    }
    Ok(object.clone())
}

fn not_found(inventory: &Inventory, from: &ObjectId, path: &str, id: &ObjectId) -> Diagnostic {
    let names: Vec<&str> = inventory
        .of_kind(id.kind)
        .filter(|object| object.id.namespace == id.namespace)
        .map(|object| object.id.name.as_str())
        .collect();
    let remedy = match suggest(&id.name, names.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None if names.is_empty() => {
            format!("create a {} of that name; `{}` has none yet", id.kind, id.namespace)
        }
        None => format!("create it, or name one of: {}", few(&names)),
    };
    let shown = id.relative_to(&from.namespace);
    Diagnostic::error(
        Code::ReferenceNotFound,
        from,
        path,
        format!("there is no {} `{shown}`", id.kind),
        remedy,
    )
}

/// The first few of a list, and how many more there are.
pub fn few<T: AsRef<str>>(names: &[T]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| format!("`{}`", name.as_ref())).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn allows(inventory: &Inventory, object: &Object, namespace: &str) -> bool {
    let allowed = match &object.spec {
        Spec::DataSource(spec) => &spec.allowed_namespaces,
        Spec::Dataset(spec) => &spec.allowed_namespaces,
        Spec::Metric(spec) => &spec.allowed_namespaces,
        Spec::Calendar(spec) => &spec.allowed_namespaces,
        Spec::Channel(spec) => &spec.allowed_namespaces,
        Spec::AlertRule(_) => &None,
    };
    let Some(AllowedNamespaces { from, selector }) = allowed else { return false };
    match from {
        NamespacesFrom::Same => false,
        NamespacesFrom::All => true,
        NamespacesFrom::Selector => selector.as_ref().is_some_and(|selector| {
            selector.matches(inventory.namespace_labels(namespace).unwrap_or(&BTreeMap::new()))
        }),
    }
}
