//! `ours N`: bind-config with N secrets.

// A module per N, and `load`, which chooses one.
include!(concat!(env!("OUT_DIR"), "/sizes.rs"));

/// Names and values.
type Values = Vec<(&'static str, &'static str)>;

fn main() {
    let secrets = std::env::args().nth(1).and_then(|argument| argument.parse().ok()).expect("a number of secrets");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    contract::finish(runtime.block_on(load(secrets)).unwrap_or_else(|report| panic!("{report}")));
}
