//! How long a read takes while new configurations are published: of `Watched`, and of an `ArcSwap` of the same type that gets
//! as many. The kinds of read take turns, so that whatever disturbs one disturbs all.
#![expect(clippy::print_stdout, reason = "a program that prints figures")]

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use arc_swap::ArcSwap;
use bind_config::{Environment, Loaded, Watched};
use bind_config_local::LocalSsm;

bind_config::bind_config!("bindings.json");

const SAMPLES: usize = 2_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let ssm = LocalSsm::with_secrets("bench", "dev", [("MAX_ITEMS", "0")])?;
    let environment: Environment = ssm.variables("bench", "dev").into_iter().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let watched = runtime.block_on(Watched::<Config>::builder().load_from(&environment))?;
    let first = runtime.block_on(Config::load_from(&environment))?;
    let bare: Arc<ArcSwap<Loaded<Config>>> = Arc::new(ArcSwap::from_pointee(first));

    let (is_over, published) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writer = runtime.spawn({
        let (watched, bare) = (watched.clone(), Arc::clone(&bare));
        let (is_over, published) = (Arc::clone(&is_over), Arc::clone(&published));
        async move {
            while !is_over.load(Ordering::Relaxed) {
                let next = published.fetch_add(1, Ordering::Relaxed);
                ssm.put_secret("bench", "dev", "MAX_ITEMS", next.to_string()).expect("the store takes it");
                watched.refresh().await.expect("the store answers");
                // A configuration of its own: the first to read one fetches it into the cache.
                bare.store(Arc::new(Config::load_from(&environment).await.expect("the store answers")));
            }
        }
    });

    let begun = Instant::now();
    compare::<16>(&bare, &watched);
    // The tail of single ones, which a mean hides.
    compare::<1>(&bare, &watched);
    let seconds = begun.elapsed().as_secs_f64();
    is_over.store(true, Ordering::Relaxed);
    runtime.block_on(writer)?;
    println!("\n{} configurations published in {seconds:.1} s", published.load(Ordering::Relaxed));
    Ok(())
}

/// Prints how long reads take, in samples of so many.
fn compare<const READS: u32>(bare: &ArcSwap<Loaded<Config>>, watched: &Watched<Config>) {
    let mut rows: [(&str, Vec<u64>); 4] = ["ArcSwap::load", "Watched::read", "ArcSwap::load_full", "Watched::current"]
        .map(|name| (name, Vec::with_capacity(SAMPLES)));
    for _ in 0..SAMPLES {
        rows[0].1.push(sample::<READS>(|| *bare.load().MAX_ITEMS.expose_secret()));
        rows[1].1.push(sample::<READS>(|| *watched.read().MAX_ITEMS.expose_secret()));
        rows[2].1.push(sample::<READS>(|| *bare.load_full().MAX_ITEMS.expose_secret()));
        rows[3].1.push(sample::<READS>(|| *watched.current().MAX_ITEMS.expose_secret()));
    }
    println!("\nnanoseconds of a read, of {SAMPLES} samples of {READS}, the share of the clock included");
    println!("{:20} {:>8} {:>8} {:>8}", "", "p50", "p99", "p99.9");
    let figures = rows.map(|(name, mut samples)| {
        samples.sort_unstable();
        let figures = [500, 990, 999].map(|permille| nanoseconds(samples[SAMPLES / 1000 * permille], READS));
        println!("{name:20} {:8.1} {:8.1} {:8.1}", figures[0], figures[1], figures[2]);
        figures
    });
    for (name, [bare, ours]) in [("read : load", [0, 1]), ("current : load_full", [2, 3])] {
        let ratio = |at: usize| figures[ours][at] / figures[bare][at];
        println!("{name:20} {:8.2} {:8.2} {:8.2}", ratio(0), ratio(1), ratio(2));
    }
}

/// Nanoseconds of so many reads.
#[inline]
fn sample<const READS: u32>(read: impl Fn() -> u64) -> u64 {
    let begun = Instant::now();
    for _ in 0..READS {
        black_box(read());
    }
    u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "nobody waits that long")]
fn nanoseconds(sample: u64, reads: u32) -> f64 {
    sample as f64 / f64::from(reads)
}
