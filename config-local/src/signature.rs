//! Who signed a request: Signature Version 4, checked with the one key pair the server knows, in AWS's order and with its
//! texts.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::clock::Moment;
use crate::hex::hex;
use crate::http::Request;
use crate::{Refusal, limits, uri};

/// The credentials that are accepted.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) session_token: Option<String>,
}

/// Refuses a request to a service that AWS would refuse before it reads what is asked.
pub(crate) fn check(
    request: &Request,
    credentials: &Credentials,
    region: &str,
    service: &str,
    now: Moment,
) -> Result<(), Refusal> {
    let Some(header) = request.header("authorization") else {
        return Err(Refusal::client("MissingAuthenticationTokenException", "Missing Authentication Token"));
    };
    let authorization = Authorization::parse(header)?;
    let date = request.header("x-amz-date").or_else(|| request.header("date")).unwrap_or_default();
    let signed_at = Moment::from_iso_basic(date).ok_or_else(|| incomplete(NO_DATE))?;

    if authorization.access_key != credentials.access_key {
        return Err(Refusal::client("UnrecognizedClientException", INVALID_TOKEN));
    }
    if let Some(expected) = &credentials.session_token
        && request.header("x-amz-security-token") != Some(expected)
    {
        return Err(Refusal::client("UnrecognizedClientException", INVALID_TOKEN));
    }
    authorization.check_scope(region, service, date)?;
    check_age(signed_at, now)?;
    let expected = authorization.signature_of(request, &credentials.secret_key, date);
    if same(expected.as_bytes(), authorization.signature.as_bytes()) { Ok(()) } else { Err(invalid(WRONG_SIGNATURE)) }
}

/// The refusal of a signature that was made too long before `now`.
pub(crate) fn expired(signed_at: Moment, now: Moment) -> Refusal {
    let oldest = now.plus_seconds(-limits::CLOCK_SKEW);
    invalid(&format!(
        "Signature expired: {} is now earlier than {} ({} - 5 min.)",
        signed_at.iso_basic(),
        oldest.iso_basic(),
        now.iso_basic()
    ))
}

/// When a request says it was signed.
pub(crate) fn signed_at(request: &Request) -> Option<Moment> {
    Moment::from_iso_basic(request.header("x-amz-date")?)
}

fn check_age(signed_at: Moment, now: Moment) -> Result<(), Refusal> {
    let (oldest, newest) = (now.plus_seconds(-limits::CLOCK_SKEW), now.plus_seconds(limits::CLOCK_SKEW));
    if signed_at < oldest {
        return Err(expired(signed_at, now));
    }
    if signed_at > newest {
        return Err(invalid(&format!(
            "Signature not yet current: {} is still later than {} ({} + 5 min.)",
            signed_at.iso_basic(),
            newest.iso_basic(),
            now.iso_basic()
        )));
    }
    Ok(())
}

/// `AWS4-HMAC-SHA256 Credential=KEY/20250101/us-east-1/ssm/aws4_request, SignedHeaders=a;b, Signature=hex`
struct Authorization<'a> {
    access_key: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(header: &'a str) -> Result<Self, Refusal> {
        let Some(fields) = header.strip_prefix("AWS4-HMAC-SHA256") else {
            return Err(incomplete("Unsupported AWS 'algorithm'."));
        };
        let field = |name: &str| {
            fields.split(',').find_map(|field| field.trim().strip_prefix(name).and_then(|rest| rest.strip_prefix('=')))
        };
        let missing: Vec<String> = ["Credential", "Signature", "SignedHeaders"]
            .into_iter()
            .filter(|name| field(name).is_none_or(str::is_empty))
            .map(|name| format!("Authorization header requires '{name}' parameter."))
            .collect();
        let (Some(credential), Some(signature), Some(signed_headers), []) =
            (field("Credential"), field("Signature"), field("SignedHeaders"), missing.as_slice())
        else {
            return Err(incomplete(&missing.join(" ")));
        };
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key, date, region, service, "aws4_request"] = parts[..] else {
            return Err(incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
            ));
        };
        Ok(Self { access_key, date, region, service, signed_headers, signature })
    }

    fn check_scope(&self, region: &str, service: &str, date: &str) -> Result<(), Refusal> {
        if self.region != region {
            return Err(invalid("Credential should be scoped to a valid region. "));
        }
        if self.service != service {
            return Err(invalid(&format!("Credential should be scoped to correct service: '{service}'. ")));
        }
        let day = date.get(..8).unwrap_or_default();
        if self.date != day {
            return Err(invalid(&format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{day}', \
                 from '{date}'.",
                self.date
            )));
        }
        Ok(())
    }

    fn signature_of(&self, request: &Request, secret_key: &str, date: &str) -> String {
        let scope = format!("{}/{}/{}/aws4_request", self.date, self.region, self.service);
        let canonical = hex(&Sha256::digest(self.canonical(request)));
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{canonical}");
        let key = [self.date, self.region, self.service, "aws4_request"]
            .iter()
            .fold(format!("AWS4{secret_key}").into_bytes(), |key, part| hmac(&key, part.as_bytes()));
        hex(&hmac(&key, to_sign.as_bytes()))
    }

    fn canonical(&self, request: &Request) -> String {
        let (path, query) = (uri::canonical_path(request.path()), uri::canonical_query(request.query()));
        let mut text = format!("{}\n{path}\n{query}\n", request.method);
        for name in self.signed_headers.split(';') {
            let value = request.header(name).unwrap_or_default();
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            text.extend([name, ":", &value, "\n"]);
        }
        text + &format!("\n{}\n{}", self.signed_headers, hex(&Sha256::digest(&request.body)))
    }
}

pub(crate) fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// Compares without stopping at the first difference.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

fn invalid(message: &str) -> Refusal {
    Refusal::client("InvalidSignatureException", message)
}

fn incomplete(message: &str) -> Refusal {
    Refusal::client("IncompleteSignatureException", message)
}

pub(crate) const INVALID_TOKEN: &str = "The security token included in the request is invalid.";
const NO_DATE: &str = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
const WRONG_SIGNATURE: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
    Secret Access Key and signing method. Consult the service documentation for details.";
