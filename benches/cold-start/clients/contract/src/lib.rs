//! What the clients and the harness agree upon: where a secret is, and the line in which a client proves that it has them all.

use std::time::SystemTime;

/// What the environment says of a secret that must be fetched.
const FETCH: &str = "__FETCH_FROM_SSM__";
/// In front of the name of a secret, in the environment.
const VARIABLE: &str = "SST_Secret_value_";

/// A variable that the harness sets.
pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is set"))
}

/// The names of the secrets that the environment says must be fetched, sorted.
pub fn secrets() -> Vec<String> {
    let mut names: Vec<String> = std::env::vars()
        .filter(|(_, value)| value == FETCH)
        .filter_map(|(variable, _)| variable.strip_prefix(VARIABLE).map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// Where the secrets of this stage are, or those that every stage falls back to.
pub struct Place(String);

impl Place {
    /// That of `SST_STAGE`.
    pub fn stage() -> Self {
        Self(format!("/sst/{}/{}/Secret/", variable("SST_APP"), variable("SST_STAGE")))
    }

    /// That of every stage.
    pub fn fallback() -> Self {
        Self(format!("/sst/{}/.fallback/Secret/", variable("SST_APP")))
    }

    /// `/sst/APP/STAGE/Secret/NAME/value`
    pub fn path(&self, name: &str) -> String {
        format!("{}{name}/value", self.0)
    }

    /// The name in a path.
    pub fn name<'a>(&self, path: &'a str) -> &'a str {
        path.strip_prefix(&self.0).and_then(|path| path.strip_suffix("/value")).expect("the path of a secret")
    }
}

/// Prints the line with which a client ends: when it had the values, which they are, and the most memory that it had.
#[expect(clippy::print_stdout, reason = "the harness reads it")]
pub fn finish<N: AsRef<str>, V: AsRef<str>>(values: impl IntoIterator<Item = (N, V)>) {
    let ready = nanoseconds();
    println!("ready={ready} digest={} peak_kib={}", digest(values), peak());
}

/// Of this moment, since 1970: what a process prints and another one reads.
pub fn nanoseconds() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970").as_nanos()
}

/// FNV-1a, 32 bits, over the sorted lines `name=value`.
pub fn digest<N: AsRef<str>, V: AsRef<str>>(values: impl IntoIterator<Item = (N, V)>) -> String {
    let line = |(name, value): (N, V)| format!("{}={}\n", name.as_ref(), value.as_ref());
    let mut lines: Vec<String> = values.into_iter().map(line).collect();
    lines.sort();
    let hash =
        lines.concat().bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}

/// The process's own figure: the one that its parent gets counts what the process was before it became this program.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_of_names_and_values_in_no_order() {
        assert_eq!(digest([("", ""); 0]), "811c9dc5");
        assert_eq!(digest([("A", "1"), ("B", "2")]), digest([("B", "2"), ("A", "1")]));
        assert_ne!(digest([("A", "1"), ("B", "2")]), digest([("A", "2"), ("B", "1")]));
    }
}
