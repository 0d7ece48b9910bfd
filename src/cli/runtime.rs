//! The tokio runtime of each program, and the resources that it needs.

use std::hint::black_box;
use std::io;

use thiserror::Error;
use tokio::runtime::{Builder, Runtime};

/// The system has too few resources to start the program.
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

/// Builds the runtime of a program that accepts or opens at least one connection.
///
/// # Errors
/// [`ResourceError`], detected before tokio would panic or the process would abort.
pub fn build() -> Result<Runtime, ResourceError> {
    /// Six for the runtime, one for a listener and one for a connection.
    const OPEN_FILES: usize = 8;
    /// In octets. The stacks of two threads take half of it.
    const MEMORY: usize = 8 << 20;
    // tokio panics without them.
    let open_files: Result<Vec<_>, _> = (0..OPEN_FILES)
        .map(|_| rustix::io::fcntl_dupfd_cloexec(io::stderr(), 0))
        .collect();
    drop(open_files.map_err(|errno| ResourceError::OpenFiles(errno.into()))?);
    // Without spare memory, the next allocation aborts the process.
    let mut memory = Vec::<u8>::new();
    let taken = memory.try_reserve_exact(MEMORY);
    drop(black_box(memory));
    taken.map_err(|error| ResourceError::Memory(error.into()))?;
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(ResourceError::Memory)
}
