//! The clients: what is run, what it trusts, and where it takes part.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cell::{Cell, Cpu, Place, USUAL};
use crate::store::Store;

/// A row of the tables: a command, which gets the number of secrets as its last argument.
pub(crate) struct Client {
    pub(crate) id: Id,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<PathBuf>,
    pub(crate) roots: Roots,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Id {
    Empty,
    Floor,
    Ours,
    Chunks,
    OneByOne,
    Node,
}

/// What a client trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Roots {
    /// The store's certificate alone.
    Store,
    /// What the machine trusts as well, as by default.
    System,
    /// What Node brings as well.
    Node,
}

/// All clients that are built below `target`. SST's is there where Node is.
pub(crate) fn all(target: &Path) -> Vec<Client> {
    let rust = |id, program: &str, arguments: &[&str], roots| Client {
        id,
        program: target.join("release").join(program),
        arguments: arguments.iter().map(PathBuf::from).collect(),
        roots,
    };
    let mut clients = vec![
        rust(Id::Empty, "empty", &[], Roots::Store),
        rust(Id::Floor, "floor", &[], Roots::Store),
        rust(Id::Ours, "ours", &[], Roots::Store),
        rust(Id::Chunks, "sdk", &["chunks"], Roots::System),
        rust(Id::OneByOne, "sdk", &["one-by-one"], Roots::System),
    ];
    let node = target.join("node/node");
    if node.exists() {
        let arguments = vec![target.join("node/handler.mjs")];
        clients.push(Client { id: Id::Node, program: node, arguments, roots: Roots::Node });
    }
    clients
}

impl Id {
    /// In the order of the rows.
    pub(crate) const ALL: [Self; 6] = [Self::Empty, Self::Floor, Self::Ours, Self::Chunks, Self::OneByOne, Self::Node];
}

impl Client {
    /// Adds it to what starts it, with the environment that a function would have, and nothing inherited.
    pub(crate) fn started_by(&self, mut launcher: Command, store: &Store, secrets: usize) -> Command {
        launcher.arg(&self.program).args(&self.arguments).arg(secrets.to_string());
        launcher.env_clear().envs(store.variables(self.roots)).stdin(Stdio::null());
        launcher
    }

    /// What is deployed.
    pub(crate) fn artifact(&self) -> &Path {
        if self.id == Id::Node { &self.arguments[0] } else { &self.program }
    }

    /// The slow ones are measured where it says something.
    pub(crate) fn takes_part(&self, cell: &Cell) -> bool {
        let is_usual = cell.latency == USUAL;
        let is_typical = is_usual && cell.secrets == 20 && cell.place == Place::Stage;
        let is_unhindered = is_usual && cell.secrets <= 50 && cell.cpu == Cpu::Unlimited;
        match self.id {
            Id::Empty => cell.secrets == 0,
            Id::Floor | Id::Ours | Id::Chunks => true,
            Id::OneByOne => is_typical || is_unhindered,
            Id::Node => is_typical || (is_unhindered && cell.secrets != 1),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Empty => "an empty main",
            Self::Floor => "floor",
            Self::Ours => "bind-config",
            Self::Chunks => "aws-sdk-ssm, ten names a call",
            Self::OneByOne => "aws-sdk-ssm, one name a call",
            Self::Node => "sst/node/config",
        })
    }
}
