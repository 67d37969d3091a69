//! Numbers in, results out: what values mean for the people who answer for them. Pure; the clock is an
//! argument.

pub mod attribute;
pub mod calendar;
pub mod detect;
pub mod drivers;
pub mod forecast;
pub mod rule;
pub mod season;
pub mod segments;
pub mod series;
pub mod stats;
pub mod whatif;
