//! Rule states, episodes and the outbox.

use metricwright_api::Kind;
use metricwright_store::{OutboxCounts, Store, StoreError};

use crate::support::{channel, day, incident, message, metric, on_both, rule, step};

on_both!(a_rule_goes_on_from_where_it_stood);
async fn a_rule_goes_on_from_where_it_stood(store: &dyn Store) {
    assert_eq!(store.rule_record(&rule()).await.unwrap(), None);
    store.commit_rule(step(None, 5, "drop-1")).await.unwrap();
    store.commit_rule(step(Some(5), 6, "drop-1")).await.unwrap();
    assert_eq!(store.rule_record(&rule()).await.unwrap().unwrap().evaluated_until, day(6));
    let episodes = store.episodes_of_rule(&rule().rule).await.unwrap();
    assert_eq!(episodes.len(), 1);
    assert_eq!(episodes[0].body, "{\"until\":6}");
}

on_both!(of_two_that_go_on_from_one_state_the_second_is_refused_whole);
async fn of_two_that_go_on_from_one_state_the_second_is_refused_whole(store: &dyn Store) {
    store.commit_rule(step(None, 5, "drop-1")).await.unwrap();
    store.commit_rule(step(Some(5), 6, "drop-1")).await.unwrap();
    for late in [step(Some(5), 7, "drop-2"), step(None, 7, "drop-2")] {
        assert!(matches!(store.commit_rule(late).await, Err(StoreError::Conflict)));
    }
    assert_eq!(store.rule_record(&rule()).await.unwrap().unwrap().evaluated_until, day(6));
    assert_eq!(store.episodes_of_rule(&rule().rule).await.unwrap().len(), 1);
    assert!(store.outbox_of(&incident("drop-2")).await.unwrap().is_empty());
}

on_both!(a_message_is_put_out_once_with_the_bytes_it_had_first);
async fn a_message_is_put_out_once_with_the_bytes_it_had_first(store: &dyn Store) {
    store.commit_rule(step(None, 5, "drop-1")).await.unwrap();
    store.commit_rule(step(Some(5), 6, "drop-1")).await.unwrap();
    let out = store.outbox_of(&incident("drop-1")).await.unwrap();
    assert_eq!(out.len(), 1);
    assert_eq!(out[0].body, b"body of 5");
}

on_both!(the_outbox_hands_out_what_is_due_in_order_until_it_is_delivered);
async fn the_outbox_hands_out_what_is_due_in_order_until_it_is_delivered(store: &dyn Store) {
    let mut commit = step(None, 5, "drop-1");
    commit.messages = ["a", "b", "c"].map(|key| message(key, "drop-1", key)).to_vec();
    commit.messages[1].created_at = day(0);
    commit.messages[2].next_try = day(9);
    store.commit_rule(commit).await.unwrap();
    let due = async |on| -> Vec<String> {
        let rows = store.outbox_due(&channel(), day(on), 10).await.unwrap();
        rows.into_iter().map(|row| row.key).collect()
    };
    assert_eq!(due(2).await, ["b", "a"], "the oldest first");
    assert_eq!(due(0).await, Vec::<String>::new());
    assert_eq!(store.outbox_due(&channel(), day(9), 1).await.unwrap().len(), 1, "no more than asked for");

    store.outbox_delivered("b", day(3)).await.unwrap();
    store.outbox_failed("a", "503", day(7)).await.unwrap();
    assert_eq!(due(5).await, Vec::<String>::new());
    assert_eq!(due(9).await, ["a", "c"]);
    let counts = store.outbox_counts(&channel()).await.unwrap();
    let expected =
        OutboxCounts { sent: 1, waiting: 2, last_error: Some("503".to_owned()), next_try: Some(day(7)) };
    assert_eq!(counts, expected);
    let out = store.outbox_of(&incident("drop-1")).await.unwrap();
    let a = out.iter().find(|row| row.key == "a").unwrap();
    assert_eq!((a.attempts, a.last_error.as_deref()), (1, Some("503")));
}

on_both!(an_incident_that_somebody_deleted_stays_closed);
async fn an_incident_that_somebody_deleted_stays_closed(store: &dyn Store) {
    store.commit_rule(step(None, 5, "drop-1")).await.unwrap();
    assert_eq!(store.open_episodes_on(&metric("revenue")).await.unwrap().len(), 1);
    assert!(store.close_episode("shop", "drop-1").await.unwrap());
    assert!(!store.close_episode("shop", "drop-9").await.unwrap(), "there is no such episode");
    assert!(!store.close_episode("elsewhere", "drop-1").await.unwrap(), "another namespace");
    store.commit_rule(step(Some(5), 6, "drop-1")).await.unwrap();
    let episodes = store.episodes_of_rule(&rule().rule).await.unwrap();
    assert!(episodes[0].closed, "the next evaluation opened it again");
    assert!(store.open_episodes_on(&metric("revenue")).await.unwrap().is_empty());
    assert_eq!(rule().rule.kind, Kind::AlertRule);
}
