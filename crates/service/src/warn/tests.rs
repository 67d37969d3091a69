//! Messages leave in order, whatever the receiver answers.

use std::sync::Mutex;

use async_trait::async_trait;
use metricwright_api::{IncidentState, Kind};
use metricwright_channel::ChannelError;
use metricwright_store::{RuleCommit, RuleKey, RuleRecord, SqliteStore};

use super::*;

/// A receiver that answers as it is told to, and keeps the keys that it took.
struct Scripted {
    answers: Mutex<Vec<Result<(), ChannelError>>>,
    took: Mutex<Vec<String>>,
}

#[async_trait]
impl Channel for Scripted {
    async fn send(&self, envelope: &Envelope) -> Result<(), ChannelError> {
        let answer = self.answers.lock().unwrap().pop().unwrap_or(Ok(()));
        if answer.is_ok() {
            self.took.lock().unwrap().push(envelope.idempotency_key.clone());
        }
        answer
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn pager() -> ObjectId {
    ObjectId::new(Kind::Channel, "shop", "pager")
}

/// A store with messages in its outbox, in this order.
async fn store(folder: &std::path::Path, keys: &[&str], now: Timestamp) -> SqliteStore {
    let store = SqliteStore::open(folder).await.unwrap();
    put(&store, keys, None, now).await;
    store
}

async fn put(store: &SqliteStore, keys: &[&str], based_on: Option<Timestamp>, now: Timestamp) {
    let id = |kind, name: &str| ObjectId::new(kind, "shop", name);
    let message = |(index, key): (i64, &&str)| OutboxRow {
        key: (*key).to_owned(),
        channel: pager(),
        incident: id(Kind::Incident, "drop-1"),
        state: IncidentState::Firing,
        body: Vec::new(),
        created_at: now.checked_add(SignedDuration::from_micros(index)).unwrap(),
        attempts: 0,
        next_try: now,
        last_error: None,
        delivered_at: None,
    };
    let key =
        RuleKey { rule: id(Kind::AlertRule, "drop"), metric: id(Kind::Metric, "revenue"), grain: Grain::Day };
    let record = RuleRecord {
        decision_hash: String::new(),
        metric_hash: String::new(),
        watched_since: now,
        evaluated_until: now,
        state: String::new(),
    };
    let messages = (0..).zip(keys).map(message).collect();
    let commit = RuleCommit { key, based_on, record, episodes: Vec::new(), messages };
    store.commit_rule(commit).await.unwrap();
}

fn scripted(answers: Vec<Result<(), ChannelError>>) -> Scripted {
    Scripted { answers: Mutex::new(answers.into_iter().rev().collect()), took: Mutex::default() }
}

#[tokio::test]
async fn no_message_overtakes_one_that_fails_because_the_receiver_is_down() {
    let folder = tempfile::TempDir::new().unwrap();
    let begun = at("2025-01-01T00:00Z");
    let store = store(folder.path(), &["z", "y"], begun).await;
    let down = || Err(ChannelError::Unreachable("no connection".to_owned()));
    let receiver = scripted(vec![down(), down()]);
    let round = deliver(&store, &pager(), &receiver, begun, false).await.unwrap();
    assert_eq!(round.delivered, 0);
    let rests_until = round.rests_until.unwrap();

    // One that comes in the meantime waits too, and so does everything after a restart.
    put(&store, &["a"], Some(begun), at("2025-01-01T00:00:01Z")).await;
    let early = deliver(&store, &pager(), &receiver, at("2025-01-01T00:00:01Z"), false).await.unwrap();
    assert_eq!(early, Round { delivered: 0, rests_until: Some(rests_until) });
    assert_eq!(receiver.answers.lock().unwrap().len(), 1, "it was tried too early");

    let again = deliver(&store, &pager(), &receiver, rests_until, false).await.unwrap();
    let later = again.rests_until.unwrap();
    assert!(later > rests_until);
    let sent = deliver(&store, &pager(), &receiver, later, false).await.unwrap();
    assert_eq!(sent, Round { delivered: 3, rests_until: None });
    assert_eq!(*receiver.took.lock().unwrap(), ["z", "y", "a"]);
}

#[tokio::test]
async fn a_message_that_is_refused_for_itself_holds_no_other_back() {
    let folder = tempfile::TempDir::new().unwrap();
    let begun = at("2025-01-01T00:00Z");
    let store = store(folder.path(), &["bad", "good"], begun).await;
    let receiver = scripted(vec![Err(ChannelError::Refused { status: 422 })]);
    let round = deliver(&store, &pager(), &receiver, begun, false).await.unwrap();
    assert_eq!(round, Round { delivered: 1, rests_until: None });
    assert_eq!(*receiver.took.lock().unwrap(), ["good"]);
}

#[tokio::test]
async fn a_changed_channel_is_tried_at_once() {
    let folder = tempfile::TempDir::new().unwrap();
    let begun = at("2025-01-01T00:00Z");
    let store = store(folder.path(), &["one", "two"], begun).await;
    let receiver = scripted(vec![Err(ChannelError::Refused { status: 404 })]);
    let round = deliver(&store, &pager(), &receiver, begun, false).await.unwrap();
    assert!(round.rests_until.is_some());
    let round = deliver(&store, &pager(), &receiver, begun, true).await.unwrap();
    assert_eq!(round.delivered, 2);
    assert_eq!(*receiver.took.lock().unwrap(), ["one", "two"]);
}
