//! The variables of the environment that stand for options.

use std::env;
use std::ffi::OsStr;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error, Parser};

/// What the command line says and, where it does not, the environment, in which a variable that is
/// empty counts as not set. Ends the program if one of the two is wrong.
pub(crate) fn parse<P: Parser>() -> P {
    let matches = without(P::command(), &is_empty).try_get_matches();
    let parsed = matches.and_then(|matches| P::from_arg_matches(&matches));
    parsed.unwrap_or_else(|error| {
        if error.kind() == ErrorKind::DisplayHelp {
            // It names the empty ones too.
            P::parse()
        } else {
            blame(error, P::command()).exit()
        }
    })
}

/// The command line alone is judged first: where it is right, an error is the environment's, and
/// names the variable.
fn blame(mut error: Error, mut command: Command) -> Error {
    let command_line = without(command.clone(), &|_| true).try_get_matches();
    command.build();
    let blamed = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(blamed)) if command_line.is_ok() => blamed,
        _ => return error,
    };
    let mut options = options(&command).into_iter();
    let variable = options.find_map(|arg| arg.get_env().filter(|_| arg.to_string() == *blamed));
    if let Some(variable) = variable.and_then(OsStr::to_str) {
        let variable = ContextValue::String(variable.to_owned());
        error.insert(ContextKind::InvalidArg, variable);
    }
    error
}

/// The command, for which those variables are not there.
fn without(command: Command, is_out: &impl Fn(&Arg) -> bool) -> Command {
    let left = |arg: Arg| {
        if is_out(&arg) {
            arg.env(Resettable::Reset)
        } else {
            arg
        }
    };
    let command = command.mut_args(left);
    command.mut_subcommands(|command| without(command, is_out))
}

fn is_empty(arg: &Arg) -> bool {
    let value = arg.get_env().and_then(env::var_os);
    value.is_some_and(|value| value.is_empty())
}

/// All that can be written after the command and after its subcommands.
fn options(command: &Command) -> Vec<&Arg> {
    let subcommands = command.get_subcommands().flat_map(options);
    command.get_arguments().chain(subcommands).collect()
}
