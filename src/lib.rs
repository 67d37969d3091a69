//! The hosts of Metricwright: the command line, the local loop and the Kubernetes operator. Hosts bring
//! objects and take statuses; they decide nothing.

pub mod cli;
pub mod crash;
pub mod local;
pub mod operator;
mod signals;
