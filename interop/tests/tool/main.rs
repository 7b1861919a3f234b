//! The tool against the SSM and the Lambda of moto and of MiniStack.
//!
//! What these do otherwise than AWS is in `contract.md`; where it matters here, a test says what the tool makes of it.

mod first_day;
mod restart;
mod rollout;
mod values;

/// An app with a secret of every kind.
const ORDERS: &str = r#"app = "orders"

[secrets]
STRIPE_KEY = { docs = "Stripe secret key", shape = { starts_with = "sk_", min_length = 8 } }
SENTRY_DSN = { docs = "where errors go", type = "url", required = ["prod"] }
"db-password" = { docs = "database", fallback = false }
PLAIN = "any text"

[parameters]
VERSION = "1.2.0"

[functions]
api = { bind = ["STRIPE_KEY", "VERSION"] }
worker = { bind = "*" }
"#;

/// The cells of one column of a table that the tool printed.
fn column(table: &str, head: &str) -> Vec<String> {
    let mut lines = table.lines();
    let heads = lines.next().unwrap_or_default();
    let start = heads.find(head).unwrap_or_else(|| panic!("no column {head} in:\n{table}"));
    let width = heads[start..]
        .find("  ")
        .map_or(usize::MAX, |end| end + heads[start + end..].find(|c: char| c != ' ').unwrap_or(usize::MAX - end));
    let cell = |line: &str| line.chars().skip(start).take(width).collect::<String>().trim().to_owned();
    lines.map(cell).collect()
}
