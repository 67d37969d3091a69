//! Which metric moves with which: leads and lags, tests of prediction, slices that behave alike, and regression.
//!
//! All of it is of association. That one series runs ahead of another makes it a warning; that it is the cause is not shown.

mod clusters;
mod granger;
mod leads;
mod regression;
mod tails;

pub use clusters::clusters;
pub use granger::{Granger, granger};
pub use leads::{Lead, leads};
pub use regression::{Coefficient, Regression, regression};
