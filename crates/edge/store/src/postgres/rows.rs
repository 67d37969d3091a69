//! Reading rows of PostgreSQL.

crate::rows::row_readers!(sqlx::postgres::PgRow);
