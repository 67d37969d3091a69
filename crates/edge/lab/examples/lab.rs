//! The lab without the rest of the program, for who tunes a method:
//! `cargo run --release -p metricwright-lab --example lab -- forecast DIR OUT [THREADS] [GLOB]`.

fn main() {}
