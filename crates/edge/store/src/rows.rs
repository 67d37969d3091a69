//! Reading rows: the same columns in every store.

use jiff::Timestamp;
use metricwright_api::Grain;

use crate::error::StoreError;

/// A moment as it is kept.
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A moment that was kept.
pub fn moment(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|error| StoreError::Corrupt(error.to_string()))
}

pub fn grain(text: &str) -> Result<Grain, StoreError> {
    text.parse().map_err(StoreError::Corrupt)
}

/// Makes `point`, `episode` and `message`, which read a row of one database's type.
macro_rules! row_readers {
    ($Row:ty) => {
        use metricwright_api::{IncidentState, Kind, ObjectId};
        use sqlx::Row;

        use $crate::encode::{decode, decode_all};
        use $crate::error::StoreError;
        use $crate::rows::{grain, moment};
        use $crate::types::{EpisodeRow, OutboxRow, PointRow, RuleKey};

        pub fn point(row: &$Row) -> Result<PointRow, StoreError> {
            Ok(PointRow {
                slice: row.try_get("slice")?,
                window_start: moment(row.try_get("start")?)?,
                window_end: moment(row.try_get("end")?)?,
                value: decode(row.try_get::<Option<&str>, _>("value")?)?,
                components: decode_all(row.try_get("components")?)?,
                partial: row.try_get("partial")?,
                computed_at: moment(row.try_get("computed_at")?)?,
            })
        }

        pub fn episode(row: &$Row) -> Result<EpisodeRow, StoreError> {
            let namespace: String = row.try_get("rule_namespace")?;
            Ok(EpisodeRow {
                name: row.try_get("name")?,
                key: RuleKey {
                    rule: ObjectId::new(Kind::AlertRule, namespace, row.try_get::<String, _>("rule")?),
                    metric: ObjectId::new(
                        Kind::Metric,
                        row.try_get::<String, _>("metric_namespace")?,
                        row.try_get::<String, _>("metric")?,
                    ),
                    grain: grain(row.try_get("grain")?)?,
                },
                started_at: moment(row.try_get("started_at")?)?,
                resolved_at: row.try_get::<Option<i64>, _>("resolved_at")?.map(moment).transpose()?,
                suppressed: row.try_get("suppressed")?,
                closed: row.try_get("closed")?,
                body: row.try_get("body")?,
            })
        }

        pub fn message(row: &$Row) -> Result<OutboxRow, StoreError> {
            let state: String = row.try_get("state")?;
            let named = |kind: Kind, namespace: &str, name: &str| -> Result<ObjectId, StoreError> {
                Ok(ObjectId::new(kind, row.try_get::<String, _>(namespace)?, row.try_get::<String, _>(name)?))
            };
            Ok(OutboxRow {
                key: row.try_get("key")?,
                channel: named(Kind::Channel, "channel_namespace", "channel")?,
                incident: named(Kind::Incident, "incident_namespace", "incident")?,
                state: if state == "Resolved" { IncidentState::Resolved } else { IncidentState::Firing },
                body: row.try_get("body")?,
                created_at: moment(row.try_get("created_at")?)?,
                attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
                next_try: moment(row.try_get("next_try")?)?,
                last_error: row.try_get("last_error")?,
                delivered_at: row.try_get::<Option<i64>, _>("delivered_at")?.map(moment).transpose()?,
            })
        }
    };
}

pub(crate) use row_readers;
