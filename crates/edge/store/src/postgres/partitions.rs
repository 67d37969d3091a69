//! Points by the year in which their window starts: old years go as whole tables.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use sqlx::postgres::PgConnection;

use crate::error::StoreError;
use crate::rows::moment;

/// Taken while partitions are made, so that replicas do not make the same one. Any number that nobody else takes.
const LOCK: i64 = 0x6D77_7061_7274;

/// The UTC year that a moment is in.
fn year(micros: i64) -> Result<i16, StoreError> {
    Ok(moment(micros)?.to_zoned(TimeZone::UTC).year())
}

/// The name of a year's table. No years before 0 are written with a sign, which a name cannot have.
fn name(year: i16) -> String {
    if year < 0 { format!("point_m{}", year.unsigned_abs()) } else { format!("point_{year}") }
}

/// First microsecond of a year.
fn start(year: i16) -> i64 {
    let first = date(year.clamp(-9999, 9999), 1, 1).to_zoned(TimeZone::UTC);
    first.map_or(i64::MIN, |first| first.timestamp().as_microsecond())
}

/// First microsecond after a year.
fn end(year: i16) -> i64 {
    if year >= 9999 {
        Timestamp::MAX.as_microsecond().saturating_add(1)
    } else {
        start(year.saturating_add(1))
    }
}

/// Makes the tables of years that have none yet. Each is made by itself and then attached, which lets reading and writing
/// of other years go on.
pub async fn ensure_partitions(
    connection: &mut PgConnection,
    starts: impl Iterator<Item = i64>,
) -> Result<(), StoreError> {
    let years: BTreeSet<i16> = starts.map(year).collect::<Result<_, _>>()?;
    let there = partitions(connection).await?;
    if years.iter().all(|year| there.contains(&name(*year))) {
        return Ok(());
    }
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *connection).await?;
    let there = partitions(connection).await?;
    for year in years.into_iter().filter(|year| !there.contains(&name(*year))) {
        let (name, from, to) = (name(year), start(year), end(year));
        let statement = format!(
            "CREATE TABLE {name} (LIKE point INCLUDING ALL); \
             ALTER TABLE point ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to})"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Drops the tables of years that ended before a moment and hold no point any more.
pub async fn drop_empty(connection: &mut PgConnection, before: i64) -> Result<(), StoreError> {
    let last = year(before)?;
    for name in partitions(connection).await? {
        let of = name.strip_prefix("point_").map(|year| year.replacen('m', "-", 1));
        if of.and_then(|year| year.parse::<i16>().ok()).is_none_or(|year| year >= last) {
            continue;
        }
        let empty = format!("SELECT NOT EXISTS (SELECT 1 FROM {name})");
        let empty: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(empty)).fetch_one(&mut *connection).await?;
        if empty {
            sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP TABLE {name}")))
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// The names of the tables that hold points.
async fn partitions(connection: &mut PgConnection) -> Result<BTreeSet<String>, StoreError> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
         WHERE i.inhparent = 'point'::regclass",
    )
    .fetch_all(connection)
    .await?;
    Ok(names.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_is_in_the_stretch_of_its_year() {
        for text in [
            "-009999-01-02T02:00Z",
            "-000001-12-31T23:59:59Z",
            "0000-01-01T00:00Z",
            "2025-12-31T23:59:59.999999Z",
        ] {
            let at = text.parse::<Timestamp>().unwrap().as_microsecond();
            let year = year(at).unwrap();
            assert!(start(year) <= at && at < end(year), "{text}");
            assert_eq!(end(year), start(year + 1), "{text}");
        }
        assert_eq!([name(2025), name(-1), name(0)], ["point_2025", "point_m1", "point_0"]);
        let last = "9999-12-30T22:00:00Z".parse::<Timestamp>().unwrap().as_microsecond();
        assert!(last < end(year(last).unwrap()));
    }
}
