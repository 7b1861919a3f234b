//! Two functions whose assembly `benches/read/run` compares.

use std::sync::atomic::{AtomicU64, Ordering};

bind_config::bind_config!(pub struct Config, pub static CONFIG, "bindings.json");

/// A static that the compiler cannot fold into a constant.
pub static PLAIN: AtomicU64 = AtomicU64::new(25);

/// Reads a plain static.
#[inline(never)]
pub fn read_plain() -> u64 {
    PLAIN.load(Ordering::Relaxed)
}

/// Reads a field of a configuration.
#[inline(never)]
pub fn read_config() -> u64 {
    CONFIG.MAX_ITEMS
}
