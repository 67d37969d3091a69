//! What comes back with the hour, the weekday, the month: seasons found, confirmed and taken out.

pub mod find;
pub mod indices;
pub mod stl;

/// A length as a whole number of values; 0 for what is below or not finite.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float becomes the nearest that fits"
)]
pub(crate) fn whole(length: f64) -> usize {
    length.round() as usize
}
