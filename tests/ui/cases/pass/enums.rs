#![deny(warnings)]

bind_config::bind_config!(#[allow(dead_code)] "manifests/types.json");

fn main() {
    let level = Config::example().LEVEL;
    assert_eq!((level, level.as_str()), (Level::Info, "info"));
    assert_eq!(format!("{level:>6}|{level:?}|{}", Level::ABC), "  info|Info|a.b-c");
    let all = std::collections::HashSet::from([Level::Debug, Level::Info, Level::N2xl, Level::ABC]);
    assert_eq!(all.len(), 4);
    assert_eq!("a.b-c".parse(), Ok(Level::ABC));
    assert_eq!("ABC".parse::<Level>().unwrap_err().to_string(), "expected one of `debug`, `info`, `2xl`, `a.b-c`");
}
