//! Who asks, and may they: a bearer token is shown to the API server (TokenReview), and its owner's right to read the metric
//! is asked of it (SubjectAccessReview). The operator keeps no users and no rights of its own.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode, header};
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec, UserInfo};
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use kube::api::PostParams;
use kube::{Api, Client};
use metricwright_api::{Code, GROUP, ObjectId};
use metricwright_service::explain::Refusal;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

/// How long an answer of the API server holds.
const KEPT: Duration = Duration::from_secs(10);
/// Most answers that are kept.
const MOST: usize = 1024;
/// Most questions to the API server at once: a flood of made-up tokens must not become one of reviews.
const AT_ONCE: usize = 8;

/// Why somebody gets no answer, with the HTTP status that says so.
pub type Denied = (StatusCode, Refusal);

/// A token (its hash: what is kept must not open anything) and what it was used to read.
type Key = ([u8; 32], ObjectId);
/// What was decided, and when.
type Known = HashMap<Key, (Instant, Result<(), Denied>)>;

/// Asks the API server who asks and whether they may.
pub struct Access {
    client: Client,
    known: Mutex<Known>,
    questions: Semaphore,
}

impl Access {
    /// Nothing is known yet.
    pub fn new(client: Client) -> Self {
        Self { client, known: Mutex::default(), questions: Semaphore::new(AT_ONCE) }
    }

    /// Whether the sender of a request may read an object.
    ///
    /// # Errors
    /// It has no token that the API server knows (401), its owner may not read the object (403), or the API server did not
    /// say (503).
    pub async fn may_read(&self, headers: &HeaderMap, object: &ObjectId) -> Result<(), Denied> {
        let token = bearer(headers)?;
        let key = (Sha256::digest(token.as_bytes()).into(), object.clone());
        if let Some(decision) = self.remembered(&key) {
            return decision;
        }
        // Only a closed semaphore gives no permit, and nobody closes this one.
        let _permit = self.questions.acquire().await;
        let decision = self.ask(token, object).await;
        if decision.as_ref().err().is_none_or(|(status, _)| *status != StatusCode::SERVICE_UNAVAILABLE) {
            self.remember(key, decision.clone());
        }
        decision
    }

    async fn ask(&self, token: &str, object: &ObjectId) -> Result<(), Denied> {
        let user = self.user(token).await?;
        let review = SubjectAccessReview {
            spec: SubjectAccessReviewSpec {
                resource_attributes: Some(ResourceAttributes {
                    group: Some(GROUP.to_owned()),
                    resource: Some(object.kind.plural().to_owned()),
                    namespace: Some(object.namespace.clone()),
                    name: Some(object.name.clone()),
                    verb: Some("get".to_owned()),
                    ..ResourceAttributes::default()
                }),
                user: user.username.clone(),
                groups: user.groups,
                uid: user.uid,
                extra: user.extra,
                ..SubjectAccessReviewSpec::default()
            },
            ..SubjectAccessReview::default()
        };
        let reviews: Api<SubjectAccessReview> = Api::all(self.client.clone());
        let answer =
            reviews.create(&PostParams::default(), &review).await.map_err(|error| not_told(&error))?;
        if answer.status.is_some_and(|status| status.allowed) {
            return Ok(());
        }
        let who = user.username.unwrap_or_default();
        let right = format!("get {}.{GROUP}", object.kind.plural());
        let reason = format!("`{who}` may not `{right}` in namespace `{}`", object.namespace);
        let remedy = format!(
            "ask for the ClusterRole `view` there: `kubectl create rolebinding … -n {} --clusterrole=view`",
            object.namespace
        );
        Err((StatusCode::FORBIDDEN, Refusal::new(Code::Forbidden, reason, remedy)))
    }

    /// The owner of a token.
    async fn user(&self, token: &str) -> Result<UserInfo, Denied> {
        let review = TokenReview {
            spec: TokenReviewSpec { token: Some(token.to_owned()), ..TokenReviewSpec::default() },
            ..TokenReview::default()
        };
        let reviews: Api<TokenReview> = Api::all(self.client.clone());
        let answer =
            reviews.create(&PostParams::default(), &review).await.map_err(|error| not_told(&error))?;
        let status = answer.status.unwrap_or_default();
        match (status.authenticated, status.user) {
            (Some(true), Some(user)) => Ok(user),
            _ => Err(unknown("the API server does not know the token")),
        }
    }

    fn remembered(&self, key: &Key) -> Option<Result<(), Denied>> {
        let known = self.known();
        let (at, decision) = known.get(key)?;
        (at.elapsed() < KEPT).then(|| decision.clone())
    }

    fn remember(&self, key: Key, decision: Result<(), Denied>) {
        let mut known = self.known();
        if known.len() >= MOST {
            known.retain(|_, (at, _)| at.elapsed() < KEPT);
        }
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, (Instant::now(), decision));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Result<&str, Denied> {
    let text = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = text
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = token.map(|(_, token)| token.trim()).filter(|token| !token.is_empty());
    token.ok_or_else(|| unknown("the request carries no bearer token"))
}

fn unknown(reason: &str) -> Denied {
    let remedy = "send `Authorization: Bearer TOKEN` of your account, such as from `kubectl create token`";
    (StatusCode::UNAUTHORIZED, Refusal::new(Code::Unauthenticated, reason, remedy))
}

/// The API server did not say who asks, or whether they may.
fn not_told(error: &kube::Error) -> Denied {
    let refusal = match error {
        kube::Error::Api(answer) if answer.is_forbidden() => Refusal::new(
            Code::Forbidden,
            "the operator may not ask the API server who you are and what you may",
            "bind the ClusterRole `system:auth-delegator` to the operator's account",
        ),
        _ => {
            tracing::warn!(%error, "the API server did not say whether somebody may read");
            Refusal::new(Code::SourceUnavailable, "the API server does not answer the operator", "ask again")
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_from_the_header_only_where_it_is_one() {
        let check = |text: Option<&str>, expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(text) = text {
                headers.insert(header::AUTHORIZATION, text.parse().unwrap());
            }
            assert_eq!(bearer(&headers).ok(), expected, "{text:?}");
        };
        check(Some("Bearer abc"), Some("abc"));
        check(Some("bearer  abc"), Some("abc"));
        check(Some("Basic abc"), None);
        check(Some("Bearer "), None);
        check(Some("Bearer"), None);
        check(None, None);
    }
}
