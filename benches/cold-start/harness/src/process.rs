//! One client as a process: how it is started, and what it took.

use std::error::Error;
use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use wait4::Wait4 as _;

use crate::cell::Cell;
use crate::client::{Client, Id};
use crate::quota::{self, Group};
use crate::store::Store;

/// What a process took until it had its secrets.
pub(crate) struct Sample {
    pub(crate) wall: Duration,
    /// Until its end.
    pub(crate) cpu: Duration,
    pub(crate) peak_kib: u32,
    pub(crate) requests: u32,
    pub(crate) connections: u32,
}

/// The argument with which this program becomes a client: the clock starts when it does, so that neither the making of a
/// process nor the way into its group is measured.
pub(crate) const LAUNCH: &str = "launch";

pub(crate) fn run(
    client: &Client,
    cell: &Cell,
    store: &Store,
    group: Option<&Group>,
) -> Result<Sample, Box<dyn Error>> {
    store.rest();
    let connections = store.ssm.connections();
    let mut launcher = Command::new(std::env::current_exe()?);
    launcher.arg(LAUNCH).arg(group.map_or_else(PathBuf::new, Group::members));
    let mut child = client.started_by(launcher, store, cell.secrets).stdout(Stdio::piped()).spawn()?;
    let mut text = String::new();
    child.stdout.take().expect("it is piped").read_to_string(&mut text)?;
    let used = child.wait4()?;
    if !used.status.success() {
        return Err(format!("{}: {}", client.id, used.status).into());
    }

    let said = Said { client: client.id, text };
    let requests = store.ssm.calls().len();
    check(&said, requests, client, cell, store)?;
    let time = |name| Ok::<_, Box<dyn Error>>(Duration::from_nanos(said.field(name)?));
    Ok(Sample {
        wall: time("ready")?.saturating_sub(time("started")?),
        cpu: (used.rusage.utime + used.rusage.stime).saturating_sub(time("launcher_cpu")?),
        peak_kib: said.field("peak_kib")?,
        requests: u32::try_from(requests)?,
        connections: u32::try_from(store.ssm.connections() - connections)?,
    })
}

/// It has the values, which only the store knows, and has asked for all of them.
fn check(said: &Said, requests: usize, client: &Client, cell: &Cell, store: &Store) -> Result<(), Box<dyn Error>> {
    let (digest, expected) = (said.field::<String>("digest")?, store.digest(client));
    if digest != expected {
        return Err(format!("{}: its secrets are not those of the store: {digest}, not {expected}", client.id).into());
    }
    let least = store.least_requests(client);
    if requests < least {
        return Err(format!("{}, {cell}: requests made: {requests}, needed: at least {least}", client.id).into());
    }
    Ok(())
}

/// What a process printed: `name=value`, launcher first.
struct Said {
    client: Id,
    text: String,
}

impl Said {
    fn field<T: FromStr<Err: Error + 'static>>(&self, name: &str) -> Result<T, Box<dyn Error>> {
        let found = self.text.split_whitespace().find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        Ok(found.ok_or_else(|| format!("{}: it did not say its {name}: {:?}", self.client, self.text))?.parse()?)
    }
}

/// `launch MEMBERS PROGRAM ARGUMENT…`: joins a group, says when the clock starts, and becomes the program. Comes back only
/// with an error.
#[expect(clippy::print_stdout, reason = "the harness reads it")]
pub(crate) fn launch(mut arguments: impl Iterator<Item = String>) -> Box<dyn Error> {
    let (Some(members), Some(program)) = (arguments.next(), arguments.next()) else {
        return "launch MEMBERS PROGRAM ARGUMENT…".into();
    };
    let mut command = Command::new(program);
    command.args(arguments);
    if !members.is_empty()
        && let Err(error) = quota::join(members.as_ref())
    {
        return error.into();
    }
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    let cpu = Duration::try_from(cpu).unwrap_or_default().as_nanos();
    println!("launcher_cpu={cpu} started={}", contract::nanoseconds());
    io::Error::into(command.exec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Place;

    #[test]
    fn another_digest_and_a_right_one_without_the_requests_that_it_takes_are_refused() {
        let target = crate::target().expect("a folder");
        let cell = Cell::usual(20, Place::Stage);
        let store = Store::start(&cell, None, &crate::store_folder(&target).expect("a folder")).expect("a store");
        let clients = crate::client::all(&target);
        let client = clients.iter().find(|client| client.id == Id::Ours).expect("it is a client");
        let said = Said { client: client.id, text: format!("digest={}", store.digest(client)) };

        assert!(check(&said, 2, client, &cell, &store).is_ok());
        let wrong = Said { client: client.id, text: "digest=0123".to_owned() };
        let error = check(&wrong, 2, client, &cell, &store).expect_err("another digest").to_string();
        assert!(error.starts_with("bind-config: its secrets are not those of the store: 0123, not "), "{error}");
        let error = check(&said, 1, client, &cell, &store).expect_err("one request");
        assert_eq!(error.to_string(), "bind-config, N=20, 20 ms: requests made: 1, needed: at least 2");
    }
}
