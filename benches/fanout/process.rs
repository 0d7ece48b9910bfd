//! A server under load: a child process pinned to one core, and its cost.

use std::io::{self, BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use parlour_testkit::kib;
use rustix::thread::{CpuSet, sched_setaffinity};

/// The core of the servers, and that of the load.
const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;

/// Killed when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts a server that prints its port as the last word of its first line.
    pub(crate) fn that_says_its_port(command: &mut Command) -> io::Result<Self> {
        let mut child = on_core(SERVER_CORE, || command.stdout(Stdio::piped()).spawn())?;
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut first = String::new();
        out.read_line(&mut first)?;
        thread::spawn(move || out.read_to_end(&mut Vec::new()));
        let port = first
            .split_whitespace()
            .last()
            .and_then(|word| word.parse().ok());
        let port: u16 = port.ok_or_else(|| io::Error::other(format!("no port in {first:?}")))?;
        Ok(Self {
            child,
            address: (Ipv4Addr::LOCALHOST, port).into(),
        })
    }

    /// Starts a server on a given port, one that was free a moment ago.
    pub(crate) fn that_is_told_its_port(
        command: impl FnOnce(u16) -> io::Result<Command>,
    ) -> io::Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = command(address.port())?;
        let child = on_core(SERVER_CORE, || {
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()
        })?;
        let started = Self { child, address };
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            if Instant::now() > deadline {
                return Err(io::Error::other(format!("{command:?} does not listen")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(started)
    }

    /// User and system time of all its threads so far.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        cpu_of(self.child.id())
    }

    /// Resident memory in KiB.
    pub(crate) fn resident(&self) -> f64 {
        kib(self.child.id(), "VmRSS:") as f64
    }

    /// Peak resident memory, in KiB.
    pub(crate) fn most_resident(&self) -> f64 {
        kib(self.child.id(), "VmHWM:") as f64
    }

    /// The number of files it has open, including its connections.
    pub(crate) fn open_files(&self) -> io::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _is_gone = self.child.kill();
        let _status = self.child.wait();
    }
}

/// User and system time of the load generator so far.
pub(crate) fn own_cpu() -> io::Result<Duration> {
    cpu_of(std::process::id())
}

/// Pins this process to the core of the load, but not the servers it has started.
pub(crate) fn stay_on_load_core() -> io::Result<()> {
    pin(LOAD_CORE)
}

/// The first number of `schedstat` is the time on a core in ns: exact, where `stat` counts ticks of
/// 10 ms.
fn cpu_of(pid: u32) -> io::Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let schedstat = fs::read_to_string(task?.path().join("schedstat"))?;
        let first = schedstat.split_whitespace().next();
        nanos += first.and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanos))
}

/// What `spawn` starts inherits the core.
fn on_core<T>(core: usize, spawn: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    pin(core)?;
    let spawned = spawn();
    pin(LOAD_CORE)?;
    spawned
}

fn pin(core: usize) -> io::Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    Ok(sched_setaffinity(None, &cores)?)
}
