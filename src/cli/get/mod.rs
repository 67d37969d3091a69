//! `metricwright get`: resources with their status.

mod document;
mod rows;

use std::process::ExitCode;
use std::sync::Arc;

use metricwright_api::{Kind, ObjectId};
use metricwright_catalog::{Catalog, Inventory, Object};
use metricwright_service::past::status_at;
use metricwright_store::{SqliteStore, Store, StoreError};
use serde_json::{Value, json};

use self::document::document;
pub use self::rows::{show, text};
use super::args::{GetArgs, GetOutput};
use super::context::{as_of, directory, state};
use super::{CliError, CliResult};
use crate::local::{LocalHost, read_manifests};

/// One object as it is shown.
pub struct Item {
    id: ObjectId,
    object: Option<Arc<Object>>,
    status: Value,
}

/// The objects of a kind as they are shown.
pub struct Listing {
    kind: Kind,
    items: Vec<Item>,
    /// Whether the objects' namespaces are shown.
    namespaces: bool,
}

impl Item {
    /// An object with its status; without its definition where that cannot be read.
    pub fn new(id: ObjectId, object: Option<Arc<Object>>, status: Value) -> Self {
        Self { id, object, status }
    }
}

/// Shows what the store says, without changing anything.
pub async fn run(args: GetArgs) -> CliResult {
    let dir = directory(&args.dir)?;
    let manifests = read_manifests(&[dir.to_owned()])?;
    let inventory = Arc::new(manifests.inventory());
    let store =
        SqliteStore::open_read_only(&state(dir, args.state.as_ref())).map_err(|e| CliError(e.to_string()))?;
    let catalog = Catalog::new(inventory.clone());
    let mut statuses = statuses(&store, &catalog, &args).await?;
    // What is declared and cannot be read has a status that says so; what is declared no more is not shown.
    let unreadable = manifests.unreadable();
    let declared = |id: &ObjectId| inventory.get(id).is_some() || unreadable.contains_key(id);
    statuses.retain(|(id, _)| id.kind == Kind::Incident || declared(id) || !manifests.are_whole());
    let mut listing = Listing::of(args.kind, &inventory, &statuses);
    listing.items.retain(|item| {
        args.namespace.as_ref().is_none_or(|wanted| item.id.namespace == *wanted)
            && args.name.as_ref().is_none_or(|wanted| item.id.name == *wanted)
    });
    if let (Some(name), true) = (&args.name, listing.items.is_empty()) {
        return Err(CliError(format!("there is no {} `{name}`", args.kind)));
    }
    print(&listing, &args, args.resolved.then_some(&catalog))?;
    Ok(ExitCode::SUCCESS)
}

/// The statuses of the kind that is asked for: as they are kept, or as they were at a time.
async fn statuses(
    store: &SqliteStore,
    catalog: &Catalog,
    args: &GetArgs,
) -> Result<Vec<(ObjectId, String)>, CliError> {
    let failed = |error: StoreError| CliError(error.to_string());
    let kept = store.statuses(args.kind).await.map_err(failed)?;
    let Some(at) = as_of(args.as_of.as_deref())? else { return Ok(kept) };
    let mut then = Vec::new();
    for (id, status) in kept {
        let status: Value = serde_json::from_str(&status).unwrap_or_default();
        if let Some(status) = status_at(store, catalog, &id, &status, at).await.map_err(failed)? {
            then.push((id, status.to_string()));
        }
    }
    Ok(then)
}

fn print(listing: &Listing, args: &GetArgs, catalog: Option<&Catalog>) -> Result<(), CliError> {
    let documents: Vec<Value> = listing.items.iter().map(|item| document(item, catalog)).collect();
    match args.output {
        GetOutput::Table => anstream::println!("{}", show(listing, false)),
        GetOutput::Wide => anstream::println!("{}", show(listing, true)),
        GetOutput::Name => {
            for item in &listing.items {
                anstream::println!("{}", name_of(&item.id));
            }
        }
        GetOutput::Json => {
            let list = match (documents.as_slice(), &args.name) {
                ([one], Some(_)) => one.clone(),
                _ => json!({"apiVersion": "v1", "kind": "List", "items": documents}),
            };
            anstream::println!("{}", serde_json::to_string_pretty(&list).unwrap_or_default());
        }
        GetOutput::Yaml => {
            for document in documents {
                let text = serde_yaml::to_string(&document).map_err(|error| CliError(error.to_string()))?;
                anstream::print!("---\n{text}");
            }
        }
    }
    Ok(())
}

/// An object as `-o name` writes it.
pub fn name_of(id: &ObjectId) -> String {
    format!("{}.{}/{}", id.kind.as_str().to_lowercase(), metricwright_api::GROUP, id.name)
}

impl Listing {
    /// A listing of objects, the newest first where they are incidents: that is what people look for.
    pub fn new(kind: Kind, mut items: Vec<Item>, namespaces: bool) -> Self {
        if kind == Kind::Incident {
            items.sort_by_key(|item| std::cmp::Reverse(text(&item.status, "/startedAt")));
        }
        Self { kind, items, namespaces }
    }

    /// The objects that a host works on.
    pub fn of_host(host: &LocalHost, kind: Kind) -> Self {
        let catalog = host.engine().world.catalog();
        Self::of(kind, catalog.inventory(), &host.statuses_of(kind))
    }

    fn of(kind: Kind, inventory: &Inventory, statuses: &[(ObjectId, String)]) -> Self {
        let status = |id: &ObjectId| {
            let found = statuses.iter().find(|(known, _)| known == id);
            found.and_then(|(_, text)| serde_json::from_str(text).ok()).unwrap_or_default()
        };
        let mut items: Vec<Item> = inventory
            .of_kind(kind)
            .map(|object| Item {
                id: object.id.clone(),
                object: Some(object.clone()),
                status: status(&object.id),
            })
            .collect();
        let unread = statuses.iter().filter(|(id, _)| inventory.get(id).is_none());
        items.extend(unread.map(|(id, _)| Item { id: id.clone(), object: None, status: status(id) }));
        Self::new(kind, items, false)
    }
}
