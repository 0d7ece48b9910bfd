//! Code that both programs share: environment variables, `--generate`, the runtime.

pub mod environment;
pub mod generate;
pub mod runtime;
