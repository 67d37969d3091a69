//! Anomalies of one series as its rows come in.
//!
//! ```text
//! row ─┬─▶ linear view ──────┐  baseline (level, seasons, AR 1) ─▶ deviations ─▶ statistics ─▶ tail probabilities
//!      ├─▶ logarithmic view ─┼─▶ strongest evidence ─▶ alerting ─▶ judgement
//!      └─▶ run of equal values
//! ```
//!
//! Everything is causal: a judgement uses its row and earlier ones only.
//!
//! ```
//! use metricwright_analysis::detect::{Detector, Kind, Row, Settings};
//!
//! let settings = Settings { step_seconds: 3600, seasons: vec![24, 168], warm_up: 336, missing_after: Some(3) };
//! let mut detector = Detector::new(settings);
//! for hour in 0..1000_i32 {
//!     let value = 100.0 + 10.0 * f64::from(hour % 24) + f64::from(hour * hour % 7);
//!     assert!(!detector.observe(Row { seconds: 3600 * i64::from(hour), value, unusual: false }).alert);
//! }
//! let judgement = detector.observe(Row { seconds: 3600 * 1000, value: 900.0, unusual: false });
//! assert!(judgement.alert && judgement.kind == Kind::Spike);
//! ```

mod alert;
mod baseline;
mod detector;
mod flatline;
mod kind;
mod settings;
mod slices;
mod statistic;
mod tail;
mod unusual;
mod view;

pub use detector::{DETECTOR_VERSION, Detector, Judgement, Row};
pub use kind::Kind;
pub use settings::Settings;
pub use slices::{Slices, false_discovery_control};
pub use unusual::UnusualDays;
