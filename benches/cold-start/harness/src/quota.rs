//! A share of a CPU, as a control group of the kernel.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Where groups can be made.
pub(crate) enum Quotas {
    /// A hierarchy for CPU alone.
    V1(&'static Path),
    V2(&'static Path),
}

impl Quotas {
    /// `None` where this process may not make any.
    pub(crate) fn find() -> Option<Self> {
        ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"]
            .into_iter()
            .map(|root| Self::V1(Path::new(root)))
            .chain([Self::V2(Path::new("/sys/fs/cgroup"))])
            .find(|quotas| quotas.group(1000, Duration::from_millis(100)).is_ok())
    }

    /// A new group, which has used nothing of its time.
    pub(crate) fn group(&self, thousandths: u32, period: Duration) -> io::Result<Group> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("cold-start-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        // In microseconds.
        let (period, quota) = (period.as_micros(), period.as_micros() * u128::from(thousandths) / 1000);
        let (Self::V1(root) | Self::V2(root)) = self;
        let group = Group(root.join(name));
        fs::create_dir(&group.0)?;
        match self {
            Self::V1(_) => {
                set(&group.0.join("cpu.cfs_period_us"), &period.to_string())?;
                set(&group.0.join("cpu.cfs_quota_us"), &quota.to_string())?;
            }
            Self::V2(_) => set(&group.0.join("cpu.max"), &format!("{quota} {period}"))?,
        }
        Ok(group)
    }
}

/// Ends with the value; nobody is in it then.
pub(crate) struct Group(PathBuf);

impl Group {
    /// The file to which a process writes that it joins.
    pub(crate) fn members(&self) -> PathBuf {
        self.0.join("cgroup.procs")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// The group of this process is the one of `members` from now on.
pub(crate) fn join(members: &Path) -> io::Result<()> {
    set(members, "0")
}

/// Where the file is not there, this is no control group.
fn set(file: &Path, value: &str) -> io::Result<()> {
    fs::OpenOptions::new().write(true).open(file)?.write_all(value.as_bytes())
}
