//! The results as Markdown.

use std::fmt::Write as _;
use std::thread::available_parallelism;

use crate::cell::{CPUS, Cell, IN_PORTIONS, LATENCIES, Place, SIZES, USUAL};
use crate::client::Id;
use crate::goals;
use crate::measure::{CONNECTIONS, CPU, Figure, Measured, PEAK, REQUESTS, WALL};
use crate::size::{Sizes, megabytes};

/// Everything that was measured.
pub(crate) struct Results {
    pub(crate) measured: Vec<Measured>,
    pub(crate) sizes: Sizes,
    pub(crate) rounds: usize,
    /// What was left out, and why.
    pub(crate) omissions: Vec<String>,
}

impl Results {
    pub(crate) fn of(&self, cell: &Cell) -> Option<&Measured> {
        self.measured.iter().find(|measured| measured.cell == *cell)
    }

    pub(crate) fn markdown(&self) -> String {
        let cpus = available_parallelism().map_or(1, usize::from);
        let mut text = format!("# Cold start\n\nMedians of {} rounds on {cpus} CPUs. {LEGEND}\n", self.rounds);
        for omission in &self.omissions {
            let _ = writeln!(text, "\nLeft out: {omission}.");
        }
        text += "\n## Wall time, ms\n";
        for cpu in CPUS {
            for latency in LATENCIES {
                let title = format!("{} ms a request, {cpu}", latency.as_millis());
                text += &self.section(&title, &WALL, |cell| cell.with_latency(latency).with_cpu(cpu));
            }
        }
        let title = format!("{} ms a request, {IN_PORTIONS}", USUAL.as_millis());
        text += &self.section(&title, &WALL, |cell| cell.with_cpu(IN_PORTIONS));
        let title = format!("{} ms a request, no quota, by name", USUAL.as_millis());
        text += &self.section(&title, &WALL, Cell::by_name);
        let _ = write!(text, "\n## What else it takes, {} ms a request, no quota\n", USUAL.as_millis());
        for figure in [CPU, PEAK, REQUESTS, CONNECTIONS] {
            let title = if figure.unit.is_empty() {
                figure.name.to_owned()
            } else {
                format!("{}, {}", figure.name, figure.unit)
            };
            text += &self.section(&title, &figure, |cell| cell);
        }
        let _ = write!(text, "\n## Binaries, MB\n\n{}\n## Goals\n\n{}", self.sizes(), self.goals());
        text
    }

    fn goals(&self) -> String {
        let mut text = "| goal | measured | |\n| --- | --- | --- |\n".to_owned();
        for (goal, verdict) in goals::verdicts(self) {
            let _ = match verdict {
                Some((measured, verdict)) => writeln!(text, "| {goal} | {measured} | {verdict} |"),
                None => writeln!(text, "| {goal} | | not measured |"),
            };
        }
        text
    }

    /// A row per client and a column per number of secrets, as far as they were measured.
    fn section(&self, title: &str, figure: &Figure, place: impl Fn(Cell) -> Cell) -> String {
        let columns: Vec<&Measured> =
            SIZES.into_iter().filter_map(|(secrets, of)| self.of(&place(Cell::usual(secrets, of)))).collect();
        if columns.is_empty() {
            return String::new();
        }
        let heads: Vec<String> = columns.iter().map(|measured| head(&measured.cell)).collect();
        let mut text =
            format!("\n### {title}\n\n| | {} |\n| --- |{}\n", heads.join(" | "), " --- |".repeat(columns.len()));
        for client in Id::ALL {
            let cells: Vec<String> = columns.iter().map(|measured| entry(measured, client, figure)).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                let _ = writeln!(text, "| {client} | {} |", cells.join(" | "));
            }
        }
        text
    }

    fn sizes(&self) -> String {
        let mut text = "| | |\n| --- | --- |\n".to_owned();
        for (name, size) in &self.sizes.clients {
            let _ = writeln!(text, "| {name} | {} |", megabytes(*size));
        }
        let _ = writeln!(text, "| a Lambda handler | {} |", megabytes(self.sizes.handler));
        let with = megabytes(self.sizes.handler_with_config);
        let _ = writeln!(text, "| a Lambda handler with {} | {with} |", Id::Ours);
        text
    }
}

/// `20`, or `20, half`
fn head(cell: &Cell) -> String {
    let half = if cell.place == Place::Half { ", half" } else { "" };
    format!("{}{half}", cell.secrets)
}

/// `25.1 (1.04)`; nothing where the client was not measured.
fn entry(measured: &Measured, client: Id, figure: &Figure) -> String {
    let Some(median) = measured.median(client, figure) else { return String::new() };
    if figure.unit.is_empty() {
        return format!("{median}");
    }
    match measured.ratio(client, Id::Floor, figure) {
        Some(ratio) if client != Id::Floor => format!("{} ({})", rounded(median), rounded(ratio)),
        _ => rounded(median),
    }
}

/// Three digits, or what is in front of the point.
pub(crate) fn rounded(value: f64) -> String {
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$}")
}

const LEGEND: &str = "Columns are numbers of secrets; `half` has every other one only in the fallback. \
    In parentheses × floor: the median of the ratios within each round.";
