//! `kubectl metricwright explain` and `history`: what the operator's store keeps, asked with the user's own token.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, Request, Response};
use kube::client::{Body, ConfigExt};
use metricwright_api::{Kind, ObjectId, Reference};
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tower::{BoxError, Layer, ServiceExt};

use super::args::{AskExplain, AskHistory, OperatorAddress};
use super::connection::{Connection, exit};
use super::forward;
use crate::cli::explain::{WhichValue, show as show_explanation};
use crate::cli::history::{WhichValues, show as show_history};
use crate::cli::{CliError, CliResult};

/// How long the operator may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the operator says where it gives no answer.
#[derive(Deserialize)]
struct Fault {
    code: String,
    reason: String,
    remedy: String,
}

/// Explains a value.
pub async fn explain(connection: &Connection, args: &AskExplain) -> CliResult {
    let WhichValue { metric, window, grain, .. } = &args.which;
    let question = args.which.question()?;
    let pairs = [
        ("window", window.clone()),
        ("grain", grain.map(|grain| grain.to_string())),
        ("slice", slice(&question.slice)),
    ];
    let answer = ask(connection, &args.operator, metric, "explain", &pairs).await?;
    show_explanation(&answer, args.output)?;
    exit(true)
}

/// Shows kept values.
pub async fn history(connection: &Connection, args: &AskHistory) -> CliResult {
    let WhichValues { metric, grain, by, from, to, .. } = &args.which;
    let question = args.which.question()?;
    let pairs = [
        ("grain", grain.map(|grain| grain.to_string())),
        ("by", (!by.is_empty()).then(|| by.join(","))),
        ("slice", slice(&question.slice)),
        ("from", from.clone()),
        ("to", to.clone()),
    ];
    let answer = ask(connection, &args.operator, metric, "history", &pairs).await?;
    show_history(&answer, args.output)?;
    exit(true)
}

/// A slice as the API takes it.
fn slice(members: &BTreeMap<String, String>) -> Option<String> {
    (!members.is_empty()).then(|| serde_json::to_string(members).unwrap_or_default())
}

async fn ask<T: DeserializeOwned>(
    connection: &Connection,
    operator: &OperatorAddress,
    metric: &str,
    what: &str,
    pairs: &[(&str, Option<String>)],
) -> Result<T, CliError> {
    if connection.config.auth_info.impersonate.is_some() {
        let text = "the operator knows you by your token, not by `--as`: leave it out, or give `--token`";
        return Err(CliError(text.to_owned()));
    }
    let token = token(connection, operator).await?;
    let server = match &operator.server {
        Some(server) => server.clone(),
        None => forward::open(&connection.client, &operator.operator_namespace).await?,
    };
    let reference = Reference::from(metric);
    let (namespace, name) = reference.resolve(&connection.home);
    let url = url(&server, &ObjectId::new(Kind::Metric, namespace, name), what, pairs)?;
    let unreachable = |error: reqwest::Error| {
        let error = error.without_url();
        CliError(format!(
            "the operator at {server} does not answer: {error}; see that it runs, or name its address with `--server`"
        ))
    };
    let client = reqwest::Client::builder().timeout(PATIENCE).build().map_err(unreachable)?;
    let answer = client.get(url).header(AUTHORIZATION, token).send().await.map_err(unreachable)?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(unreachable)?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|error| {
            CliError(format!("the operator answers in words that this program does not know: {error}; use the version of the operator"))
        });
    }
    match serde_json::from_slice::<Fault>(&body) {
        Ok(Fault { code, reason, remedy }) => Err(CliError(format!("{code}: {reason}; {remedy}"))),
        Err(_) => Err(CliError(format!(
            "{server} answers {status}: is it the operator of Metricwright, and as new as this program?"
        ))),
    }
}

fn url(
    server: &str,
    metric: &ObjectId,
    what: &str,
    pairs: &[(&str, Option<String>)],
) -> Result<Url, CliError> {
    let wrong = || CliError(format!("--server: `{server}` is no address; write http://HOST:PORT"));
    let mut url = Url::parse(server).map_err(|_| wrong())?;
    if url.scheme() == "http" && url.host_str().is_some_and(|host| host != "127.0.0.1" && host != "localhost")
    {
        anstream::eprintln!("warning: your token goes to {server} unencrypted");
    }
    url.path_segments_mut().map_err(|()| wrong())?.pop_if_empty().extend([
        "api",
        "v1",
        "namespaces",
        &metric.namespace,
        metric.kind.plural(),
        &metric.name,
        what,
    ]);
    for (name, value) in pairs {
        if let Some(value) = value {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    Ok(url)
}

/// The `Authorization` header: the token given, or the one that the kubeconfig gives for the API server.
async fn token(connection: &Connection, operator: &OperatorAddress) -> Result<HeaderValue, CliError> {
    let none = || {
        CliError(
            "your kubeconfig holds no token (a client certificate is good for the API server only): give `--token`, \
             such as `--token \"$(kubectl create token ACCOUNT)\"`"
                .to_owned(),
        )
    };
    if let Some(token) = &operator.token {
        let mut value = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| CliError("--token: it holds characters that no token has".to_owned()))?;
        value.set_sensitive(true);
        return Ok(value);
    }
    let cannot = |error: &dyn std::fmt::Display| CliError::because("the kubeconfig gives no token", error);
    let layer = connection.config.auth_layer().map_err(|error| cannot(&error))?.ok_or_else(none)?;
    // What kube would send to the API server, renewed or asked of a program where the kubeconfig says so.
    let catch = tower::service_fn(|request: Request<Body>| async move {
        Ok::<_, BoxError>(Response::new(request.headers().get(AUTHORIZATION).cloned()))
    });
    let sent = layer.layer(catch).oneshot(Request::new(Body::empty())).await;
    let value = sent.map_err(|error| cannot(&error))?.into_body().ok_or_else(none)?;
    let is_token = value.to_str().is_ok_and(|text| text.starts_with("Bearer "));
    if is_token { Ok(value) } else { Err(none()) }
}
