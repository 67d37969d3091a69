//! Values and windows as statuses write them.

use jiff::tz::TimeZone;
use metricwright_api::{Grain, WindowStatus};
use metricwright_formula::Value;
use metricwright_query::window::{Window, label};

/// The value as a decimal text; none when missing.
pub fn decimal_text(value: &Value) -> Option<String> {
    (!value.is_null()).then(|| value.to_string())
}

/// A window as statuses write it.
pub fn window_status(window: &Window, grain: Grain, zone: &TimeZone) -> WindowStatus {
    WindowStatus {
        label: label(window, grain, zone),
        start: window.start.to_string(),
        end: window.end.to_string(),
    }
}

/// A number as a decimal text that reads back as the same number.
pub fn number_text(number: f64) -> String {
    Value::Float(number).to_string()
}
