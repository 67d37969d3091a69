//! Who is told what, and when nobody is.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use metricwright_analysis::rule::{Episode, Terms, Told, announcements, has_incident, repeat};
use metricwright_api::{IncidentState, Kind, ObjectId};

use crate::support::{day, due, id};
use IncidentState::{Firing, Resolved};

fn episode(resolved_at: Option<Timestamp>) -> Episode {
    Episode { first_window: day(5), last_window: day(6), started_at: due(5), resolved_at, slices: Vec::new() }
}

fn told(
    notify: &[(ObjectId, Vec<IncidentState>)],
    watched_since: Timestamp,
    episode: &Episode,
) -> Vec<IncidentState> {
    let terms = Terms { watched_since, retained_since: day(0), notify };
    announcements("drop-1", episode, &terms).into_iter().map(|message| message.state).collect()
}

fn pager(states: &[IncidentState]) -> Vec<(ObjectId, Vec<IncidentState>)> {
    vec![(id(Kind::Channel, "pager"), states.to_vec())]
}

#[test]
fn beginning_and_end_are_told_to_those_who_asked() {
    let both = pager(&[Firing, Resolved]);
    assert_eq!(told(&both, day(0), &episode(None)), [Firing]);
    assert_eq!(told(&both, day(0), &episode(Some(due(8)))), [Firing, Resolved]);
    assert_eq!(told(&pager(&[Resolved]), day(0), &episode(Some(due(8)))), [Resolved]);
    assert_eq!(told(&[], day(0), &episode(None)), []);
}

#[test]
fn the_past_tells_nobody() {
    let both = pager(&[Firing, Resolved]);
    assert_eq!(told(&both, day(20), &episode(Some(due(8)))), []);
    assert_eq!(told(&both, day(20), &episode(None)), []);
    // What was open when the watch began tells its end.
    assert_eq!(told(&both, day(7), &episode(Some(due(8)))), [Resolved]);
    // To the moment: what fell due as the watch began was there already.
    assert_eq!(told(&both, due(5), &episode(None)), []);
}

#[test]
fn keys_are_the_same_each_time_and_differ_from_all_others() {
    let notify = [pager(&[Firing, Resolved]), vec![(id(Kind::Channel, "desk"), vec![Firing])]].concat();
    let terms = Terms { watched_since: day(0), retained_since: day(0), notify: &notify };
    let keys = || -> Vec<String> {
        announcements("drop-1", &episode(Some(due(8))), &terms)
            .into_iter()
            .map(|m| m.idempotency_key)
            .collect()
    };
    assert_eq!(keys(), keys());
    assert_eq!(keys().len(), 3);
    assert_eq!(keys().iter().collect::<BTreeSet<_>>().len(), 3, "{:?}", keys());
    assert_eq!(keys()[0], "drop-1/shop/pager/Firing");
}

#[test]
fn an_incident_stays_while_it_is_open_or_recent() {
    let kept = |retained_since, resolved_at| {
        has_incident(&episode(resolved_at), &Terms { watched_since: day(0), retained_since, notify: &[] })
    };
    assert!(kept(day(300), None), "an open one stays");
    assert!(kept(day(8), Some(due(8))));
    assert!(!kept(day(10), Some(due(8))));
}

fn told_at(first: Timestamp) -> (ObjectId, Timestamp, SignedDuration) {
    (id(Kind::Channel, "pager"), first, SignedDuration::from_hours(4))
}

#[test]
fn firing_is_told_again_each_time_the_pause_is_over() {
    let (channel, first, after) = told_at(due(5));
    let told = Told { channel: &channel, first, after };
    let at = |hours: i64| first.checked_add(SignedDuration::from_hours(hours)).unwrap();
    let key = |hours| repeat("drop-1", &episode(None), &told, at(hours)).0.map(|due| due.idempotency_key);
    assert_eq!(key(0), None);
    assert_eq!(key(3), None);
    let first_key = announcements(
        "drop-1",
        &episode(None),
        &Terms { watched_since: day(0), retained_since: day(0), notify: &pager(&[Firing]) },
    );
    assert_eq!(key(4), Some(format!("{}/1", first_key[0].idempotency_key)));
    assert_eq!(key(7), key(4), "asking again gives the same key");
    assert_eq!(key(8), Some(format!("{}/2", first_key[0].idempotency_key)));
    // Those missed while nothing ran are told once.
    assert_eq!(key(41), Some(format!("{}/10", first_key[0].idempotency_key)));
    let next = |hours| repeat("drop-1", &episode(None), &told, at(hours)).1;
    assert_eq!((next(0), next(4), next(5)), (Some(at(4)), Some(at(8)), Some(at(8))));
}

#[test]
fn what_ended_is_not_told_again() {
    let (channel, first, after) = told_at(due(5));
    let told = Told { channel: &channel, first, after };
    assert_eq!(repeat("drop-1", &episode(Some(due(8))), &told, day(30)), (None, None));
    let never = Told { after: SignedDuration::ZERO, ..told };
    assert_eq!(repeat("drop-1", &episode(None), &never, day(30)), (None, None));
}
