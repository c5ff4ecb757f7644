//! Whose certificates the functions accept for DynamoDB.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use local::{Options, Stack};
use serde_json::Value;
use suite::{
    binaries::binary,
    event,
    receiver::TestAuthority,
    runtime_api::{Failure, LambdaProcess},
    tls_front::TlsFront,
    world::SHOP_101,
};

use crate::support::deployment::environment;

/// A store behind TLS, with a certificate of an authority that nobody knows.
struct SecureStore {
    stack: Stack,
    front: TlsFront,
    authority: TestAuthority,
}

impl SecureStore {
    async fn start() -> Self {
        let stack = Stack::start(Options::in_memory().unwrap()).await.unwrap();
        let authority = TestAuthority::new();
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, stack.store.port));
        let front = TlsFront::start(&authority.certificate("localhost"), server).await;
        Self { stack, front, authority }
    }

    /// Starts check_shop with `variable` beside its environment.
    async fn function(&self, variable: (&'static str, String)) -> Result<LambdaProcess, Failure> {
        let mut environment = environment(&self.stack);
        environment.extend([("AWS_ENDPOINT_URL_DYNAMODB", self.front.url()), variable]);
        LambdaProcess::start(&binary("check_shop"), environment).await
    }
}

/// Writes `text` into a file of its own. Returns its path.
fn file(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("trust-{name}.pem"));
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn check_shop(function: &LambdaProcess) -> Value {
    function.invoke(&event::v2("GET", "/api/check_shop", SHOP_101), 10_000).await.unwrap().answer()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_with_another_authority_s_certificate_is_refused() {
    let store = SecureStore::start().await;
    // Also if the machine trusts it: its roots do not count.
    let roots = file("machine", &store.authority.pem());
    let function = store.function(("SSL_CERT_FILE", roots)).await.unwrap();
    let answer = check_shop(&function).await;
    assert_eq!(answer["statusCode"], 503, "{answer}");
    let printed = function.stop().await;
    assert!(printed.stderr.contains("UnknownIssuer"), "{printed}");
    store.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authorities_of_a_deployment_s_bundle_are_trusted_alone() {
    let store = SecureStore::start().await;
    let bundle = store.authority.pem() + &TestAuthority::new().pem();
    let function = store.function(("AWS_CA_BUNDLE", file("bundle", &bundle))).await.unwrap();
    let answer = check_shop(&function).await;
    assert!(answer["body"].as_str().unwrap().starts_with(r#"{"success":true"#), "{answer}");

    let others = file("others", &TestAuthority::new().pem());
    let function = store.function(("AWS_CA_BUNDLE", others)).await.unwrap();
    assert_eq!(check_shop(&function).await["statusCode"], 503);
    store.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_does_not_start_with_an_unusable_bundle() {
    let store = SecureStore::start().await;
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let bundles = [
        file("empty", ""),
        file("broken", broken),
        file("partly-broken", &(store.authority.pem() + broken)),
        "/nowhere/bundle.pem".to_owned(),
    ];
    for bundle in bundles {
        let Err(failure) = store.function(("AWS_CA_BUNDLE", bundle.clone())).await else {
            panic!("it starts with {bundle}")
        };
        let line =
            r#""outcome":"start_refused","detail":"AWS_CA_BUNDLE must be a file of certificates in PEM""#;
        assert!(failure.to_string().contains(line), "{bundle}: {failure}");
    }
    store.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_variables_of_a_proxy_still_count() {
    let stack = Stack::start(Options::in_memory().unwrap()).await.unwrap();
    let mut environment = environment(&stack);
    let proxy = stack.store.endpoint();
    environment
        .extend([("AWS_ENDPOINT_URL_DYNAMODB", "http://dynamodb.invalid".to_owned()), ("HTTP_PROXY", proxy)]);
    let function = LambdaProcess::start(&binary("check_shop"), environment).await.unwrap();
    let answer = check_shop(&function).await;
    assert!(answer["body"].as_str().unwrap().starts_with(r#"{"success":true"#), "{answer}");
    stack.stop().await;
}
