//! A connection to a cluster, as the kubeconfig and the command line say.

use kube::api::ListParams;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::DynamicObject;
use kube::{Api, Client, Config, ResourceExt};
use metricwright_api::{Kind, ObjectId};

use super::args::ClusterArgs;
use super::errors::{Tried, no_object, resource, said};
use crate::cli::{CliError, CliResult};

/// Objects that one answer of the API server holds.
const PAGE: u32 = 500;

/// A connection to a cluster.
pub struct Connection {
    /// Asks the API server.
    pub client: Client,
    /// How it is reached, and as whom.
    pub config: Config,
    /// The namespace; none for all.
    pub namespace: Option<String>,
    /// The namespace of names that say none.
    pub home: String,
}

impl Connection {
    /// Connects as the command line says; nothing is asked yet.
    ///
    /// # Errors
    /// There is no such kubeconfig or context, or it cannot be used.
    pub async fn open(args: &ClusterArgs) -> Result<Self, CliError> {
        let mut config = config(args).await?;
        config.auth_info.impersonate.clone_from(&args.as_user);
        if !args.as_groups.is_empty() {
            config.auth_info.impersonate_groups = Some(args.as_groups.clone());
        }
        let home = args.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config.clone())
            .map_err(|error| CliError::because("no connection to the cluster can be set up", error))?;
        let namespace = (!args.all_namespaces).then(|| home.clone());
        Ok(Self { client, config, namespace, home })
    }

    /// The objects of a kind in a namespace.
    pub fn api(&self, kind: Kind, namespace: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), namespace, &kind.api_resource())
    }

    /// The objects of a kind, in one namespace or in all.
    ///
    /// # Errors
    /// The API server does not give them.
    pub async fn list(&self, kind: Kind, namespace: Option<&str>) -> Result<Vec<DynamicObject>, kube::Error> {
        let api = match namespace {
            Some(namespace) => self.api(kind, namespace),
            None => Api::all_with(self.client.clone(), &kind.api_resource()),
        };
        let mut all = Vec::new();
        let mut page = ListParams::default().limit(PAGE);
        loop {
            let found = api.list(&page).await?;
            all.extend(found.items);
            match found.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => page = page.continue_token(&token),
                None => return Ok(all),
            }
        }
    }

    /// One object, which must be there.
    ///
    /// # Errors
    /// It is not there, or the API server does not give it.
    pub async fn one(&self, id: &ObjectId) -> Result<DynamicObject, CliError> {
        let tried = |verb, error: &kube::Error| {
            said(error, Tried { verb, resource: &resource(id.kind), namespace: Some(&id.namespace) })
        };
        let found =
            self.api(id.kind, &id.namespace).get_opt(&id.name).await.map_err(|error| tried("get", &error))?;
        if let Some(object) = found {
            return Ok(object);
        }
        // An absent kind and an absent object answer alike; a list tells them apart.
        match self.list(id.kind, Some(&id.namespace)).await {
            Ok(others) => {
                let names: Vec<String> = others.iter().map(ResourceExt::name_any).collect();
                Err(no_object(id, &names))
            }
            Err(error) => Err(tried("list", &error)),
        }
    }

    /// The object that `KIND/NAME`, or the name of a metric, means.
    ///
    /// # Errors
    /// There is no such kind.
    pub fn named(&self, text: &str) -> Result<ObjectId, CliError> {
        let (kind, name) = match text.split_once('/') {
            Some((kind, name)) => (kind.split('.').next().unwrap_or(kind).parse().map_err(CliError)?, name),
            None => (Kind::Metric, text),
        };
        Ok(ObjectId::new(kind, &self.home, name))
    }
}

/// The identity of an object of a kind.
pub fn identity(kind: Kind, object: &DynamicObject) -> ObjectId {
    ObjectId::new(kind, object.namespace().unwrap_or_default(), object.name_any())
}

/// What a command ends with: 1 where something is not as it should be.
pub fn exit(fine: bool) -> CliResult {
    Ok(std::process::ExitCode::from(u8::from(!fine)))
}

async fn config(args: &ClusterArgs) -> Result<Config, CliError> {
    let cannot = |error: &dyn std::fmt::Display| {
        CliError(format!("the kubeconfig cannot be used: {error}; see `kubectl config get-contexts`"))
    };
    let options = KubeConfigOptions { context: args.context.clone(), ..KubeConfigOptions::default() };
    if let Some(path) = &args.kubeconfig {
        let file = Kubeconfig::read_from(path).map_err(|error| cannot(&error))?;
        return Config::from_custom_kubeconfig(file, &options).await.map_err(|error| cannot(&error));
    }
    if args.context.is_some() {
        return Config::from_kubeconfig(&options).await.map_err(|error| cannot(&error));
    }
    Config::infer().await.map_err(|error| cannot(&error))
}
