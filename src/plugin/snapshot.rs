//! The objects of a namespace, or of all, as the API server shows them at one moment, with what they refer to elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::{join_all, try_join_all};
use kube::core::DynamicObject;
use metricwright_api::{Condition, ConditionType, Kind, ObjectId, conditions};
use metricwright_catalog::manifest::{read_object, validate_object};
use metricwright_catalog::{Catalog, Inventory, references};
use metricwright_service::explain::Ready;
use serde_json::Value;

use super::connection::{Connection, identity};
use super::errors::{Tried, resource, said};
use crate::cli::CliError;
use crate::cli::explain::conditions_of;

/// Rounds in which references to other namespaces are followed: a chain of metrics is not deeper in practice.
const ROUNDS: usize = 32;

/// Objects with their statuses.
pub struct Snapshot {
    /// The definitions.
    pub catalog: Catalog,
    objects: BTreeMap<ObjectId, DynamicObject>,
    /// Objects of other namespaces that may not be looked at.
    hidden: BTreeSet<ObjectId>,
}

impl Snapshot {
    /// Reads every kind, and what the objects refer to in other namespaces.
    ///
    /// # Errors
    /// The API server does not give a kind.
    pub async fn take(connection: &Connection) -> Result<Self, CliError> {
        let namespace = connection.namespace.as_deref();
        let lists = Kind::ALL.map(|kind| async move {
            let tried = |error| said(&error, Tried { verb: "list", resource: &resource(kind), namespace });
            let found = connection.list(kind, namespace).await.map_err(tried)?;
            Ok::<_, CliError>(found.into_iter().map(move |object| (identity(kind, &object), object)))
        });
        let mut objects: BTreeMap<ObjectId, DynamicObject> =
            try_join_all(lists).await?.into_iter().flatten().collect();
        let mut hidden = BTreeSet::new();
        if namespace.is_some() {
            follow(connection, &mut objects, &mut hidden).await;
        }
        Ok(Self { catalog: Catalog::new(Arc::new(inventory(&objects))), objects, hidden })
    }

    /// The objects of a kind, in order.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (&ObjectId, &DynamicObject)> {
        self.objects.iter().filter(move |(id, _)| id.kind == kind)
    }

    /// An object.
    pub fn get(&self, id: &ObjectId) -> Option<&DynamicObject> {
        self.objects.get(id)
    }

    /// The status of an object.
    pub fn status(&self, id: &ObjectId) -> Value {
        self.get(id).and_then(|object| object.data.get("status")).cloned().unwrap_or_default()
    }

    /// The conditions of an object.
    pub fn conditions(&self, id: &ObjectId) -> Vec<Condition> {
        conditions_of(&self.status(id))
    }

    /// Whether an object is Ready, and what its condition says.
    pub fn readiness(&self, id: &ObjectId) -> (Ready, String) {
        if self.hidden.contains(id) {
            return (Ready::Unknown, format!("you may not look at namespace `{}`", id.namespace));
        }
        if !self.objects.contains_key(id) {
            return Ready::missing();
        }
        Ready::of(conditions::find(&self.conditions(id), ConditionType::Ready))
    }
}

/// The definitions that can be read; an object that cannot says so in its status.
pub fn inventory(objects: &BTreeMap<ObjectId, DynamicObject>) -> Inventory {
    let mut inventory = Inventory::new();
    for (id, object) in objects.iter().filter(|(id, _)| id.kind != Kind::Incident) {
        let json = serde_json::to_value(object).unwrap_or_default();
        if validate_object(id, &json).is_empty()
            && let Ok(object) = read_object(id, &json)
        {
            inventory.insert(object);
        }
    }
    inventory
}

/// Gets what the objects refer to in other namespaces, and what that refers to.
async fn follow(
    connection: &Connection,
    objects: &mut BTreeMap<ObjectId, DynamicObject>,
    hidden: &mut BTreeSet<ObjectId>,
) {
    let mut asked = BTreeSet::new();
    for _ in 0..ROUNDS {
        let inventory = inventory(objects);
        let named: BTreeSet<ObjectId> = inventory
            .objects()
            .flat_map(|object| references(&inventory, object))
            .filter(|id| Some(&id.namespace) != connection.namespace.as_ref() && asked.insert(id.clone()))
            .collect();
        if named.is_empty() {
            return;
        }
        let found = join_all(named.into_iter().map(|id| async move {
            let found = connection.api(id.kind, &id.namespace).get_opt(&id.name).await;
            (id, found)
        }));
        for (id, found) in found.await {
            match found {
                Ok(Some(object)) => drop(objects.insert(id, object)),
                Ok(None) => {}
                Err(_) => drop(hidden.insert(id)),
            }
        }
    }
}
