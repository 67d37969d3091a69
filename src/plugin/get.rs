//! `kubectl metricwright get`: objects with their latest values, in the table of `metricwright get`.

use std::sync::Arc;

use kube::ResourceExt;
use kube::core::DynamicObject;
use metricwright_catalog::manifest::read_object;
use serde_json::{Value, json};

use super::args::ListArgs;
use super::connection::{Connection, exit, identity};
use super::errors::{Tried, resource, said};
use crate::cli::args::GetOutput;
use crate::cli::get::{Item, Listing, name_of, show};
use crate::cli::{CliError, CliResult};
use metricwright_api::ObjectId;

/// Shows objects of a kind.
pub async fn run(connection: &Connection, args: &ListArgs) -> CliResult {
    let objects = if let Some(name) = &args.name {
        vec![connection.one(&ObjectId::new(args.kind, &connection.home, name)).await?]
    } else {
        let namespace = connection.namespace.as_deref();
        connection.list(args.kind, namespace).await.map_err(|error| {
            said(&error, Tried { verb: "list", resource: &resource(args.kind), namespace })
        })?
    };
    print(connection, args, objects)?;
    exit(true)
}

fn print(connection: &Connection, args: &ListArgs, objects: Vec<DynamicObject>) -> Result<(), CliError> {
    match args.output {
        GetOutput::Table | GetOutput::Wide => {
            let items = objects.iter().map(|object| item(args, object)).collect();
            let listing = Listing::new(args.kind, items, connection.namespace.is_none());
            anstream::println!("{}", show(&listing, args.output == GetOutput::Wide));
        }
        GetOutput::Name => {
            for object in &objects {
                anstream::println!("{}", name_of(&identity(args.kind, object)));
            }
        }
        GetOutput::Json => {
            let documents = documents(objects)?;
            let shown = match (documents.as_slice(), &args.name) {
                ([one], Some(_)) => one.clone(),
                _ => json!({"apiVersion": "v1", "kind": "List", "items": documents}),
            };
            anstream::println!("{}", serde_json::to_string_pretty(&shown).unwrap_or_default());
        }
        GetOutput::Yaml => {
            for document in documents(objects)? {
                let text = serde_yaml::to_string(&document).map_err(|error| CliError(error.to_string()))?;
                anstream::print!("---\n{text}");
            }
        }
    }
    Ok(())
}

fn item(args: &ListArgs, object: &DynamicObject) -> Item {
    let id = identity(args.kind, object);
    let status = object.data.get("status").cloned().unwrap_or_default();
    let written = serde_json::to_value(object).ok().and_then(|json| read_object(&id, &json).ok());
    Item::new(id, written.map(Arc::new), status)
}

/// The objects as the API server keeps them, without what only servers read.
fn documents(objects: Vec<DynamicObject>) -> Result<Vec<Value>, CliError> {
    let document = |mut object: DynamicObject| {
        object.managed_fields_mut().clear();
        serde_json::to_value(object).map_err(|error| CliError(error.to_string()))
    };
    objects.into_iter().map(document).collect()
}
