use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use futures_util::FutureExt as _;

use super::*;

/// What a server says to one request after the other, on each of its connections.
type Script = fn(usize) -> Option<String>;

/// Answers by the number of the request on its connection; `None` closes it.
struct Scripted {
    url: String,
    connections: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    async fn start(script: Script) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (connections, heads) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (accepted, seen) = (Arc::clone(&connections), Arc::clone(&heads));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(socket, script, Arc::clone(&seen)));
            }
        });
        Scripted { url, connections, heads }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn serve(mut socket: TcpStream, script: Script, heads: Arc<Mutex<Vec<String>>>) {
    for number in 0.. {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = socket.read_u8().await else { return };
            head.push(byte);
        }
        heads.lock().unwrap().push(String::from_utf8(head).unwrap());
        let Some(answer) = script(number) else { return };
        if socket.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn answer(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

async fn get(client: &Http, url: &str) -> Result<Answer, HttpError> {
    client.send(Request::get(url).body(Full::default()).unwrap()).await
}

#[tokio::test]
async fn an_answer_is_taken_up_to_its_largest_length() {
    // Ten secrets of 64 KB, every character of them escaped.
    assert!((10 * 64 * 1024 * 6..=4 << 20).contains(&LARGEST_ANSWER));
    let server = Scripted::start(|number| Some(answer(&" ".repeat(LARGEST_ANSWER + number)))).await;
    let client = Http::plain();

    for is_taken in [true, false] {
        let body = get(&client, &server.url).await.unwrap().body;
        assert_eq!(body.ok().map(|body| body.len()), is_taken.then_some(LARGEST_ANSWER));
    }
}

#[tokio::test]
async fn what_is_asked_after_each_other_shares_a_connection_and_what_is_asked_at_once_does_not() {
    let server = Scripted::start(|_| Some(answer("x"))).await;
    let client = Http::plain();

    for _ in 0..3 {
        get(&client, &server.url).await.unwrap();
    }
    assert_eq!(server.connections(), 1);

    let (one, other) = futures_util::future::join(get(&client, &server.url), get(&client, &server.url)).await;
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn connections_that_were_begun_are_those_of_the_next_requests() {
    let server = Scripted::start(|_| Some(answer("x"))).await;
    let client = Http::plain();

    client.begin(&server.url.parse().unwrap(), 2);
    let (one, other) = futures_util::future::join(get(&client, &server.url), get(&client, &server.url)).await;
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(server.connections(), 2);

    // Nobody listens there, and the request says so.
    client.begin(&"http://127.0.0.1:1".parse().unwrap(), 1);
    assert!(matches!(get(&client, "http://127.0.0.1:1").await, Err(HttpError::Failed(_))));
    client.begin(&"https://127.0.0.1:1".parse().unwrap(), 1);
    assert!(matches!(get(&client, "https://127.0.0.1:1").await, Err(HttpError::Impossible(_))));
}

#[tokio::test]
async fn a_connection_that_was_begun_and_that_nobody_takes_ends_with_its_client() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let client = Http::plain();
    client.begin(&format!("http://{}", listener.local_addr().unwrap()).parse().unwrap(), 1);
    let (mut socket, _) = listener.accept().await.unwrap();

    drop(client);

    assert_eq!(socket.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_connection_that_the_server_closes_is_replaced() {
    let said = Scripted::start(|_| Some(answer("x").replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"))).await;
    let unsaid = Scripted::start(|number| (number == 0).then(|| answer("x"))).await;
    let client = Http::plain();

    get(&client, &said.url).await.unwrap();
    get(&client, &said.url).await.unwrap();
    assert_eq!(said.connections(), 2);

    get(&client, &unsaid.url).await.unwrap();
    // It closes the connection as an answer to the second request, of which nobody knows what became.
    assert!(matches!(get(&client, &unsaid.url).await, Err(HttpError::Failed(_))));
    get(&client, &unsaid.url).await.unwrap();
    assert_eq!(unsaid.connections(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_not_kept_for_longer_than_servers_do() {
    let server = Scripted::start(|_| Some(answer("x"))).await;
    let client = Http::plain();

    get(&client, &server.url).await.unwrap();
    tokio::time::advance(KEPT).await;
    get(&client, &server.url).await.unwrap();

    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_server_is_asked_for_a_path_by_the_name_that_was_signed() {
    let server = Scripted::start(|_| Some(answer("x"))).await;

    get(&Http::plain(), &format!("{}/v1/credentials?a=b", server.url)).await.unwrap();

    let authority = server.url.strip_prefix("http://").unwrap();
    assert_eq!(
        *server.heads.lock().unwrap(),
        [format!("GET /v1/credentials?a=b HTTP/1.1\r\nhost: {authority}\r\n\r\n")]
    );
    for (url, expected) in [
        ("https://ssm.eu-west-1.amazonaws.com/", Some((true, "ssm.eu-west-1.amazonaws.com"))),
        ("https://localhost:443", Some((true, "localhost"))),
        ("http://localhost:443", Some((false, "localhost:443"))),
        ("http://[::1]:80/", Some((false, "[::1]"))),
        ("/path", None),
        ("ftp://localhost", None),
    ] {
        let server = Server::of(&url.parse().unwrap());
        let expected = expected.map(|(is_secure, authority)| (is_secure, authority.to_owned()));
        assert_eq!(server.map(|it| (it.is_secure, it.authority.to_str().unwrap().to_owned())), expected, "{url}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_takes_longer_than_the_settings_allow_is_a_timeout() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let client = Http { read_timeout: Some(Duration::from_secs(1)), ..Http::plain() };

    assert!(matches!(get(&client, &url).await, Err(HttpError::TimedOut(_))));
}

#[tokio::test]
async fn a_client_without_tls_asks_nobody_who_wants_it() {
    assert!(matches!(get(&Http::plain(), "https://127.0.0.1:9/").await, Err(HttpError::Impossible(_))));
}

/// What comes of a proxy that answers `CONNECT` like this, and then stays silent, or hangs up.
async fn through(answer: &'static str, hangs_up: bool) -> (Result<Result<(), u16>, BoxError>, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut proxy, _) = listener.accept().await.unwrap();
    let serve = tokio::spawn(async move {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(proxy.read_u8().await.unwrap());
        }
        proxy.write_all(answer.as_bytes()).await.unwrap();
        (String::from_utf8(head).unwrap(), (!hangs_up).then_some(proxy))
    });
    let auth = HeaderValue::from_static("Basic x");
    let uri = Uri::from_static("https://ssm.test/path?query");
    let asked = timeout(Duration::from_secs(30), tunnel::through(socket, Some(&auth), &uri)).await.unwrap();
    let (head, proxy) = serve.await.unwrap();
    let outcome = match asked {
        Ok(Ok(mut socket)) => {
            // It is the socket itself, both ways.
            let mut proxy = proxy.unwrap();
            let mut text = [0; 2];
            socket.write_all(b"to").await.unwrap();
            proxy.read_exact(&mut text).await.unwrap();
            proxy.write_all(b"ot").await.unwrap();
            socket.read_exact(&mut text).await.unwrap();
            assert_eq!(&text, b"ot");
            Ok(Ok(()))
        }
        Ok(Err(status)) => Ok(Err(status.as_u16())),
        Err(error) => Err(error),
    };
    (outcome, head)
}

#[tokio::test]
async fn behind_a_proxy_that_says_yes_the_socket_is_that_of_whoever_is_behind() {
    for answer in [
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.0 200 OK\r\nproxy-agent: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ] {
        let (outcome, head) = through(answer, false).await;
        assert_eq!(outcome.unwrap(), Ok(()), "{answer}");
        assert_eq!(head, "CONNECT ssm.test:443 HTTP/1.1\r\nhost: ssm.test:443\r\nproxy-authorization: Basic x\r\n\r\n");
    }
}

#[tokio::test]
async fn a_proxy_that_says_no_is_heard_before_its_page_has_come() {
    for (answer, status) in [
        ("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 9\r\n\r\n", 407),
        ("HTTP/1.0 403 Forbidden\r\n\r\n<html>", 403),
        ("HTTP/1.1 502 Bad Gateway\r\ntransfer-encoding: chunked\r\n\r\n", 502),
        ("HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n", 302),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", 101),
    ] {
        for hangs_up in [false, true] {
            assert_eq!(through(answer, hangs_up).await.0.unwrap(), Err(status), "{answer} {hangs_up}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_breaks_off_or_speaks_for_whoever_is_behind_is_no_way() {
    for (answer, hangs_up) in [
        ("HTTP/1.1 200 OK\r\n\r\nearly", false),
        ("HTTP/1.1 200 OK\r\n", true),
        ("", true),
        ("SSH-2.0-OpenSSH\r\n\r\n", false),
    ] {
        assert!(through(answer, hangs_up).await.0.is_err(), "{answer}");
    }
}

#[tokio::test]
async fn only_a_refusal_of_a_proxy_stays_one() {
    for (status, is_lasting) in
        [(400, true), (401, true), (403, true), (407, true), (408, false), (429, false), (500, false), (302, false)]
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let proxy = listener.local_addr().unwrap().to_string();
        let served = tokio::spawn(async move {
            let mut socket = listener.accept().await.unwrap().0;
            while socket.read_u8().await.unwrap() != b'\n' {}
            socket.write_all(format!("HTTP/1.1 {status} x\r\n\r\n").as_bytes()).await.unwrap();
            socket
        });
        let environment = [("ALL_PROXY", format!("http://me:hunter2@{proxy}"))];
        let client = crate::store::trust::client_with_tls(&environment.into_iter().collect()).unwrap();

        let error = get(&client, "https://ssm.test/").await.err().unwrap();

        let refused = ProblemKind::ProxyRefused { proxy, variable: "ALL_PROXY", status };
        assert_eq!(error.lasting("x"), is_lasting.then_some(refused), "{status}");
        assert!(is_lasting || matches!(error, HttpError::Failed(_)), "{status}");
        assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
        drop(served.await);
    }
}

#[tokio::test]
async fn a_kept_connection_that_the_server_has_closed_is_not_asked() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        for _ in 0..2 {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(socket.read_u8().await.unwrap());
            }
            socket.write_all(answer("x").as_bytes()).await.unwrap();
            // It is kept, and closed.
        }
    });
    let client = Http::plain();

    get(&client, &url).await.unwrap();
    // Until the end of the connection is there.
    while lock(&client.shared.idle).iter_mut().any(|idle| idle.connection.is_open().now_or_never() == Some(true)) {
        tokio::task::yield_now().await;
    }
    get(&client, &url).await.unwrap();

    served.await.unwrap();
}
