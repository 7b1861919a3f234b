//! A process that is killed while it writes: what it was told is stored is stored.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod scratch;

use std::io::BufRead;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::sleep;
use std::time::Duration;

use bind_config_local::LocalSsm;
use scratch::{Scratch, given_path, run_again, say};

const KEYS: u64 = 5;

#[test]
fn every_acknowledged_write_survives_a_kill() {
    if let Some(path) = given_path() {
        return write_for_ever(path);
    }
    let scratch = Scratch::new();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut last = 0;
    for round in 0..40 {
        let acknowledged = kill_a_writer(&scratch, &mut random);

        let ssm = open(&scratch, round);
        let newest = newest(&ssm);
        // One write may have been stored and not acknowledged.
        assert!((acknowledged..=acknowledged + 1).contains(&newest), "round {round}: {newest}, told {acknowledged}");
        assert!(acknowledged > last, "round {round}: each process goes on where the one before it was killed");
        for key in 0..KEYS {
            let number = number(&ssm, key);
            let recent = (newest + 1).saturating_sub(KEYS)..=newest;
            assert!(number == 0 || recent.contains(&number), "round {round}: key {key} has {number} of {newest}");
        }
        last = newest;
    }
}

#[test]
fn a_kill_while_a_store_is_created_leaves_a_store_or_none() {
    for round in 0..40 {
        let scratch = Scratch::new();
        let (mut child, output) = run_again("every_acknowledged_write_survives_a_kill", "", &scratch.store());
        // From the first file on: before it, there is nothing to damage.
        while scratch.files().is_empty() {
            assert!(child.try_wait().unwrap().is_none(), "round {round}: the writer ended");
            sleep(Duration::from_micros(50));
        }
        sleep(Duration::from_micros(round * 25));
        child.kill().unwrap();
        child.wait().unwrap();
        drop(output);

        open(&scratch, round).put_secret("orders", "dev", "KEY", "x").unwrap();
    }
}

/// Waits until the writer writes, kills it a moment later (another one every time), and returns the last number that it was
/// told is stored.
fn kill_a_writer(scratch: &Scratch, random: &mut u64) -> u64 {
    let (mut child, output) = run_again("every_acknowledged_write_survives_a_kill", "", &scratch.store());
    let (sender, numbers) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let lines = output.lines().map_while(Result::ok);
        let numbers = lines.filter_map(|line| line.strip_prefix("stored ")?.parse::<u64>().ok());
        numbers.for_each(|number| sender.send(number).unwrap());
    });
    let first = numbers.recv().unwrap();
    *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    sleep(Duration::from_micros((*random >> 33) % 20_000));
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    numbers.iter().last().unwrap_or(first)
}

fn open(scratch: &Scratch, round: u64) -> LocalSsm {
    LocalSsm::builder().file(scratch.store()).start().unwrap_or_else(|err| panic!("round {round}: {err}"))
}

/// The greatest number that is stored.
fn newest(ssm: &LocalSsm) -> u64 {
    (0..KEYS).map(|key| number(ssm, key)).max().unwrap_or_default()
}

fn number(ssm: &LocalSsm, key: u64) -> u64 {
    let value = ssm.value(&format!("/sst/app/dev/Secret/K{key}/value"));
    value.map_or(0, |value| value.trim_start_matches('x').parse().unwrap())
}

/// The other process.
fn write_for_ever(path: PathBuf) {
    let ssm = LocalSsm::builder().file(path).start().unwrap();
    for number in newest(&ssm) + 1.. {
        let value = format!("{}{number}", "x".repeat(500));
        ssm.put_secret("app", "dev", &format!("K{}", number % KEYS), value).unwrap();
        say(&format!("stored {number}"));
    }
}
