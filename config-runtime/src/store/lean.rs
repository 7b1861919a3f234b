//! SSM without the SDK's client: one signed request of AWS JSON 1.1. Signature, TLS and HTTP are those of well-kept crates.
//!
//! # Security
//!
//! No error of serde is kept: it quotes the answer.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_types::date_time::{DateTime, Format};
use bytes::Bytes;
use http::Request;
use http::header::{CONTENT_TYPE, DATE, HeaderMap, USER_AGENT};
use http_body_util::Full;
use serde::Deserialize;

use super::answer::{self, Found};
use super::fetch::{Fault, Source};
use super::http::Answer;
use super::target::Target;
use crate::plan::Stored;
use crate::problem::ProblemKind;

/// The store of one start.
pub(crate) struct Ssm {
    target: Target,
    identity: Identity,
    /// How many seconds the store's clock is ahead of this machine's, as far as it was refused for that.
    ahead: AtomicI64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    #[serde(borrow)]
    parameters: Option<Vec<Found<'a>>>,
    invalid_parameters: Option<Vec<String>>,
}

impl Ssm {
    pub(super) fn new(target: Target) -> Self {
        let identity = Credentials::into(target.credentials.clone());
        Ssm { target, identity, ahead: AtomicI64::new(0) }
    }

    /// `None` where the environment says something that cannot be made into a request.
    fn request(&self, names: &[String], decrypted: bool) -> Option<Request<Full<Bytes>>> {
        let uri = self.target.uri.clone()?;
        let body = serde_json::json!({ "Names": names, "WithDecryption": decrypted }).to_string();
        // The host is signed as well, as the URI has it.
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AmazonSSM.GetParameters")];
        let parameters = SigningParams::builder()
            .identity(&self.identity)
            .region(&self.target.region)
            .name("ssm")
            .time(self.now())
            .settings(SigningSettings::default())
            .build()
            .ok()?
            .into();
        let url = uri.to_string();
        let signable =
            SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(body.as_bytes())).ok()?;
        let (signature, _) = sign(signable, &parameters).ok()?.into_parts();
        let mut request = Request::post(uri)
            .header(CONTENT_TYPE, headers[0].1)
            .header("x-amz-target", headers[1].1)
            .header(USER_AGENT, concat!("bind-config/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(Bytes::from(body)))
            .ok()?;
        signature.apply_to_request_http1x(&mut request);
        Some(request)
    }

    /// The time by the store's clock.
    fn now(&self) -> SystemTime {
        let ahead = self.ahead.load(Ordering::Relaxed);
        let by = Duration::from_secs(ahead.unsigned_abs());
        let moved = if ahead < 0 { SystemTime::now().checked_sub(by) } else { SystemTime::now().checked_add(by) };
        moved.unwrap_or_else(SystemTime::now)
    }

    fn read(
        &self,
        names: &[String],
        decrypted: bool,
        Answer { head, body }: Answer,
    ) -> Result<Vec<Option<Stored>>, Fault> {
        let status = head.status.as_u16();
        let body = body.map_err(|_| answer::no_answer(status))?;
        if head.status.is_success() {
            let output: Output<'_> = serde_json::from_slice(&body).map_err(|_| answer::no_answer(status))?;
            let (found, invalid) =
                (output.parameters.unwrap_or_default(), output.invalid_parameters.unwrap_or_default());
            return answer::in_order(names, found, &invalid, decrypted).ok_or(Fault::Transient(ProblemKind::Garbled));
        }
        let fault = refusal(status, &head.headers, &body);
        if fault == Fault::Skewed {
            self.ahead.store(ahead(&head.headers).unwrap_or_default(), Ordering::Relaxed);
        }
        Err(fault)
    }
}

impl Source for Ssm {
    fn endpoint(&self) -> &str {
        &self.target.name
    }

    async fn parameters(&self, names: &[String], decrypted: bool) -> Result<Vec<Option<Stored>>, Fault> {
        let request = self.request(names, decrypted).ok_or_else(|| Fault::Permanent(self.target.impossible()))?;
        let answer = self.target.http.send(request).await.map_err(|error| self.target.fault(&error))?;
        self.read(names, decrypted, answer)
    }
}

/// An error answer. Its code is in a header, or in the body: `com.amazonaws.ssm#InvalidKeyId`, `InvalidKeyId:http://…`.
/// <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>
fn refusal(status: u16, headers: &HeaderMap, body: &[u8]) -> Fault {
    let error: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let text = |name: &str| error.get(name)?.as_str().filter(|text| !text.is_empty());
    let member = |names: &[&str]| names.iter().find_map(|name| text(name));
    let Some(code) = header("x-amzn-errortype").or_else(|| member(&["code", "__type"])) else {
        return answer::no_answer(status);
    };
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    // AWS writes it in each of these ways.
    let message = member(&["message", "Message", "errorMessage"]).unwrap_or_default();
    answer::refusal(status, code, message, header("x-amzn-requestid"))
}

/// How many seconds the sender's clock is ahead, within a century.
fn ahead(headers: &HeaderMap) -> Option<i64> {
    const CENTURY: i64 = 3_155_760_000;
    let date = DateTime::from_str(headers.get(DATE)?.to_str().ok()?, Format::HttpDate).ok()?;
    let ahead = date.secs().checked_sub(DateTime::from(SystemTime::now()).secs())?;
    (-CENTURY..CENTURY).contains(&ahead).then_some(ahead)
}

#[cfg(test)]
mod tests;
