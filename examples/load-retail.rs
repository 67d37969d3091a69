//! Puts the tables of the retail example into a PostgreSQL, MariaDB or MySQL database.
//!
//! `cargo run --example load-retail -- postgres://user:password@host/database`

use std::path::Path;
use std::process::ExitCode;

use metricwright_testkit::databases::load;
use metricwright_testkit::reference::Tables;

const TABLES: [&str; 8] =
    ["customers", "inventory_daily", "order_items", "orders", "returns", "skus", "stores", "traffic_daily"];

#[tokio::main]
async fn main() -> ExitCode {
    let Some(url) = std::env::args().nth(1) else {
        eprintln!("say where: cargo run --example load-retail -- postgres://user:password@host/database");
        return ExitCode::from(2);
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/retail/data");
    let tables = match Tables::read_folder(&folder) {
        Ok(tables) => tables,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            return ExitCode::FAILURE;
        }
    };
    let named = TABLES.map(|name| (name, tables.table(name)));
    match load(&url, &named).await {
        Ok(()) => {
            let rows: usize = named.iter().map(|(_, rows)| rows.len()).sum();
            println!("loaded {rows} rows into {} tables", named.len());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the tables could not be loaded: {error}");
            ExitCode::FAILURE
        }
    }
}
