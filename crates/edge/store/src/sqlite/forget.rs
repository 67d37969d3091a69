//! Points that have been kept long enough.

use jiff::Timestamp;
use metricwright_api::{Grain, ObjectId};
use sqlx::Connection;

use super::SqliteStore;
use crate::error::StoreError;
use crate::rows::micros;

/// The points, and then what is said to be computed. An interval that begins before the moment and ends after it is shortened.
const FORGET: [&str; 3] = [
    "DELETE FROM point WHERE series IN (SELECT id FROM series WHERE namespace = ?1 AND name = ?2 AND grain = ?3) \
             AND start < ?4",
    "DELETE FROM coverage WHERE namespace = ?1 AND name = ?2 AND grain = ?3 AND \"to\" <= ?4",
    "UPDATE coverage SET \"from\" = ?4 WHERE namespace = ?1 AND name = ?2 AND grain = ?3 \
             AND \"from\" < ?4 AND \"to\" > ?4",
];

impl SqliteStore {
    pub(super) async fn delete_points(
        &self,
        metric: &ObjectId,
        grain: Grain,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        let mut taken = 0;
        for (place, sql) in FORGET.into_iter().enumerate() {
            let done = sqlx::query(sql)
                .bind(&metric.namespace)
                .bind(&metric.name)
                .bind(grain.as_str())
                .bind(micros(before))
                .execute(&mut *transaction)
                .await?;
            taken += if place == 0 { done.rows_affected() } else { 0 };
        }
        transaction.commit().await?;
        Ok(taken)
    }
}
