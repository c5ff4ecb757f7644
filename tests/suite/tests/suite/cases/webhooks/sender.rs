//! The sender of webhooks meets strangers: names, addresses, certificates and answers that a
//! merchant, or whoever has his key, chose to do harm.
//!
//! A time limit is waited for with the clock paused, so that it passes at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use shared::domain::error_class::ErrorClass;
use shared::domain::webhook_url::{LocalRule, UrlRules, WebhookUrl};
use shared::sender::{Roots, SendOutcome, SendReport, Sender, SenderError, SenderSettings, SignedRequest};
use suite::receiver::{Answer, Certificate, Ending, Names, Receiver, TestAuthority};
use tokio::net::TcpListener;

const TIME_MAX: Duration = Duration::from_secs(10);
const NAME: &str = "shop.uz";

/// A sender that trusts `authority`, and may reach 127.0.0.1.
struct Setup {
    names: Arc<Names>,
    authority: TestAuthority,
    sender: Sender,
}

impl Setup {
    fn new() -> Self {
        let (names, authority) = (Arc::new(Names::default()), TestAuthority::new());
        let sender = sender(&names, &["127.0.0.1/32"], Roots::Given(authority.roots()));
        Self { names, authority, sender }
    }

    /// Starts a receiver with a good certificate, to which `NAME` leads.
    async fn receiver(&self) -> Receiver {
        let receiver = Receiver::start_tls(&self.authority.certificate(NAME)).await;
        self.names.set(NAME, &[receiver.address()]);
        receiver
    }

    async fn send(&self) -> SendOutcome {
        send(&self.sender, &public(NAME)).await
    }

    /// Sends to a receiver that gives `answer`, and waits until the connection is closed.
    async fn send_for(&self, answer: Answer) -> SendOutcome {
        let receiver = self.receiver().await;
        receiver.answer_with(answer);
        let outcome = self.send().await;
        receiver.all_closed().await;
        assert_eq!(receiver.take_requests().len(), 1, "{outcome:?}");
        outcome
    }

    /// Sends to a receiver that gives `answer`, and lets the time pass once the request is there.
    async fn time_out_at(&self, answer: Answer) -> SendOutcome {
        let receiver = self.receiver().await;
        receiver.answer_with(answer);
        let outcome = time_out(&self.sender, &public(NAME), receiver.received(1)).await;
        receiver.all_closed().await;
        outcome
    }
}

fn sender(names: &Arc<Names>, allowed: &[&str], roots: Roots) -> Sender {
    let allowed_networks = allowed.iter().map(|network| network.parse().unwrap()).collect();
    Sender::new(SenderSettings { resolver: names.clone(), allowed_networks, roots })
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// An address of this machine at which nobody listens.
async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

fn public(name: &str) -> WebhookUrl {
    WebhookUrl::parse(&format!("https://{name}:8443/hook?a=b"), &UrlRules::default()).unwrap()
}

fn local(receiver: &Receiver) -> WebhookUrl {
    let rules = UrlRules { local: Some(LocalRule { own_ports: vec![] }), ..UrlRules::default() };
    WebhookUrl::parse(&receiver.url(), &rules).unwrap()
}

fn request() -> SignedRequest {
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", HeaderValue::from_static("EVT_1"));
    SignedRequest { headers, body: Bytes::from_static(b"{\"id\":\"EVT_1\"}") }
}

async fn send(sender: &Sender, url: &WebhookUrl) -> SendOutcome {
    sender.send(url, &request(), TIME_MAX).await.unwrap().outcome
}

/// Sends, and stops the clock at `moment`. A stopped clock jumps to the end of the time limit as
/// soon as everybody waits.
async fn time_out(sender: &Sender, url: &WebhookUrl, moment: impl Future<Output = ()>) -> SendOutcome {
    let request = request();
    let stopped = async {
        moment.await;
        tokio::time::pause();
    };
    let (report, ()) = tokio::join!(sender.send(url, &request, TIME_MAX), stopped);
    tokio::time::resume();
    let SendReport { outcome, milliseconds } = report.unwrap();
    assert!(outcome != SendOutcome::Failed(ErrorClass::TimedOut) || milliseconds >= 10_000, "{milliseconds}");
    outcome
}

fn answered(http_status: u16) -> SendOutcome {
    SendOutcome::Answered { http_status, retry_after: None }
}

fn failed(class: ErrorClass) -> SendOutcome {
    SendOutcome::Failed(class)
}

#[tokio::test]
async fn a_request_arrives_as_it_was_signed() {
    let setup = Setup::new();
    let receiver = setup.receiver().await;
    assert_eq!(setup.send().await, answered(200));

    let [received] = receiver.take_requests().try_into().unwrap();
    assert_eq!((received.method.as_str(), received.target.as_str()), ("POST", "/hook?a=b"));
    assert_eq!(received.body, request().body);
    let mut names: Vec<_> = received.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-length", "host", "webhook-id"]);
    assert_eq!((received.header("host"), received.header("webhook-id")), ("shop.uz:8443", "EVT_1"));
    assert_eq!(setup.names.asked(), [(NAME.to_owned(), 8443)]);
    receiver.all_closed().await;
}

#[tokio::test]
async fn each_status_is_told_and_none_is_acted_on() {
    let setup = Setup::new();
    let receiver = setup.receiver().await;
    for status in [200, 204, 299, 300, 304, 400, 401, 404, 410, 429, 500, 503, 999] {
        receiver.answer_next(Answer::status(status));
        assert_eq!(setup.send().await, answered(status));
    }
    assert_eq!(receiver.take_requests().len(), 13);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let setup = Setup::new();
    let other = Receiver::start().await;
    for location in
        ["http://169.254.169.254/latest/meta-data/", "https://elsewhere.uz/", &other.url(), "/again"]
    {
        assert_eq!(setup.send_for(Answer::redirect(location)).await, answered(302));
    }
    assert_eq!(other.connections(), 0);
    assert!(setup.names.asked().iter().all(|(name, _)| name == NAME));
}

#[tokio::test]
async fn retry_after_is_told_as_it_is_written_if_it_is_short() {
    let setup = Setup::new();
    let receiver = setup.receiver().await;
    let date = "Wed, 21 Oct 2026 07:28:00 GMT";
    for (written, told) in [
        ("120", Some("120")),
        (date, Some(date)),
        ("soon", Some("soon")),
        (&"9".repeat(64), Some("9".repeat(64).as_str())),
        (&"9".repeat(65), None),
        ("ў", None),
    ] {
        receiver.answer_next(Answer::status(503).header("retry-after", written));
        let retry_after = told.map(str::to_owned);
        assert_eq!(setup.send().await, SendOutcome::Answered { http_status: 503, retry_after });
    }
}

#[tokio::test]
async fn after_16_kb_of_a_body_the_status_decides() {
    let setup = Setup::new();
    assert_eq!(setup.send_for(Answer::endless_body(200)).await, answered(200));
    assert_eq!(setup.send_for(Answer::endless_body(500)).await, answered(500));
    let chunked = Answer::status(200)
        .header("transfer-encoding", "chunked")
        .then(Ending::Repeat { bytes: b"3\r\nabc\r\n", pause: Duration::ZERO });
    assert_eq!(setup.send_for(chunked).await, answered(200));
    let stalls_after = Answer::status(200).header("content-length", "20000").body([b'x'; 16 * 1024]);
    assert_eq!(setup.send_for(stalls_after.then(Ending::Hang)).await, answered(200));
    let stalls_before = Answer::status(200).header("content-length", "20000").body([b'x'; 16 * 1024 - 1]);
    assert_eq!(setup.time_out_at(stalls_before.then(Ending::Hang)).await, failed(ErrorClass::TimedOut));
}

#[tokio::test]
async fn what_does_not_come_in_time_is_timed_out() {
    let setup = Setup::new();
    let second = Duration::from_secs(1);
    for answer in [
        Answer::hang(),
        Answer::stalled_body(200),
        Answer::slow_body(200),
        Answer::raw("HTTP/1.1 200 OK\r\n", Ending::Hang),
        Answer::raw("HTTP/1.1 200 OK\r\nx-slow: ", Ending::Repeat { bytes: b"x", pause: second }),
        Answer::raw("", Ending::Repeat { bytes: b"HTTP/1.1 100 Continue\r\n\r\n", pause: second }),
        Answer::status(200)
            .header("transfer-encoding", "chunked")
            .then(Ending::Repeat { bytes: b"1\r\nx\r\n", pause: second }),
        Answer::status(200).then(Ending::Repeat { bytes: b"x", pause: second }),
    ] {
        let name = format!("{answer:?}");
        assert_eq!(setup.time_out_at(answer).await, failed(ErrorClass::TimedOut), "{name}");
    }
}

#[tokio::test]
async fn a_receiver_that_only_accepts_is_timed_out() {
    let setup = Setup::new();
    let receiver = Receiver::start_silent().await;
    setup.names.set(NAME, &[receiver.address()]);
    for url in [public(NAME), local(&receiver)] {
        let connected = receiver.connected(receiver.connections() + 1);
        assert_eq!(time_out(&setup.sender, &url, connected).await, failed(ErrorClass::TimedOut));
        receiver.all_closed().await;
    }
}

#[tokio::test]
async fn an_answer_that_ends_early_or_is_not_http_is_bad() {
    let setup = Setup::new();
    for answer in [
        Answer::close(),
        Answer::raw("HTTP/1.1 200 OK\r\ncontent-len", Ending::Close),
        Answer::cut_body(200),
        Answer::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab", Ending::Close),
        Answer::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n", Ending::Close),
        Answer::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnone\r\n", Ending::Hang),
        Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: some\r\n\r\n", Ending::Hang),
        Answer::raw("HTTP/1.1 2000 OK\r\n\r\n", Ending::Hang),
        Answer::raw("SSH-2.0-OpenSSH_9.9\r\n", Ending::Hang),
        Answer::raw([0, 0, 18, 4, 0, 0, 0, 0, 0], Ending::Hang),
        Answer::endless_headers(200),
        Answer::status(200).header("x-long", &"x".repeat(20_000)),
    ] {
        let name = format!("{answer:.80?}");
        assert_eq!(setup.send_for(answer).await, failed(ErrorClass::BadAnswer), "{name}");
    }
}

#[tokio::test]
async fn a_body_without_a_length_ends_with_its_connection() {
    let setup = Setup::new();
    // The receiver closes without the farewell of TLS, as many do.
    for body in ["", "taken"] {
        let answer = Answer::status(200).body(body).then(Ending::Close);
        assert_eq!(setup.send_for(answer).await, answered(200));
    }
    assert_eq!(setup.send_for(Answer::raw("HTTP/1.0 200 OK\r\n\r\nok", Ending::Close)).await, answered(200));
}

#[tokio::test]
async fn a_certificate_must_be_for_the_name_and_of_a_known_authority() {
    let setup = Setup::new();
    let certificates = [
        Certificate::self_signed(NAME),
        TestAuthority::new().certificate(NAME),
        setup.authority.certificate("other.uz"),
        setup.authority.certificate("www.shop.uz"),
        setup.authority.expired_certificate(NAME),
        setup.authority.mutual_certificate(NAME),
    ];
    for certificate in certificates {
        let receiver = Receiver::start_tls(&certificate).await;
        setup.names.set(NAME, &[receiver.address()]);
        assert_eq!(setup.send().await, failed(ErrorClass::TlsFailed));
        receiver.all_closed().await;
        assert_eq!(receiver.take_requests().len(), 0);
    }
    let plain = Receiver::start().await;
    setup.names.set(NAME, &[plain.address()]);
    assert_eq!(setup.send().await, failed(ErrorClass::TlsFailed));
}

#[tokio::test]
async fn without_roots_of_its_own_the_sender_trusts_those_of_the_machine() {
    let setup = Setup::new();
    let receiver = setup.receiver().await;
    let sender = sender(&setup.names, &["127.0.0.1/32"], Roots::Machine);
    match sender.send(&public(NAME), &request(), TIME_MAX).await {
        Ok(report) => assert_eq!(report.outcome, failed(ErrorClass::TlsFailed)),
        // A machine without any says so, and blames no receiver.
        Err(error) => assert!(matches!(error, SenderError::NoRoots(_)), "{error}"),
    }
    assert_eq!(receiver.take_requests().len(), 0);
}

#[tokio::test]
async fn a_name_without_an_ipv4_address_is_a_dns_failure() {
    let setup = Setup::new();
    assert_eq!(setup.send().await, failed(ErrorClass::DnsFailed));
    setup.names.set(NAME, &[]);
    assert_eq!(setup.send().await, failed(ErrorClass::DnsFailed));
    setup.names.set(NAME, &[address("[2606:4700::1111]:8443"), address("[::1]:8443")]);
    assert_eq!(setup.send().await, failed(ErrorClass::DnsFailed));
    setup.names.set_silent(NAME);
    assert_eq!(time_out(&setup.sender, &public(NAME), async {}).await, failed(ErrorClass::TimedOut));
}

#[tokio::test]
async fn a_name_with_one_forbidden_address_is_refused() {
    let setup = Setup::new();
    let receiver = Receiver::start_tls(&setup.authority.certificate(NAME)).await;
    let good = receiver.address();
    for bad in
        ["169.254.169.254:8443", "127.0.0.2:8443", "10.0.0.1:8443", "0.0.0.0:8443", "255.255.255.255:8443"]
    {
        for addresses in [[good, address(bad)], [address(bad), good]] {
            setup.names.set(NAME, &addresses);
            assert_eq!(setup.send().await, failed(ErrorClass::AddressForbidden), "{bad}");
        }
    }
    // The address of the machine itself, as a deployment sees it.
    setup.names.set(NAME, &[good]);
    let deployed = sender(&setup.names, &[], Roots::Given(setup.authority.roots()));
    assert_eq!(send(&deployed, &public(NAME)).await, failed(ErrorClass::AddressForbidden));
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn only_ipv4_is_used() {
    let setup = Setup::new();
    let receiver = setup.receiver().await;
    for ipv6 in ["[::1]:1", "[::ffff:127.0.0.1]:1", "[64:ff9b::a00:1]:1", "[2002:a00:1::]:1"] {
        setup.names.set(NAME, &[address(ipv6), receiver.address()]);
        assert_eq!(setup.send().await, answered(200), "{ipv6}");
    }
}

#[tokio::test]
async fn a_resolver_that_changes_its_answer_changes_nothing() {
    let setup = Setup::new();
    let receiver = setup.receiver().await;
    let inside = Receiver::start_tls(&setup.authority.certificate(NAME)).await;
    let forbidden = SocketAddr::new([127, 0, 0, 2].into(), inside.address().port());
    setup.names.then(NAME, &[forbidden]);

    assert_eq!(setup.send().await, answered(200));
    assert_eq!(setup.names.asked().len(), 1);
    assert_eq!(setup.send().await, failed(ErrorClass::AddressForbidden));
    assert_eq!((receiver.connections(), inside.connections()), (1, 0));
}

#[tokio::test]
async fn an_address_that_refuses_gives_way_to_the_next_one() {
    let setup = Setup::new();
    let receiver = setup.receiver().await;
    let (nobody, good) = (nobody().await, receiver.address());
    setup.names.set(NAME, &[nobody, good]);
    assert_eq!(setup.send().await, answered(200));
    for addresses in [vec![nobody], vec![nobody, nobody, nobody, nobody, good]] {
        setup.names.set(NAME, &addresses);
        assert_eq!(setup.send().await, failed(ErrorClass::ConnectFailed));
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_local_receiver_needs_neither_a_name_nor_a_certificate() {
    let receiver = Receiver::start().await;
    let deployed = Sender::new(SenderSettings::default());
    assert_eq!(send(&deployed, &local(&receiver)).await, answered(200));
    let [received] = receiver.take_requests().try_into().unwrap();
    assert_eq!(received.header("host"), receiver.address().to_string());
}

#[tokio::test]
async fn a_session_keeps_its_connection_to_the_address_that_was_checked() {
    let setup = Setup::new();
    let receiver = setup.receiver().await;
    setup.names.then(NAME, &[address("169.254.169.254:8443")]);
    let session = setup.sender.session(public(NAME));
    for _ in 0..3 {
        assert_eq!(session.send(&request(), TIME_MAX).await.unwrap().outcome, answered(200));
    }
    assert_eq!((receiver.connections(), setup.names.asked().len()), (1, 1));

    // A new connection needs a new answer.
    receiver.answer_next(Answer::endless_body(200));
    assert_eq!(session.send(&request(), TIME_MAX).await.unwrap().outcome, answered(200));
    receiver.all_closed().await;
    let refused = session.send(&request(), TIME_MAX).await.unwrap().outcome;
    assert_eq!(refused, failed(ErrorClass::AddressForbidden));
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn requests_at_once_have_a_connection_each_until_the_session_ends() {
    let setup = Setup::new();
    let receiver = setup.receiver().await;
    let session = setup.sender.session(public(NAME));
    let gate = receiver.gate();
    let request = request();
    let sends = futures_util::future::join_all((0..4).map(|_| session.send(&request, TIME_MAX)));
    let all_there = async {
        gate.reached_by(4).await;
        gate.open();
    };
    let (reports, ()) = tokio::join!(sends, all_there);
    assert!(reports.into_iter().all(|report| report.unwrap().outcome == answered(200)));
    assert_eq!(session.send(&request, TIME_MAX).await.unwrap().outcome, answered(200));
    assert_eq!(receiver.connections(), 4);
    drop(session);
    receiver.all_closed().await;
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced_once() {
    let setup = Setup::new();
    let receiver = setup.receiver().await;
    let session = setup.sender.session(public(NAME));
    let request = request();
    let send = async || session.send(&request, TIME_MAX).await.unwrap().outcome;

    // Closed while nothing was under way.
    receiver.answer_next(Answer::status(200).header("content-length", "0").then(Ending::Close));
    assert_eq!(send().await, answered(200));
    receiver.all_closed().await;
    assert_eq!(send().await, answered(200));
    assert_eq!((receiver.connections(), receiver.take_requests().len()), (2, 2));

    // Closed when the next request came, on the kept connection and then on the new one.
    receiver.answer_next(Answer::close());
    assert_eq!(send().await, answered(200));
    receiver.answer_next(Answer::close());
    receiver.answer_next(Answer::close());
    assert_eq!(send().await, failed(ErrorClass::BadAnswer));
    assert_eq!((receiver.connections(), receiver.take_requests().len()), (4, 4));

    // Another protocol is spoken from there on.
    receiver.answer_next(Answer::status(101));
    assert_eq!(send().await, answered(101));
    assert_eq!(send().await, answered(200));
    assert_eq!((receiver.connections(), receiver.take_requests().len()), (6, 2));

    // An answer that is no HTTP is an answer.
    assert_eq!(send().await, answered(200));
    receiver.answer_next(Answer::raw("SSH-2.0-OpenSSH_9.9\r\n", Ending::Hang));
    assert_eq!(send().await, failed(ErrorClass::BadAnswer));
    assert_eq!(receiver.take_requests().len(), 2);
    receiver.all_closed().await;
}
