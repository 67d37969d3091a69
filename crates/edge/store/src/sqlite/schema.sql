-- Version 1. Moments are microseconds since 1970; values are texts that read back exactly.
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL, grain TEXT NOT NULL,
  grouping TEXT NOT NULL, slice TEXT NOT NULL,
  UNIQUE (namespace, name, hash, grain, grouping, slice)
);
CREATE TABLE point (
  series INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
  start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  value TEXT, components TEXT NOT NULL, partial INTEGER NOT NULL, computed_at INTEGER NOT NULL,
  PRIMARY KEY (series, start)
) WITHOUT ROWID;
CREATE TABLE coverage (
  namespace TEXT NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL, grain TEXT NOT NULL, grouping TEXT NOT NULL,
  "from" INTEGER NOT NULL, "to" INTEGER NOT NULL,
  PRIMARY KEY (namespace, name, hash, grain, grouping, "from")
) WITHOUT ROWID;
CREATE TABLE run (
  namespace TEXT NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL,
  at INTEGER NOT NULL, engine TEXT NOT NULL, rows INTEGER NOT NULL, seconds REAL NOT NULL,
  PRIMARY KEY (namespace, name, hash)
) WITHOUT ROWID;
CREATE TABLE rule_record (
  rule_namespace TEXT NOT NULL, rule TEXT NOT NULL, metric_namespace TEXT NOT NULL, metric TEXT NOT NULL,
  grain TEXT NOT NULL, decision_hash TEXT NOT NULL, metric_hash TEXT NOT NULL,
  watched_since INTEGER NOT NULL, evaluated_until INTEGER NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (rule_namespace, rule, metric_namespace, metric, grain)
) WITHOUT ROWID;
CREATE TABLE episode (
  rule_namespace TEXT NOT NULL, name TEXT NOT NULL, rule TEXT NOT NULL,
  metric_namespace TEXT NOT NULL, metric TEXT NOT NULL, grain TEXT NOT NULL,
  started_at INTEGER NOT NULL, resolved_at INTEGER,
  suppressed INTEGER NOT NULL, closed INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (rule_namespace, name)
) WITHOUT ROWID;
CREATE INDEX episode_by_metric ON episode (metric_namespace, metric, resolved_at);
CREATE TABLE outbox (
  key TEXT PRIMARY KEY,
  channel_namespace TEXT NOT NULL, channel TEXT NOT NULL,
  incident_namespace TEXT NOT NULL, incident TEXT NOT NULL, state TEXT NOT NULL, body BLOB NOT NULL,
  created_at INTEGER NOT NULL, attempts INTEGER NOT NULL, next_try INTEGER NOT NULL,
  last_error TEXT, delivered_at INTEGER
) WITHOUT ROWID;
CREATE INDEX outbox_by_channel ON outbox (channel_namespace, channel, delivered_at, next_try);
CREATE INDEX outbox_by_incident ON outbox (incident_namespace, incident);
CREATE TABLE status (
  kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (kind, namespace, name)
) WITHOUT ROWID;
CREATE TABLE note (key TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE absent (
  namespace TEXT NOT NULL, name TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (namespace, name)
) WITHOUT ROWID;
