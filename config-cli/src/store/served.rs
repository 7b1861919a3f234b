//! A local store that another process serves: where that has left address and keys, and whether it is still that one.

use std::net::SocketAddr;
use std::path::Path;

use bind_config_local::proof;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::local::{ATTEMPT, CONNECT, LOCAL_REGION, random_hex};

/// Where a local store is served, and with which keys it may be asked.
///
/// # Security
///
/// Holds the keys: it has no `Debug`.
#[derive(Clone)]
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) endpoint: String,
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
}

/// Whether who listens there has the secret key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Given,
    /// Nobody listens, or somebody else does: a process that was killed leaves its port to whoever takes it.
    Missing,
    /// Somebody listens and says nothing.
    Silent,
}

impl Served {
    /// What `local start` has left, whether or not it still serves. It serves nobody but this machine.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let path = folder.join(LOCAL_SERVED);
        if !is_ours(&path) {
            return None;
        }
        let text = crate::project::read_text(&path).ok()?;
        let mut lines = text.lines().map(str::to_owned);
        let (endpoint, access_key, secret_key) = (lines.next()?, lines.next()?, lines.next()?);
        let address: SocketAddr = endpoint.strip_prefix("http://")?.parse().ok()?;
        address.ip().is_loopback().then_some(Served { address, endpoint, access_key, secret_key })
    }

    pub(crate) fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.endpoint, self.access_key, self.secret_key)
    }

    /// The variables with which any AWS client reaches it.
    pub(crate) fn variables(&self) -> [(&'static str, &str); 4] {
        [
            ("AWS_REGION", LOCAL_REGION),
            ("AWS_ACCESS_KEY_ID", &self.access_key),
            ("AWS_SECRET_ACCESS_KEY", &self.secret_key),
            ("AWS_ENDPOINT_URL_SSM", &self.endpoint),
        ]
    }

    /// Sends a challenge, and nothing that anybody could use.
    pub(super) async fn proof(&self) -> Proof {
        let challenge = random_hex::<16>();
        match timeout(ATTEMPT, self.answer(&challenge)).await {
            Ok(Ok(answer)) if is_proof(&answer, &proof(&self.secret_key, &challenge)) => Proof::Given,
            Ok(_) => Proof::Missing,
            Err(_) => Proof::Silent,
        }
    }

    async fn answer(&self, challenge: &str) -> std::io::Result<Vec<u8>> {
        let mut stream = timeout(CONNECT, TcpStream::connect(self.address)).await??;
        let request = format!(
            "GET /.bind-config/proof?challenge={challenge} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(LARGEST_ANSWER).read_to_end(&mut answer).await?;
        Ok(answer)
    }
}

/// Whether nobody else can have written it: who else has would be given the secrets.
#[cfg(unix)]
fn is_ours(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    const OF_OTHERS: u32 = 0o077;
    path.symlink_metadata().is_ok_and(|file| {
        file.is_file() && file.uid() == rustix::process::geteuid().as_raw() && file.mode() & OF_OTHERS == 0
    })
}

#[cfg(not(unix))]
fn is_ours(path: &Path) -> bool {
    path.is_file()
}

fn is_proof(answer: &[u8], proof: &str) -> bool {
    answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(format!("\r\n\r\n{proof}").as_bytes())
}

/// Where `local start` says at which address it serves, and the keys.
pub(crate) const LOCAL_SERVED: &str = "served";
const LARGEST_ANSWER: u64 = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str, mode: u32) {
        std::fs::write(path, text).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn what_others_can_have_written_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOCAL_SERVED);
        for (mode, is_read) in [(0o600, true), (0o400, true), (0o644, false), (0o620, false), (0o666, false)] {
            let _ = std::fs::remove_file(&path);
            write(&path, "http://127.0.0.1:4566\nkey\nsecret\n", mode);
            assert_eq!(Served::read(folder.path()).is_some(), is_read, "{mode:o}");
        }
        let other = folder.path().join("other");
        write(&other, "http://127.0.0.1:4566\nkey\nsecret\n", 0o600);
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(Served::read(folder.path()).is_none(), "a link");
    }

    #[test]
    fn only_an_address_of_this_machine_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            write(&folder.path().join(LOCAL_SERVED), text, 0o600);
            Served::read(folder.path()).map(|served| served.to_text())
        };
        for endpoint in ["http://127.0.0.1:4566", "http://127.1.2.3:1", "http://[::1]:4566"] {
            let text = format!("{endpoint}\nkey\nsecret\n");
            assert_eq!(read(&text), Some(text));
        }
        for endpoint in [
            "http://10.0.0.1:4566",
            "http://192.0.2.1:80",
            "http://0.0.0.0:4566",
            "http://[2001:db8::1]:4566",
            "http://localhost:4566",
            "https://127.0.0.1:4566",
            "http://127.0.0.1:4566/",
            "http://127.0.0.1@192.0.2.1:80",
            "127.0.0.1:4566",
            "",
        ] {
            assert_eq!(read(&format!("{endpoint}\nkey\nsecret\n")), None, "{endpoint}");
        }
        assert_eq!(read("http://127.0.0.1:4566\nkey\n"), None);
    }

    #[test]
    fn only_the_proof_itself_is_one() {
        let proof = "a".repeat(64);
        assert!(is_proof(format!("HTTP/1.1 200 OK\r\na: b\r\n\r\n{proof}").as_bytes(), &proof));
        for answer in [
            format!("HTTP/1.1 200 OK\r\na: b\r\n\r\n{proof} "),
            format!("HTTP/1.1 200 OK\r\na: {proof}\r\n\r\n"),
            format!("HTTP/1.1 400 Bad Request\r\n\r\n{proof}"),
            format!("\r\n\r\n{proof}"),
            String::new(),
        ] {
            assert!(!is_proof(answer.as_bytes(), &proof), "{answer}");
        }
    }
}
