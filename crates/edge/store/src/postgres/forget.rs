//! Points that have been kept long enough.

use jiff::Timestamp;
use metricwright_api::{Grain, ObjectId};

use super::PostgresStore;
use super::partitions::drop_empty;
use crate::error::StoreError;
use crate::rows::micros;

/// The points, and then what is said to be computed. An interval that begins before the moment and ends after it is shortened.
const FORGET: [&str; 3] = [
    "DELETE FROM point USING series s WHERE point.series = s.id AND s.namespace = $1 AND s.name = $2 \
             AND s.grain = $3 AND point.start < $4",
    "DELETE FROM coverage WHERE namespace = $1 AND name = $2 AND grain = $3 AND \"to\" <= $4",
    "UPDATE coverage SET \"from\" = $4 WHERE namespace = $1 AND name = $2 AND grain = $3 \
             AND \"from\" < $4 AND \"to\" > $4",
];

impl PostgresStore {
    pub(super) async fn delete_points(
        &self,
        metric: &ObjectId,
        grain: Grain,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.write().await?;
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
        if taken > 0 {
            drop_empty(&mut transaction, micros(before)).await?;
        }
        transaction.commit().await?;
        Ok(taken)
    }
}
