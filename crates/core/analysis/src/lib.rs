//! Numbers in, results out: what values mean for the people who answer for them. Pure; the clock is an
//! argument.

pub mod attribute;
pub mod calendar;
pub mod detect;
pub mod drivers;
pub mod rule;
pub mod segments;
pub mod stats;
pub mod whatif;
