//! The live view over a real WebSocket.

use crate::bench::{Bench, digits};
use axum::http::{HeaderValue, header};
use desk::{EntityId, EntityView, ExtensionView, ViewChange};
use futures_util::StreamExt;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Console = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn served(bench: &Bench) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(http_api::serve(listener, bench.api.clone(), std::future::pending()));
    address
}

async fn open(address: SocketAddr, token: &str, query: &str) -> Result<Console, Error> {
    let mut request = format!("ws://{address}/api/v1/events{query}").into_client_request().unwrap();
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    connect_async(request).await.map(|(console, _)| console)
}

async fn hear(console: &mut Console) -> Value {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(10), console.next()).await;
        match message.expect("the box says something").expect("and goes on").unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            _ => continue,
        }
    }
}

/// The exchange's change number `seq`: extension 80xx registers.
fn change(seq: u64) -> ViewChange {
    let number = digits(&format!("80{seq:02}"));
    let view = ExtensionView {
        number: number.clone(),
        name: "Seat".into(),
        registered: true,
        contact: None,
        in_call: false,
        message_waiting: false,
    };
    ViewChange { seq, id: EntityId::Extension(number), view: Some(EntityView::Extension(view)) }
}

/// A console starts from a snapshot, follows the changes, and after a broken connection goes on where it was: nothing missing, nothing
/// twice.
#[tokio::test]
async fn a_console_follows_and_resumes() {
    let bench = Bench::new().await;
    let address = served(&bench).await;
    let mut console = open(address, &bench.admin, "").await.unwrap();
    let snapshot = hear(&mut console).await;
    assert_eq!(snapshot["type"], "snapshot");
    let start = snapshot["view"]["seq"].as_u64().unwrap();
    for seq in 1..=3 {
        bench.feed.publish(change(seq));
        let heard = hear(&mut console).await;
        assert_eq!((&heard["type"], heard["seq"].as_u64()), (&"change".into(), Some(start + seq)));
    }
    drop(console);
    (4..=6).for_each(|seq| bench.feed.publish(change(seq)));
    let mut console = open(address, &bench.admin, &format!("?since={}", start + 3)).await.unwrap();
    for seq in 4..=6 {
        let heard = hear(&mut console).await;
        assert_eq!(heard["seq"].as_u64(), Some(start + seq));
        assert_eq!(heard["view"]["number"], format!("80{seq:02}"));
    }
    let live = bench.get("/live").await;
    assert_eq!(live["extensions"].as_array().unwrap().len(), 6);
}

/// A console of an earlier run, or from the future, starts anew from a snapshot rather than from half of the truth.
#[tokio::test]
async fn a_console_of_another_run_starts_anew() {
    let bench = Bench::new().await;
    let address = served(&bench).await;
    (1..=40).for_each(|seq| bench.feed.publish(change(seq)));
    while bench.get("/live").await["extensions"].as_array().unwrap().len() < 40 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for since in ["?since=0", "?since=20", "?since=9007199254740991"] {
        let mut console = open(address, &bench.admin, since).await.unwrap();
        assert_eq!(hear(&mut console).await["type"], "snapshot", "{since}");
    }
    // JavaScript's numbers are whole up to 2^53.
    assert!(bench.get("/live").await["seq"].as_u64().unwrap() < 1 << 53);
}

/// SEC-07: nobody watches without a session.
#[tokio::test]
async fn strangers_see_nothing() {
    let bench = Bench::new().await;
    let address = served(&bench).await;
    let refused = open(address, "made-up", "").await.err();
    assert!(matches!(&refused, Some(Error::Http(response)) if response.status() == 401), "{refused:?}");
}
