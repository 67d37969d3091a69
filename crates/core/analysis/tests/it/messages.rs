//! Who is told what, and when nobody is.

use std::collections::BTreeSet;

use jiff::Timestamp;
use metricwright_analysis::rule::{Episode, Terms, announcements, has_incident};
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
