//! How a started process ended, and what it wrote to standard error, in words.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// Maximum number of octets of standard error that are kept: a traceback of some depth.
pub(crate) const STDERR_KEPT: usize = 4096;

/// `ended with exit code 3`
pub(crate) fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code @ 129..160), _) => format!("ended by signal {}", code - 128),
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

/// Why something could not be tried, followed by the process's standard error.
pub(crate) fn with_stderr(why: &str, stderr: &[u8]) -> String {
    let stderr = stderr.trim_ascii_end();
    if stderr.is_empty() {
        return why.to_owned();
    }
    let lines = String::from_utf8_lossy(stderr);
    let lines = lines.lines().map(|line| format!("\n  {line}"));
    format!("{why}; on its standard error:{}", lines.collect::<String>())
}
