//! Files that the environment names: a token, a bundle of roots.

use std::io::Read as _;

const LARGEST_FILE: u64 = 16 << 20;

/// A file that the environment names. Nothing but a plain file of a sensible size: a pipe would never end.
pub(super) fn read(path: &str) -> std::io::Result<Vec<u8>> {
    let file = std::fs::metadata(path)?;
    if !file.is_file() {
        return Err(std::io::Error::other("it is no plain file"));
    }
    if file.len() > LARGEST_FILE {
        return Err(std::io::Error::other("it is larger than 16 MB"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_file_is_not_read() {
        assert_eq!(read("/").unwrap_err().to_string(), "it is no plain file");
    }

    #[test]
    fn a_file_of_more_than_16_mb_is_not_read() {
        let path = std::env::temp_dir().join(format!("bind-config-large-{}", std::process::id()));
        let file = std::fs::File::create(&path).unwrap();
        let read_at = |length| {
            file.set_len(length).unwrap();
            read(path.to_str().unwrap()).map(|bytes| bytes.len())
        };
        let (largest, larger) = (read_at(LARGEST_FILE), read_at(LARGEST_FILE + 1));
        std::fs::remove_file(&path).unwrap();

        assert_eq!(largest.unwrap(), 16 << 20);
        assert_eq!(larger.unwrap_err().to_string(), "it is larger than 16 MB");
    }
}
