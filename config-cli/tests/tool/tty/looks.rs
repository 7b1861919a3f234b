//! What is seen: tables that fit, and colours.

use crate::app::App;

use super::{Terminal, filled, orders};

#[test]
fn tables_fit_the_terminal() {
    let app = filled();
    app.ok("synth");
    for stage in ["a", "bb", "ccc", "dddd", "a-stage-with-a-long-name", "one-more"] {
        assert_eq!(app.run_with(b"x", ["secrets", "set", "PLAIN", "--stage", stage]).code, 0);
    }
    for columns in [40_u16, 60, 100] {
        for arguments in [
            "secrets list",
            "secrets list --reveal",
            "secrets list --all-stages",
            "secrets history PLAIN",
            "check",
            "check --all-stages",
            "show",
            "show api --stage prod",
        ] {
            let (_, seen) = Terminal::run(&app, columns, &format!("{arguments} 2>errors")).exit();
            let wide: Vec<&str> = seen.lines().filter(|line| line.chars().count() > usize::from(columns)).collect();
            assert_eq!(wide, Vec::<&str>::new(), "{arguments} at {columns}:\n{seen}");
            assert!(
                seen.contains("STRIPE_KEY") || arguments.contains("PLAIN"),
                "names are whole: {arguments} at {columns}:\n{seen}"
            );
            let piped = app.run(arguments.split(' ')).out;
            let body = piped.split_once('\n').unwrap().1;
            for mark in body.chars().filter(|c| c.is_ascii_uppercase() || "/_-:`•".contains(*c)) {
                let count = |text: &str| text.matches(mark).count();
                assert!(count(&seen) >= count(body), "{mark} is cut: {arguments} at {columns}:\n{seen}");
            }
        }
    }
}

#[test]
fn at_sixty_columns_a_matrix_stands_in_blocks() {
    let app = filled();
    app.ok("synth");
    for stage in ["alpha", "beta", "gamma", "delta", "epsilon"] {
        app.run_with(b"x", ["secrets", "set", "PLAIN", "--stage", stage]);
    }
    let (_, seen) = Terminal::run(&app, 60, "check --all-stages 2>errors").exit();
    let block = "\
PLAIN
  alpha    set
  beta     set
  delta    set
  dev      set
  epsilon  set
  gamma    set
  prod     missing
";
    assert!(seen.contains(block), "{seen}");
}

#[test]
fn colours_are_seen_at_a_terminal_that_has_them() {
    let coloured = "\u{1b}[1;31merror:\u{1b}[0m `PLAIN` is not set in stage `dev` of `orders`, the local store (.bind-config/store)\n";
    let plain = "error: `PLAIN` is not set in stage `dev` of `orders`, the local store (.bind-config/store)\n";
    let seen = |app: &App| Terminal::run(app, 200, "secrets get PLAIN").exit();
    assert_eq!(seen(&orders()), (1, coloured.to_owned()));
    assert_eq!(seen(&orders().with("NO_COLOR", "1")), (1, plain.to_owned()));
    assert_eq!(seen(&orders().with("NO_COLOR", "")), (1, coloured.to_owned()), "an empty one is none");
    assert_eq!(seen(&orders().with("TERM", "dumb")), (1, plain.to_owned()));
    let app = orders();
    let piped = Terminal::shell(&app, 200, "\"$TOOL\" secrets get PLAIN 2>&1 | cat");
    assert_eq!(piped.exit(), (0, plain.to_owned()));
    let warned = Terminal::run(&app, 200, "secrets set PLAIN x").exit().1;
    assert!(warned.starts_with("\u{1b}[1;33mwarning:\u{1b}[0m a value on the command line"), "{warned:?}");
}
