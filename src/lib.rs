//! The hosts of Metricwright: the command line, the local loop, the Kubernetes operator and the kubectl plugin. Hosts bring
//! objects and take statuses; they decide nothing.

pub mod cli;
pub mod crash;
pub mod local;
pub mod operator;
pub mod plugin;
mod signals;
