//! A TLS endpoint before a server that speaks plainly, as AWS has one before DynamoDB.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::receiver::Certificate;

/// The endpoint. It serves until it is dropped.
pub struct TlsFront {
    address: SocketAddr,
    _server: JoinSet<()>,
}

impl TlsFront {
    /// Starts an endpoint on a free port of 127.0.0.1 that hands everything on to `server`.
    pub async fn start(certificate: &Certificate, server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let acceptor = certificate.acceptor();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                connections.spawn(async move {
                    // A client that refuses the certificate ends its connection, and nothing else.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut server = TcpStream::connect(server).await.expect("the server listens");
                    let _ = copy_bidirectional(&mut stream, &mut server).await;
                });
            }
        });
        Self { address, _server: serving }
    }

    /// Its address under the name `localhost`, which its certificate should have.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }
}
