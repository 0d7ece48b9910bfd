//! A server in this process, on its own thread.

use std::net::Ipv4Addr;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parlour::server::{Config, Console, RoomDied, bind, run};
use tokio::sync::oneshot;

use super::peer::{DEADLINE, in_time};

/// A server that stops when it is dropped.
pub(crate) struct RoomHost {
    pub(crate) port: u16,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), RoomDied>>>,
}

impl RoomHost {
    /// The default limits except for what `change` changes, without a join timeout and without a
    /// limit on the talk rate.
    pub(crate) fn start(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            join_timeout: Duration::ZERO,
            talk_rate: 0,
            ..Config::default()
        };
        change(&mut config);
        let (stop, stopped) = oneshot::channel();
        let (say_port, port) = mpsc::channel();
        let thread = thread::spawn(move || {
            actix_rt::System::new().block_on(async move {
                let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
                let address = listener.local_addr().expect("a bound socket");
                say_port.send(address.port()).expect("the test waits");
                run(listener, config, Console::silent(), async {
                    let _told_or_dropped = stopped.await;
                })
                .await
            })
        });
        Self {
            port: port.recv_timeout(DEADLINE).expect("the server starts"),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Tells the server to stop.
    pub(crate) fn stop(&mut self) {
        self.stop.take();
    }
}

impl Drop for RoomHost {
    fn drop(&mut self) {
        self.stop();
        let thread = self.thread.take().expect("dropped once");
        if !thread::panicking() {
            let ended = in_time(|| thread.join());
            assert_eq!(ended.expect("no panic"), Ok(()));
        }
    }
}
