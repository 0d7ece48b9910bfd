//! The runtime of each program, and the resources that it takes from the system.

use std::hint::black_box;
use std::io;

use thiserror::Error;
use tokio::runtime::{Builder, Runtime};

/// The system has too few resources for the program to start.
#[derive(Debug, Error)]
pub enum ResourceError {
    /// Too few open files are allowed.
    #[error("too few open files are allowed: {0}; allow more, such as: ulimit -n 1024")]
    OpenFiles(io::Error),
    /// There is too little memory, or there are too many threads.
    #[error(
        "too little memory, or too many threads: {0}; \
        allow more: ulimit -v and ulimit -u, or the limits of the container or service"
    )]
    Memory(io::Error),
}

/// Builds the runtime of a program that serves, or makes, at least one connection.
///
/// # Errors
/// [`ResourceError`], found out before tokio panics or the process aborts for the lack of them.
pub fn build() -> Result<Runtime, ResourceError> {
    /// Six for the runtime, one for a listener and one for a connection.
    const OPEN_FILES: usize = 8;
    /// In octets. The stacks of two threads take half of it.
    const MEMORY: usize = 8 << 20;
    // Without one of them, tokio panics.
    let open_files: Result<Vec<_>, _> = (0..OPEN_FILES)
        .map(|_| rustix::io::fcntl_dupfd_cloexec(io::stderr(), 0))
        .collect();
    drop(open_files.map_err(|errno| ResourceError::OpenFiles(errno.into()))?);
    // Without a little memory to spare, the next allocation aborts the process.
    let mut memory = Vec::<u8>::new();
    let taken = memory.try_reserve_exact(MEMORY);
    drop(black_box(memory));
    taken.map_err(|error| ResourceError::Memory(error.into()))?;
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(ResourceError::Memory)
}
