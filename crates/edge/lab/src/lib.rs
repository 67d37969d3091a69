//! Judgement by itself: folders of labelled cases in, answers out, so that a method can be measured and tried
//! without a cluster, a source or a store.

pub mod attribute;
pub mod detect;
pub mod error;
pub mod forecast;
mod input;
pub mod options;

pub use attribute::attribute;
pub use detect::detect;
pub use error::Error;
pub use forecast::forecast;
pub use options::Options;
