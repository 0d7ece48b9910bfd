//! What both programs share: the environment behind the command line, `--generate`, the runtime.

pub mod environment;
pub mod generate;
pub mod runtime;
