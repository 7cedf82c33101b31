//! Watches the parts, restarts what may be restarted alone, and stops in order.
//!
//! | part that dies | what is done |
//! |---|---|
//! | HTTP | started again, calls go on |
//! | media, exchange, SIP sockets, recorder, prompts | the process ends with code 3; the service manager starts it again |
//!
//! SIGTERM and SIGINT stop in order: no new calls, calls that are up get `--drain-seconds`, then they are released and their ledgers
//! closed, recordings finished, the database flushed. A second signal ends at once.

use crate::configuration::Configuration;
use crate::inbox::{Message, Refused};
use crate::service::Service;
use crate::trouble::Trouble;
use http_api::Api;
use nix::sys::signal::{SigSet, Signal};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two looks at the parts.
const LOOK: Duration = Duration::from_millis(200);

/// Released legs have their last word within this: T305 and T308 are shorter than a far end that is gone would need.
const LAST_WORDS: Duration = Duration::from_millis(1500);

/// Between two starts of a part that keeps dying.
const AGAIN: Duration = Duration::from_secs(1);

/// Blocks the signals in this and all later threads: one thread waits for them.
pub fn catch_signals() -> Result<Receiver<()>, Trouble> {
    let thread = |problem: std::io::Error| Trouble::Thread { name: "signals", problem };
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGTERM);
    signals.add(Signal::SIGINT);
    signals.thread_block().map_err(|problem| thread(problem.into()))?;
    let (tell, told) = sync_channel(4);
    let waits = std::thread::Builder::new().name("signals".into()).spawn(move || {
        while signals.wait().is_ok() {
            if tell.try_send(()).is_err() {
                return;
            }
        }
    });
    waits.map_err(thread)?;
    Ok(told)
}

/// Serves until a signal comes or a part dies.
pub fn run(configuration: &Configuration, service: Service, signals: &Receiver<()>) -> Result<(), Trouble> {
    let mut web = start_web(configuration.web, &service.api)?;
    let mut web_since = Instant::now();
    loop {
        match signals.recv_timeout(LOOK) {
            Ok(()) => return stop(configuration, service, signals),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        dead(&service)?;
        if web.is_finished() && web_since.elapsed() > AGAIN {
            tracing::error!("the HTTP server ended; it is started again");
            web = start_web(configuration.web, &service.api)?;
            web_since = Instant::now();
        }
    }
}

/// A part that the box cannot live without, if it is dead.
fn dead(service: &Service) -> Result<(), Trouble> {
    let parts = [
        ("media thread", service.media.is_finished()),
        ("exchange thread", service.exchange.is_finished()),
        ("recorder", service.recorder.is_finished()),
        ("prompt loader", service.prompts.is_finished()),
        ("SIP sockets", !service.sockets.alive()),
    ];
    parts.iter().find(|(_, finished)| *finished).map_or(Ok(()), |(name, _)| Err(Trouble::Died(name)))
}

fn start_web(address: SocketAddr, api: &Arc<Api>) -> Result<JoinHandle<()>, Trouble> {
    let socket = |problem| Trouble::Socket { what: "HTTP", problem };
    let listener = std::net::TcpListener::bind(address).map_err(socket)?;
    listener.set_nonblocking(true).map_err(socket)?;
    tracing::info!(%address, "console and API");
    let api = api.clone();
    let serve = move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("http").enable_all().build();
        let served = runtime.and_then(|runtime| {
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                http_api::serve(listener, api, std::future::pending()).await
            })
        });
        if let Err(problem) = served {
            tracing::error!(%problem, "the HTTP server cannot go on");
        }
    };
    std::thread::Builder::new()
        .name("http-main".into())
        .spawn(serve)
        .map_err(|problem| Trouble::Thread { name: "http", problem })
}

fn stop(configuration: &Configuration, service: Service, signals: &Receiver<()>) -> Result<(), Trouble> {
    tracing::info!(seconds = configuration.drain_seconds, "stopping: no new calls");
    put(&service, Message::Drain { release: false });
    let end = Instant::now() + Duration::from_secs(configuration.drain_seconds);
    while Instant::now() < end && !service.is_quiet() {
        if signals.recv_timeout(LOOK).is_ok() {
            break;
        }
    }
    put(&service, Message::Drain { release: true });
    let end = Instant::now() + LAST_WORDS;
    while Instant::now() < end && !service.is_quiet() {
        std::thread::sleep(Duration::from_millis(20));
    }
    put(&service, Message::Stop);
    let Service { exchange, media, recorder, prompts, store, .. } = service;
    let died = |name| move |_| Trouble::Died(name);
    exchange.join().map_err(died("exchange thread"))?;
    media.stop().map_err(|_| Trouble::Died("media thread"))?;
    recorder.stop().map_err(|_| Trouble::Died("recorder"))?;
    prompts.stop().map_err(|_| Trouble::Died("prompt loader"))?;
    store.flush()?;
    store.stop();
    tracing::info!("stopped");
    Ok(())
}

fn put(service: &Service, message: Message) {
    if let Err(Refused) = service.inbox.put(message) {
        tracing::warn!("the exchange did not take the order to stop");
    }
}
