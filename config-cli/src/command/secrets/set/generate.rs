//! Random values that nobody sees.

use zeroize::Zeroizing;

/// A value of a form: a number of letters and digits, `uuid`, or `hex`.
pub(super) fn value(form: &str) -> Result<Zeroizing<String>, String> {
    match form {
        "uuid" => Ok(uuid()),
        "hex" => Ok(hex(&bytes::<32>())),
        length => match length.parse() {
            Ok(length) if (LEAST..=MOST).contains(&length) => Ok(letters(length)),
            _ => Err(format!("`--generate` takes a length from {LEAST} to {MOST}, `uuid` or `hex`")),
        },
    }
}

/// Each of 62 with the same chance.
fn letters(length: usize) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(length));
    while text.len() < length {
        for byte in bytes::<64>().iter() {
            // Above the last multiple of 62 the first letters would come more often.
            if usize::from(*byte) < 248 && text.len() < length {
                text.push(char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
            }
        }
    }
    text
}

/// Version 4 of RFC 9562.
fn uuid() -> Zeroizing<String> {
    let mut bytes = bytes::<16>();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let digits = hex(&bytes);
    Zeroizing::new([&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-"))
}

fn hex<const BYTES: usize>(bytes: &Zeroizing<[u8; BYTES]>) -> Zeroizing<String> {
    let digit = |digit: u8| char::from(b"0123456789abcdef"[usize::from(digit)]);
    Zeroizing::new(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
}

fn bytes<const BYTES: usize>() -> Zeroizing<[u8; BYTES]> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    getrandom::fill(bytes.as_mut_slice()).expect("the system gives random bytes");
    bytes
}

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LEAST: usize = 8;
const MOST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_the_form_that_was_asked_for() {
        for length in [8, 32, 4096] {
            let text = value(&length.to_string()).unwrap();
            assert!(text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
        let hex = value("hex").unwrap();
        assert!(hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let uuid = value("uuid").unwrap();
        let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert!(uuid.as_bytes()[14] == b'4' && b"89ab".contains(&uuid.as_bytes()[19]));
        assert_ne!(value("32").unwrap(), value("32").unwrap());
    }

    #[test]
    fn every_letter_comes_and_other_forms_are_refused() {
        let all = value("4096").unwrap();
        assert!(ALPHABET.iter().all(|letter| all.as_bytes().contains(letter)));
        for form in ["7", "4097", "-1", "base64", ""] {
            assert_eq!(
                value(form).unwrap_err(),
                "`--generate` takes a length from 8 to 4096, `uuid` or `hex`",
                "{form}"
            );
        }
    }
}
