//! The client as the SDK takes one.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::{DateTime, Format};
use bytes::Bytes;
use futures_util::future::ready;
use futures_util::stream::once;
use http::header::DATE;
use http::{HeaderValue, Response};
use http_body_util::{Full, StreamBody};
use hyper::body::Frame;

use super::{Answer, Http, HttpError, impossible};

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.clone();
        HttpConnectorFuture::new(async move { client.answer(request).await })
    }
}

impl HttpClient for Http {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Http {
            connect_timeout: settings.connect_timeout(),
            read_timeout: settings.read_timeout(),
            ..self.clone()
        })
    }
}

impl Http {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(impossible)?;
        let (head, body) = request.into_parts();
        // Whoever streams a request needs another client.
        let body = body.bytes().map(Bytes::copy_from_slice);
        let body = body.ok_or_else(|| impossible("a body that is not in memory"))?;
        let answer = self.send(http::Request::from_parts(head, Full::new(body))).await?;
        response(answer)
    }
}

fn response(Answer { mut head, body }: Answer) -> Result<HttpResponse, ConnectorError> {
    // The SDK signs the next request with the difference to this date, and panics at one beyond reckoning.
    if head.headers.get(DATE).is_some_and(|date| !is_sensible(date)) {
        head.headers.remove(DATE);
    }
    // The SDK logs what it has in memory: what it must read is opaque to its logs.
    let body = match body {
        Ok(body) => SdkBody::from_body_1_x(Full::new(body)),
        Err(error) => SdkBody::from_body_1_x(StreamBody::new(once(ready(Err::<Frame<Bytes>, _>(error))))),
    };
    HttpResponse::try_from(Response::from_parts(head, body)).map_err(|error| ConnectorError::other(error.into(), None))
}

/// Whether a date is in this century or the next.
fn is_sensible(date: &HeaderValue) -> bool {
    let date = date.to_str().ok().and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
    date.is_some_and(|date| (946_684_800..7_258_118_400).contains(&date.secs()))
}

impl From<HttpError> for ConnectorError {
    fn from(error: HttpError) -> Self {
        // What is no better the next time is of the kind that the SDK does not try again. Who knows us finds more in it.
        let of_kind = match error {
            HttpError::TimedOut(_) => ConnectorError::timeout,
            HttpError::Failed(_) => ConnectorError::io,
            HttpError::Impossible(_) | HttpError::ProxyRefused { .. } | HttpError::Untrusted(_) => ConnectorError::user,
        };
        of_kind(error.into())
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::byte_stream::ByteStream;

    use super::*;

    fn answered(body: Result<Bytes, super::super::BoxError>, date: &'static str) -> HttpResponse {
        let answer = Response::builder().header(DATE, date).body(()).unwrap();
        response(Answer { head: answer.into_parts().0, body }).unwrap()
    }

    #[tokio::test]
    async fn a_body_is_in_no_log_and_one_that_broke_off_is_an_error_of_the_body() {
        let whole = answered(Ok(Bytes::from_static(b"hunter2")), "Wed, 25 Nov 2026 13:00:00 GMT");
        assert!(!format!("{whole:?}").contains("hunter2") && !format!("{whole:?}").contains("104, 117"));
        assert_eq!(ByteStream::new(whole.into_body()).collect().await.unwrap().to_vec(), b"hunter2");

        let broken = answered(Err("it broke off".into()), "Wed, 25 Nov 2026 13:00:00 GMT");
        assert!(ByteStream::new(broken.into_body()).collect().await.is_err());
    }

    #[test]
    fn a_date_is_one_of_the_times_in_which_this_runs() {
        for (date, expected) in [
            ("Wed, 25 Nov 2026 13:00:00 GMT", true),
            ("Sat, 01 Jan 2000 00:00:00 GMT", true),
            ("Fri, 31 Dec 1999 23:59:59 GMT", false),
            ("Tue, 31 Dec 2199 23:59:59 GMT", true),
            ("Fri, 31 Dec 9999 23:59:59 GMT", false),
            ("yesterday", false),
        ] {
            assert_eq!(answered(Ok(Bytes::new()), date).headers().get("date").is_some(), expected, "{date}");
        }
    }
}
