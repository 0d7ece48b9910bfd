//! The variables of the environment that stand for options.

use std::env;

use clap::builder::Resettable;
use clap::error::ErrorKind;
use clap::{Arg, Command, Parser};

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
            error.exit()
        }
    })
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
