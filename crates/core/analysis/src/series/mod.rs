//! Series as they should be before anything is learned from them: evenly spaced, with what is missing marked as missing.

pub mod axis;
pub mod fill;
pub mod regular;
pub mod zeros;

pub use axis::{Axis, Step};
pub use regular::{Regular, Repeated, keep_out, regular};
