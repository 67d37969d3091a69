//! What is to be said of one object before it is stored.

use std::sync::Arc;

use metricwright_api::{Basis, Diagnostic, Level, ObjectId};
use serde_json::Value;

use crate::catalog::Catalog;
use crate::inventory::{Inventory, Object};
use crate::manifest::{read_object, validate_object};

/// What stands against storing an object, and what somebody should know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// What the object alone makes wrong, whatever else there is: it is not to be stored.
    pub denied: Vec<Diagnostic>,
    /// What is wrong with it among the other objects as they are now. They may come or change later.
    pub warnings: Vec<Diagnostic>,
}

/// Reviews an object against the others. Whether it is denied does not depend on the others, so that any
/// order of storing a set of objects comes to the same.
pub fn review(catalog: &Arc<Catalog>, id: &ObjectId, json: &Value) -> Review {
    // A field that is not known here belongs to newer kinds: the API server, which has their schema, let it through.
    let (denied, warnings): (Vec<_>, Vec<_>) =
        validate_object(id, json).into_iter().partition(|finding| finding.code.basis() == Basis::Object);
    if !denied.is_empty() || !warnings.is_empty() {
        return Review { denied, warnings };
    }
    let Ok(object) = read_object(id, json) else { return Review::default() };
    let denied = alone(object.clone());
    let mut warnings = catalog.with(object).diagnostics(id);
    warnings.retain(|finding| !denied.contains(finding));
    Review { denied, warnings }
}

/// What is wrong with an object in a world where nothing else is.
fn alone(object: Object) -> Vec<Diagnostic> {
    let id = object.id.clone();
    let mut inventory = Inventory::new();
    inventory.insert(object);
    let mut findings = Catalog::new(Arc::new(inventory)).diagnostics(&id);
    findings.retain(|finding| finding.level == Level::Error && finding.code.basis() == Basis::Object);
    findings
}
