//! Tables: a line per row where they fit, a block per row where they do not.

use bind_config_manifest::printed::is_printable;
use comfy_table::{ColumnConstraint, ContentArrangement, Table as Grid, presets};

/// A table as wide as its cells, or no wider than `width`.
pub(super) fn table(heads: &[&str], rows: &[Vec<String>], width: Option<u16>) -> String {
    let heads: Vec<String> = heads.iter().map(|head| shown(head)).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| shown(cell)).collect()).collect();
    match width {
        None => lines(&heads, &rows, None),
        Some(width) if fits(&heads, &rows, width) => lines(&heads, &rows, Some(width)),
        Some(width) => blocks(&heads, &rows, width),
    }
}

/// A text of others on one line of ours.
pub(crate) fn shown(text: &str) -> String {
    text.chars().map(|c| if is_printable(c) || "—·×→•".contains(c) { c } else { '\u{fffd}' }).collect()
}

/// Whether every column has room for what can be read.
fn fits(heads: &[String], rows: &[Vec<String>], width: u16) -> bool {
    let needed = (0..heads.len()).map(|at| {
        let most = if at == 0 { FIRST } else { OTHER };
        longest(heads, rows, at).min(most) + GAP
    });
    needed.sum::<usize>() <= usize::from(width) + GAP
}

fn longest(heads: &[String], rows: &[Vec<String>], column: usize) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(column)).chain(heads.get(column));
    cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
}

fn lines(heads: &[String], rows: &[Vec<String>], width: Option<u16>) -> String {
    let mut grid = Grid::new();
    grid.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if let Some(width) = width {
        grid.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    if !heads.is_empty() {
        grid.set_header(heads);
    }
    grid.add_rows(rows);
    for column in grid.column_iter_mut() {
        column.set_padding((0, 2));
    }
    // A name in two pieces is none.
    if longest(heads, rows, 0) <= FIRST
        && let Some(first) = grid.column_mut(0)
    {
        first.set_constraint(ColumnConstraint::ContentWidth);
    }
    let lines: Vec<String> = grid.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// The first cell of a row, and below it what the others are.
fn blocks(heads: &[String], rows: &[Vec<String>], width: u16) -> String {
    let blocks = rows.iter().map(|row| {
        let named = heads.iter().zip(row).skip(1).filter(|(_, cell)| !cell.is_empty());
        let pairs: Vec<Vec<String>> = named.map(|(head, cell)| vec![head.clone(), cell.clone()]).collect();
        let inner = lines(&[], &pairs, Some(width.saturating_sub(2)));
        let inner = inner.lines().map(|line| format!("\n  {line}"));
        let name = row.first().map(String::as_str).unwrap_or_default();
        name.chars()
            .collect::<Vec<_>>()
            .chunks(usize::from(width))
            .map(String::from_iter)
            .collect::<Vec<_>>()
            .join("\n")
            + &inner.collect::<String>()
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// Characters of a name that stays in one piece beside others.
const FIRST: usize = 32;
/// Characters of a cell that is worth reading in lines.
const OTHER: usize = 12;
const GAP: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(all: &[&[&str]]) -> Vec<Vec<String>> {
        all.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn a_table_is_a_line_per_row_where_nobody_has_a_width() {
        let long = "x".repeat(300);
        let text = table(&["NAME", "STATE"], &rows(&[&["A", &long], &["B\nC", ""]]), None);
        assert_eq!(text, format!("NAME  STATE\nA     {long}\nB\u{fffd}C"));
    }

    #[test]
    fn a_narrow_table_breaks_cells_and_no_names() {
        let text = table(&["NAME", "STATE"], &rows(&[&["STRIPE_KEY", "wrong: it does not start with sk_"]]), Some(30));
        assert_eq!(text, "NAME        STATE\nSTRIPE_KEY  wrong: it does\n            not start with\n            sk_");
    }

    #[test]
    fn columns_that_do_not_fit_stand_below_each_other() {
        let heads: Vec<String> = (0..9).map(|at| format!("Stage-{at}")).collect();
        let heads: Vec<&str> = std::iter::once("NAME").chain(heads.iter().map(String::as_str)).collect();
        let text = table(&heads[..4], &rows(&[&["A", "set", "", "missing"]]), Some(20));
        assert_eq!(text, "A\n  Stage-0  set\n  Stage-2  missing");
        let cells = vec!["X".repeat(70); 10];
        let text = table(&heads, &[cells], Some(60));
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert_eq!(text.matches('X').count(), 700);
    }
}
