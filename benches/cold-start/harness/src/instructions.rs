//! How many instructions a whole start of `bind-config` takes more than an empty `main`, compared with those that were written down:
//! counts repeat, times do not.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cell::{Cell, Place};
use crate::client::{self, Client, Id};
use crate::store::Store;

/// What is counted: starts with so many secrets.
const STARTS: [usize; 4] = [0, 1, 20, 50];
/// In per cent; `instructions.txt` says where it comes from.
const TOLERANCE: f64 = 3.0;
/// So many are no change: the loader and the C library do a little more on one machine than on another.
const SLACK: u64 = 25_000;

/// Compares, and prints what was counted.
///
/// # Errors
///
/// Something takes more instructions, or fewer, than was written down.
pub(crate) fn compare() -> Result<(), Box<dyn Error>> {
    let known = fs::read_to_string(file())?;
    let mut changes = String::new();
    for (name, count) in counts()? {
        println!("{name} {count}");
        match budget(&known, &name) {
            None => write!(changes, "\n  {name} has no budget")?,
            Some(budget) if is_the_same(budget, count) => {}
            Some(budget) => {
                let change = change(budget, count);
                let verb = if change > 0.0 { "grew" } else { "shrank" };
                write!(changes, "\n  {name} {verb} by {:.1} %", change.abs())?;
            }
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    Err(format!("{FILE} has other counts:{changes}\nif that is meant, `benches/cold-start/instructions --bless`")
        .into())
}

/// Writes down what is counted, and where, below the comments.
pub(crate) fn bless(here: &str) -> Result<(), Box<dyn Error>> {
    let known = fs::read_to_string(file())?;
    let mut text: String = known.split_inclusive('\n').filter(|line| line.starts_with('#')).collect();
    writeln!(text, "on {here}")?;
    for (name, count) in counts()? {
        writeln!(text, "{name} {count}")?;
    }
    Ok(fs::write(file(), text)?)
}

fn budget(known: &str, name: &str) -> Option<u64> {
    known.lines().filter_map(|line| line.split_once(' ')).find(|(own, _)| *own == name)?.1.parse().ok()
}

/// The name and the count of each start.
fn counts() -> Result<Vec<(String, u64)>, Box<dyn Error>> {
    let target = crate::target()?;
    let clients = client::all(&target);
    let folder = crate::store_folder(&target)?;
    let of = |id, secrets| {
        let client = clients.iter().find(|client| client.id == id).ok_or("it is a client")?;
        count(client, secrets, &folder)
    };
    // Of what is in both, much depends on the machine: the C library reads the map of the process, line by line.
    let empty = of(Id::Empty, 0)?;
    let mut counts = Vec::new();
    for secrets in STARTS {
        counts.push((format!("ours-{secrets}"), of(Id::Ours, secrets)?.saturating_sub(empty)));
    }
    Ok(counts)
}

fn count(client: &Client, secrets: usize, folder: &Path) -> Result<u64, Box<dyn Error>> {
    let cell = Cell::usual(secrets, Place::Stage).with_latency(Duration::ZERO);
    let store = Store::start(&cell, None, folder)?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let done = client
        .started_by(valgrind, &store, secrets)
        .output()
        .map_err(|error| format!("valgrind does not start: {error}"))?;
    let said = String::from_utf8_lossy(&done.stderr);
    let counted = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    let is_right = String::from_utf8_lossy(&done.stdout).contains(&store.digest(client));
    counted.filter(|_| is_right).ok_or_else(|| format!("valgrind, {secrets} secrets: {}\n{said}", done.status).into())
}

fn is_the_same(budget: u64, count: u64) -> bool {
    change(budget, count).abs() <= TOLERANCE || budget.abs_diff(count) <= SLACK
}

/// In per cent.
#[expect(clippy::cast_precision_loss, reason = "no start takes 2^52 instructions")]
fn change(from: u64, to: u64) -> f64 {
    (to as f64 / from as f64 - 1.0) * 100.0
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name(FILE)
}

const FILE: &str = "instructions.txt";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_may_move_by_three_per_cent_or_by_what_machines_differ_in() {
        let budget = 10_000_000;
        for (count, is_same) in [(10_299_000, true), (9_701_000, true), (10_301_000, false), (9_699_000, false)] {
            assert_eq!(is_the_same(budget, count), is_same, "{count}");
        }
        assert!(is_the_same(100_000, 125_000) && !is_the_same(100_000, 125_001));
    }

    #[test]
    fn a_budget_is_found_by_its_whole_name() {
        let known = "# a comment\non x86_64, rustc 1\nours-0 12\nours-20 34\n";
        assert_eq!((budget(known, "ours-20"), budget(known, "ours-2"), budget(known, "#")), (Some(34), None, None));
    }
}
