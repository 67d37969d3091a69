//! What the operator answers about kept values: `/api/v1/namespaces/{ns}/metrics/{name}/{explain,history}`, read-only, JSON.
//! Every replica answers: the objects are watched by all of them, and reading changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use metricwright_api::{Code, Condition, ConditionType, Grain, Kind, ObjectId, conditions};
use metricwright_service::explain::{HistoryQuestion, Question, Ready, Refusal, explain, history};
use serde::Deserialize;
use serde_json::json;

use super::Shared;
use super::access::Denied;

/// The routes below `/api/v1`.
pub fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/namespaces/{namespace}/metrics/{name}/explain", get(explain_value))
        .route("/namespaces/{namespace}/metrics/{name}/history", get(kept_values))
}

/// What may stand after `?` of `explain`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExplainQuery {
    window: Option<String>,
    grain: Option<String>,
    slice: Option<String>,
}

/// What may stand after `?` of `history`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryQuery {
    grain: Option<String>,
    by: Option<String>,
    slice: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

async fn explain_value(
    State(shared): State<Arc<Shared>>,
    Path((namespace, name)): Path<(String, String)>,
    headers: HeaderMap,
    query: Result<Query<ExplainQuery>, QueryRejection>,
) -> Response {
    let id = ObjectId::new(Kind::Metric, namespace, name);
    let answer = async {
        admit(&shared, &headers, &id).await?;
        let asked = read(query)?;
        let question = Question {
            window: asked.window,
            grain: grain(asked.grain.as_deref())?,
            slice: slice(asked.slice.as_deref())?,
        };
        let engine = &shared.engine;
        let readiness = |id: &ObjectId| readiness(&shared, id);
        explain(&engine.world.catalog(), engine.store.as_ref(), &id, &question, &readiness, engine.now())
            .await
            .map_err(|refusal| with_status(&shared, &id, refusal))
    };
    respond(answer.await)
}

async fn kept_values(
    State(shared): State<Arc<Shared>>,
    Path((namespace, name)): Path<(String, String)>,
    headers: HeaderMap,
    query: Result<Query<HistoryQuery>, QueryRejection>,
) -> Response {
    let id = ObjectId::new(Kind::Metric, namespace, name);
    let answer = async {
        admit(&shared, &headers, &id).await?;
        let asked = read(query)?;
        let question = HistoryQuestion {
            grain: grain(asked.grain.as_deref())?,
            by: asked.by.iter().flat_map(|names| names.split(',')).map(str::to_owned).collect(),
            slice: slice(asked.slice.as_deref())?,
            from: asked.from,
            to: asked.to,
        };
        let engine = &shared.engine;
        history(&engine.world.catalog(), engine.store.as_ref(), &id, &question, engine.now())
            .await
            .map_err(|refusal| with_status(&shared, &id, refusal))
    };
    respond(answer.await)
}

/// Lets a request in that may read the metric, once the objects are known.
async fn admit(shared: &Shared, headers: &HeaderMap, id: &ObjectId) -> Result<(), Denied> {
    shared.access.may_read(headers, id).await?;
    if shared.queue.is_open() {
        return Ok(());
    }
    let refusal = Refusal::new(Code::NotKept, "the operator has not listed the objects yet", "ask again");
    Err((StatusCode::SERVICE_UNAVAILABLE, refusal))
}

fn read<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Denied> {
    query.map(|Query(asked)| asked).map_err(|error| unreadable(error.body_text()))
}

fn grain(text: Option<&str>) -> Result<Option<Grain>, Denied> {
    text.map(|text| text.parse().map_err(unreadable)).transpose()
}

/// A slice is a JSON map of dimension to member: members hold any character.
fn slice(text: Option<&str>) -> Result<BTreeMap<String, String>, Denied> {
    let Some(text) = text else { return Ok(BTreeMap::new()) };
    serde_json::from_str(text)
        .map_err(|error| unreadable(format!("`slice` is no JSON map of texts: {error}")))
}

fn unreadable(reason: String) -> Denied {
    let remedy = "see docs/kubectl.md for what can be asked";
    (StatusCode::UNPROCESSABLE_ENTITY, Refusal::new(Code::InvalidValue, reason, remedy))
}

/// 404 where the metric itself is not there, 503 where the store failed, 422 where the question has no answer.
fn with_status(shared: &Shared, id: &ObjectId, refusal: Refusal) -> Denied {
    let status = match refusal.code {
        Code::ReferenceNotFound if shared.engine.world.object(id).is_none() => StatusCode::NOT_FOUND,
        Code::SourceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, refusal)
}

fn respond<T: serde::Serialize>(answer: Result<T, Denied>) -> Response {
    match answer {
        Ok(answer) => Json(answer).into_response(),
        Err((status, Refusal { code, reason, remedy })) => {
            (status, Json(json!({"code": code, "reason": reason, "remedy": remedy}))).into_response()
        }
    }
}

/// The condition Ready of an object as the cluster shows it.
fn readiness(shared: &Shared, id: &ObjectId) -> (Ready, String) {
    let Some(object) = shared.cluster.object(id) else { return Ready::missing() };
    let status = object.data.pointer("/status/conditions").cloned();
    let list: Vec<Condition> =
        status.and_then(|status| serde_json::from_value(status).ok()).unwrap_or_default();
    Ready::of(conditions::find(&list, ConditionType::Ready))
}
