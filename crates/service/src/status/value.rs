//! Values and windows as statuses write them.

use metricwright_api::{Grain, WindowStatus};
use metricwright_catalog::calendar::Chronology;
use metricwright_formula::Value;
use metricwright_query::window::{Window, label};

/// The value as a decimal text; none when missing. A floating point number has 12 significant digits, so that the order in
/// which an engine happened to add numbers does not show: the store has all of them.
pub fn decimal_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Float(number) => Some(number_text(format!("{number:.11e}").parse().unwrap_or(*number))),
        exact => Some(exact.to_string()),
    }
}

/// A window as statuses write it.
pub fn window_status(window: &Window, grain: Grain, chronology: &Chronology) -> WindowStatus {
    WindowStatus {
        label: label(window, grain, chronology),
        start: window.start.to_string(),
        end: window.end.to_string(),
    }
}

/// A number as a decimal text that reads back as the same number.
pub fn number_text(number: f64) -> String {
    Value::Float(number).to_string()
}
