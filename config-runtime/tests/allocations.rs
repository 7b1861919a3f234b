//! What a refresh without a change allocates: nothing that grows with the values.
//!
//! The whole process is counted, the store in it included, whose ciphertext is 137 characters however long the value is. So
//! this is about values, and not about ciphertext: AWS's grows with the value, and the SDK makes a string of it, which is
//! dropped with its batch.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests, and figures")]

#[path = "store/bindings.rs"]
#[expect(dead_code, reason = "shared with the tests of the store")]
mod bindings;

use std::alloc::System;

use bind_config_local::LocalSsm;
use bind_config_runtime::Watched;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use bindings::{Config, bind, secret};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const NAMES: usize = 200;
const SHORT: usize = 16;
const LONG: usize = 4_000;

struct Bytes {
    unchanged: usize,
    changed: usize,
}

/// The fewest bytes that a refresh allocated, of several: what else the process did is not in that.
async fn allocated(length: usize) -> Bytes {
    let ssm = LocalSsm::start().unwrap();
    let names: Vec<String> = (0..NAMES).map(|at| format!("S{at:03}")).collect();
    bind(names.iter().map(|name| secret(name)).collect());
    for name in &names {
        ssm.put_secret("orders", "dev", name, "x".repeat(length)).unwrap();
    }
    let environment = ssm.variables("orders", "dev").into_iter().collect();
    let watched = Watched::<Config>::builder().load_from(&environment).await.unwrap();
    let refresh = async || {
        let region = Region::new(ALLOCATOR);
        watched.refresh().await.unwrap();
        region.change().bytes_allocated
    };

    let (mut unchanged, mut changed) = (usize::MAX, usize::MAX);
    for _ in 0..12 {
        unchanged = unchanged.min(refresh().await);
    }
    for _ in 0..3 {
        ssm.put_secret("orders", "dev", &names[0], "y".repeat(length)).unwrap();
        changed = changed.min(refresh().await);
    }
    Bytes { unchanged, changed }
}

#[tokio::test]
async fn a_refresh_of_200_unchanged_names_allocates_no_value() {
    let (short, long) = (allocated(SHORT).await, allocated(LONG).await);

    println!(
        "unchanged: {} bytes, whatever the length; {LONG} characters decrypted: {}",
        short.unchanged, long.changed
    );
    let more = long.unchanged.abs_diff(short.unchanged);
    assert!(
        more < LONG - SHORT,
        "{} and {} bytes: one value of {NAMES} would be seen",
        short.unchanged,
        long.unchanged
    );
    // The counter sees values where there are any.
    assert!(long.changed - short.changed > NAMES * (LONG - SHORT), "{} and {} bytes", short.changed, long.changed);
}
