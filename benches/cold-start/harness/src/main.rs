//! `harness run`: the clients side by side. `harness instructions`: how many instructions the starts of `bind-config` take.
//! The scripts of the same names build what is run, and say more.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints figures")]

mod cell;
mod client;
mod goals;
mod instructions;
mod measure;
mod plot;
mod process;
mod quota;
mod results;
mod size;
mod store;

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cell::{BY_NAME, Cell, Cpu};
use client::Id;
use quota::Quotas;
use results::Results;
use size::Sizes;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let done = match arguments.next().as_deref() {
        Some("run") => Options::read(arguments).and_then(|options| run(&options)),
        Some("instructions") => match (arguments.next(), arguments.next().as_deref()) {
            (Some(_), None) => instructions::compare(),
            (Some(here), Some("--bless")) => instructions::bless(&here),
            (_, Some(other)) => Err(format!("{other} is not --bless").into()),
            (None, None) => Err("the script of that name says where this is".into()),
        },
        Some(process::LAUNCH) => Err(process::launch(arguments)),
        _ => Err("harness run, or harness instructions".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    cells: Vec<Cell>,
    rounds: usize,
    /// Requests a second that the store answers.
    cap: Option<u32>,
    is_recorded: bool,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let (mut is_quick, mut rounds, mut cap, mut is_recorded) = (false, None, None, false);
        while let Some(argument) = arguments.next() {
            let mut number = || arguments.next().ok_or_else(|| format!("{argument} needs a number"));
            match argument.as_str() {
                "--quick" => is_quick = true,
                "--rounds" => rounds = Some(number()?.parse()?),
                "--tps" => cap = Some(number()?.parse()?),
                "--record" => is_recorded = true,
                _ => return Err(format!("{argument} is none of --quick, --rounds N, --tps N, --record").into()),
            }
        }
        let rounds = rounds.unwrap_or(if is_quick { 3 } else { ENOUGH });
        if rounds == 0 || (!is_quick && rounds < ENOUGH) {
            return Err(format!("at least {ENOUGH} rounds, unless --quick").into());
        }
        if is_recorded && (is_quick || cap.is_some()) {
            return Err("--record is of a whole run: neither --quick nor --tps".into());
        }
        let cells = if is_quick { [goals::cells(), vec![BY_NAME]].concat() } else { Cell::all() };
        Ok(Self { cells, rounds, cap, is_recorded })
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let target = target()?;
    let folder = store_folder(&target)?;
    let clients = client::all(&target);
    let quotas = Quotas::find();

    let mut omissions = Vec::new();
    if !clients.iter().any(|client| client.id == Id::Node) {
        omissions.push(format!("{}, which needs Node 20 or later and npm", Id::Node));
    }
    if quotas.is_none() {
        omissions.push("everything under a CPU quota, because no control group could be made; root can".to_owned());
    }

    let mut measured = Vec::new();
    for cell in options.cells.iter().filter(|cell| cell.cpu == Cpu::Unlimited || quotas.is_some()) {
        eprintln!("{cell}");
        measured.push(measure::rounds(*cell, &clients, options, quotas.as_ref(), &folder)?);
    }
    let results = Results { measured, sizes: Sizes::read(&clients, &target)?, rounds: options.rounds, omissions };
    let text = results.markdown();
    println!("{text}");
    if options.is_recorded {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("results");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("table.md"), text)?;
        fs::write(folder.join("plot.svg"), plot::svg(&results))?;
    }
    Ok(())
}

/// Where the scripts have built everything: `target`, of which this program is `release/harness`.
fn target() -> Result<PathBuf, Box<dyn Error>> {
    let program = std::env::current_exe()?;
    Ok(program.ancestors().nth(2).ok_or("this program is in target/release")?.to_owned())
}

/// Where roots are written.
fn store_folder(target: &Path) -> io::Result<PathBuf> {
    let folder = target.join("store");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// From so many rounds a median counts.
const ENOUGH: usize = 9;
