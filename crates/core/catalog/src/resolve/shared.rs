//! Dimensions that every component of a metric has.

use metricwright_api::metric::MetricSpec;
use metricwright_api::{Code, Diagnostic, ObjectId};

use super::dimension::{same, tells_more};
use super::unreachable::Unreachable;
use crate::catalog::Catalog;
use crate::resolved::{Component, Dimension, SharedDimension};

/// The dimensions that a metric declares, or else all that its components share.
pub fn dimensions(
    catalog: &Catalog,
    id: &ObjectId,
    spec: &MetricSpec,
    components: &[Component],
    findings: &mut Vec<Diagnostic>,
) -> Vec<SharedDimension> {
    let Some(declared) = &spec.dimensions else {
        return default_dimensions(catalog, components);
    };
    let mut shared: Vec<SharedDimension> = Vec::new();
    for (index, name) in declared.iter().enumerate() {
        let path = format!("spec.dimensions[{index}]");
        if shared.iter().any(|known| known.name == *name) {
            let reason = format!("the dimension `{name}` is named twice");
            findings.push(Diagnostic::error(Code::InvalidName, id, path, reason, "take one of them out"));
            continue;
        }
        match shared_dimension(catalog, components, name) {
            Ok(dimension) => shared.push(dimension),
            Err(fault) => findings.push(Diagnostic::error(fault.code, id, path, fault.reason, fault.remedy)),
        }
    }
    shared
}

/// Everything that each component can be grouped by, except keys of the rows themselves.
fn default_dimensions(catalog: &Catalog, components: &[Component]) -> Vec<SharedDimension> {
    let Some(first) = components.first() else { return Vec::new() };
    let row_keys: Vec<&str> = components
        .iter()
        .flat_map(|component| component.dataset.entities.iter().filter(|entity| entity.primary))
        .map(|entity| entity.name.as_str())
        .collect();
    let mut shared: Vec<SharedDimension> = Vec::new();
    let mut identities = Vec::new();
    for way in catalog.reach(&first.dataset).unambiguous() {
        if row_keys.contains(&way.name.as_str()) || identities.contains(&way.identity) {
            continue;
        }
        if let Ok(dimension) = shared_dimension(catalog, components, &way.name) {
            identities.push(way.identity.clone());
            shared.push(dimension);
        }
    }
    shared
}

/// How each component reaches the dimension of that name. The name is looked up where it is known; the others must
/// have the same dimension under any name.
pub fn shared_dimension(
    catalog: &Catalog,
    components: &[Component],
    name: &str,
) -> Result<SharedDimension, Unreachable> {
    let named: Vec<_> =
        components.iter().map(|component| catalog.dimension(&component.dataset, name)).collect();
    let meant =
        components.iter().zip(&named).find_map(|(component, way)| Some((component, way.as_ref().ok()?)));
    let Some((at, meant)) = meant else {
        let nothing =
            || Unreachable::new(Code::UnknownDimension, format!("there is nothing to group by `{name}`"), "");
        return Err(named.into_iter().find_map(Result::err).unwrap_or_else(nothing));
    };
    let ways = components.iter().zip(&named).map(|(component, own)| match own {
        Ok(own) if same_dimension((at, meant), (component, own)) => Ok(own.clone()),
        own => under_another_name(catalog, (at, meant), component, own),
    });
    let ways = ways.collect::<Result<_, _>>()?;
    Ok(SharedDimension { name: name.to_owned(), display_name: meant.display_name.clone(), ways })
}

fn same_dimension((at, meant): (&Component, &Dimension), (component, way): (&Component, &Dimension)) -> bool {
    same((&at.dataset.id.namespace, meant), (&component.dataset.id.namespace, way))
}

/// The way of a component that has no such dimension of that name.
fn under_another_name(
    catalog: &Catalog,
    (at, meant): (&Component, &Dimension),
    component: &Component,
    own: &Result<Dimension, Unreachable>,
) -> Result<Dimension, Unreachable> {
    let reach = catalog.reach(&component.dataset);
    let mut candidates = reach.same_as(&meant.identity);
    candidates.retain(|way| same_dimension((at, meant), (component, way)));
    match candidates.as_slice() {
        [first, second, ..] if first.path.len() == second.path.len() => Err(Unreachable::new(
            Code::AmbiguousPath,
            format!(
                "`{}` could be `{}` or `{}` of dataset `{}`",
                meant.name, first.name, second.name, component.dataset.id.name
            ),
            "give only one of them that `conformed` name",
        )),
        [first, ..] => Ok((*first).clone()),
        [] => Err(match own {
            Err(fault) if tells_more(fault.code) => fault.clone(),
            _ => not_shared(&meant.name, at, component),
        }),
    }
}

fn not_shared(name: &str, at: &Component, component: &Component) -> Unreachable {
    let home = &at.dataset.id.namespace;
    let (has, has_not) = (at.dataset.id.relative_to(home), component.dataset.id.relative_to(home));
    Unreachable::new(
        Code::DimNotShared,
        format!("dataset `{has_not}` does not share the dimension `{name}` of dataset `{has}`"),
        format!(
            "give the dimension the same `conformed` name on both datasets, or join `{has_not}` to its entity"
        ),
    )
}
