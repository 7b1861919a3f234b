//! The main results as a picture: a point per client, on an axis on which as many times as much is as far.

use std::fmt::Write as _;

use crate::cell::{Cell, Place, SMALLEST};
use crate::client::Id;
use crate::measure::{Measured, WALL};
use crate::results::{Results, rounded};

/// What is shown, from top to bottom.
const PANELS: [(&str, Cell); 5] = [
    ("nothing to fetch", Cell::usual(0, Place::Stage)),
    ("20 secrets", Cell::usual(20, Place::Stage)),
    ("50 secrets", Cell::usual(50, Place::Stage)),
    ("20 secrets, half of them only in the fallback", Cell::usual(20, Place::Half)),
    ("20 secrets on 0.072 vCPU, a function of 128 MB", Cell::usual(20, Place::Stage).with_cpu(SMALLEST)),
];

/// What was measured of the panels.
pub(crate) fn svg(results: &Results) -> String {
    let mut body = String::new();
    let mut y = TOP;
    for (title, cell) in PANELS {
        let Some(measured) = results.of(&cell) else { continue };
        let _ = writeln!(body, r#"<text x="{MARGIN}" y="{}" class="title">{title}</text>"#, y + 14.0);
        y += LINE;
        for client in Id::ALL {
            if let Some(row) = row(measured, client, y) {
                body += &row;
                y += LINE;
            }
        }
        y += GAP;
    }
    let height = y + LINE;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="system-ui, sans-serif" font-size="12">
<title>Time from the start of a process until it has its secrets</title>
<style>
text {{ fill: #333; paint-order: stroke; stroke: #fff; stroke-width: 4px; stroke-linejoin: round }}
.title {{ font-weight: 600 }}
.own {{ fill: {OWN}; font-weight: 600 }}
.tick {{ fill: #595959; text-anchor: middle }}
</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="{MARGIN}" y="24" font-size="15" class="title">From the start of a process until it has its secrets, ms</text>
<text x="{MARGIN}" y="42">HTTPS, 20 ms a request; each line of the axis is ten times the one before. In parentheses × floor: one connection, one signed request.</text>
{axis}{body}</svg>
"##,
        axis = axis(y)
    )
}

/// Lines for the powers of ten.
fn axis(bottom: f64) -> String {
    let mut text = String::new();
    for tick in [1.0, 10.0, 100.0, 1000.0] {
        let x = across(tick);
        let _ = writeln!(text, r##"<path d="M{x:.1} {}V{bottom:.1}" stroke="#ddd"/>"##, TOP - 6.0);
        let _ = writeln!(text, r#"<text x="{x:.1}" y="{:.1}" class="tick">{tick} ms</text>"#, bottom + 14.0);
    }
    text
}

fn row(measured: &Measured, client: Id, y: f64) -> Option<String> {
    let wall = measured.median(client, &WALL)?;
    let (x, middle, base) = (across(wall), y + 10.0, y + 14.0);
    let (class, colour) = if client == Id::Ours { ("own", OWN) } else { ("other", OTHER) };
    let ratio = measured.ratio(client, Id::Floor, &WALL).filter(|_| client != Id::Floor);
    let ratio = ratio.map(|ratio| format!(" ({}×)", rounded(ratio))).unwrap_or_default();
    Some(format!(
        r#"<text x="{MARGIN}" y="{base}" class="{class}">{client}</text>
<path d="M{LEFT} {middle}H{x:.1}" stroke="{colour}" stroke-width="1.5"/><circle cx="{x:.1}" cy="{middle}" r="4.5" fill="{colour}"/>
<text x="{:.1}" y="{base}" class="{class}">{}{ratio}</text>
"#,
        x + 10.0,
        rounded(wall)
    ))
}

/// Where so many milliseconds are.
fn across(milliseconds: f64) -> f64 {
    let share = (milliseconds / SHORTEST).log10() / (LONGEST / SHORTEST).log10();
    LEFT + share.max(0.0) * (RIGHT - LEFT)
}

/// All that is written is legible on white, which the picture brings along.
const OWN: &str = "#b7410e";
const OTHER: &str = "#5b6b7b";

const WIDTH: f64 = 860.0;
const MARGIN: f64 = 16.0;
/// The axis, below the heads and beside the names.
const LEFT: f64 = 220.0;
const RIGHT: f64 = 760.0;
const TOP: f64 = 64.0;
const LINE: f64 = 20.0;
const GAP: f64 = 10.0;
/// Its ends, in milliseconds.
const SHORTEST: f64 = 0.5;
const LONGEST: f64 = 5000.0;
