//! Environment variables that set options.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error, Parser};

const PREFIX: &str = "PARLOUR_";

/// The variables of each program. A test in each program compares them with the variables that its
/// options name ([`assert_listed`]).
const VARIABLES: [(&str, &[&str]); 2] = [
    (
        "parlour",
        &["PARLOUR_BELL", "PARLOUR_NAME", "PARLOUR_SERVER"],
    ),
    (
        "parlour-server",
        &[
            "PARLOUR_CAPACITY",
            "PARLOUR_CONNECTIONS_PER_ADDRESS",
            "PARLOUR_DRAIN",
            "PARLOUR_JOIN_TIMEOUT",
            "PARLOUR_LISTEN",
            "PARLOUR_LOG_FORMAT",
            "PARLOUR_MAX_CONNECTIONS",
            "PARLOUR_MAX_LINE",
            "PARLOUR_QUIET_MS",
            "PARLOUR_SEATS_PER_ADDRESS",
            "PARLOUR_SEND_MEMORY",
            "PARLOUR_SEND_QUEUE",
            "PARLOUR_STALL_TIMEOUT",
            "PARLOUR_TALK_BURST",
            "PARLOUR_TALK_RATE",
        ],
    ),
];

/// The variables of the tests.
const TEST_VARIABLES: [&str; 8] = [
    "PARLOUR_CHECK_LISTENS_ONCE",
    "PARLOUR_DEEP",
    "PARLOUR_RECORDS",
    "PARLOUR_SEED",
    "PARLOUR_SEEDS",
    "PARLOUR_SOAK_SECONDS",
    "PARLOUR_SOAK_SEED",
    "PARLOUR_SPECIFICATION",
];

/// Parses the command line and, for options that it does not set, the environment. An empty
/// variable counts as unset. If either is wrong, ends the program with the error, to which
/// `advise` may add a tip.
pub fn parse<P: Parser>(advise: impl FnOnce(&mut Error)) -> P {
    let matches = without(P::command(), &is_empty).try_get_matches();
    let parsed = matches.and_then(|matches| P::from_arg_matches(&matches));
    parsed.unwrap_or_else(|error| {
        if error.kind() == ErrorKind::DisplayHelp {
            // Parsing again shows the empty variables in the help too.
            P::parse()
        } else {
            let mut error = name_variable(error, P::command());
            advise(&mut error);
            error.exit()
        }
    })
}

/// A warning for each variable that has Parlour's prefix and that neither program knows.
pub fn warnings(command: &Command) -> BTreeSet<String> {
    let own = variables(command);
    let all = VARIABLES.iter().flat_map(|(_, variables)| *variables);
    let known: BTreeSet<_> = all.copied().chain(own.iter().map(String::as_str)).collect();
    let set =
        env::vars_os().filter(|(name, value)| !value.is_empty() && !is_of_a_service(name, value));
    let names = set.filter_map(|(name, _)| name.into_string().ok());
    let unknowns = names.filter(|name| {
        let name = name.as_str();
        name.starts_with(PREFIX) && !known.contains(name) && !TEST_VARIABLES.contains(&name)
    });
    unknowns.map(|unknown| warning(&unknown, &known)).collect()
}

fn warning(unknown: &str, known: &BTreeSet<&str>) -> String {
    /// The similarity above which clap suggests a name.
    const NEAR: f64 = 0.7;
    let own = |name: &str| name.trim_start_matches(PREFIX).to_owned();
    let nearness = |name: &str| strsim::jaro(&own(unknown), &own(name));
    let nearest = known
        .iter()
        .max_by(|a, b| nearness(a).total_cmp(&nearness(b)));
    let advice = match nearest {
        Some(name) if nearness(name) > NEAR => format!("did you mean {name}?"),
        Some(_) | None => "--help names those that do".to_owned(),
    };
    format!("the environment has {unknown}, which sets nothing; {advice}")
}

/// Whether Kubernetes or Docker sets this variable for a service named parlour.
fn is_of_a_service(name: &OsStr, value: &OsStr) -> bool {
    let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
    name.contains("_SERVICE_") || name.contains("_PORT_") || value.contains("://")
}

/// Names the variable in an error that the environment causes, that is, if the command line alone
/// is right.
fn name_variable(mut error: Error, mut command: Command) -> Error {
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

/// The command without the variables of the options for which `is_out` returns true.
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

fn variables(command: &Command) -> BTreeSet<String> {
    let variables = options(command).into_iter().filter_map(Arg::get_env);
    variables
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// For a test in each program: asserts that the known variables of the program are exactly those of
/// its options and `others`.
///
/// # Panics
/// If they differ.
pub fn assert_listed(command: &Command, others: &[&str]) {
    let mut own = variables(command);
    own.extend(others.iter().map(|&other| other.to_owned()));
    let listed = VARIABLES
        .iter()
        .find(|(program, _)| *program == command.get_name());
    let (_, listed) = listed.expect("a program");
    assert!(own.iter().eq(*listed), "VARIABLES is not {own:#?}");
}

/// All options and arguments of the command and its subcommands.
fn options(command: &Command) -> Vec<&Arg> {
    let subcommands = command.get_subcommands().flat_map(options);
    command.get_arguments().chain(subcommands).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_suggests_the_nearest_known_variable() {
        let known = VARIABLES.iter().flat_map(|(_, variables)| *variables);
        let known = known.copied().collect();
        for (unknown, advice) in [
            ("PARLOUR_MAXLINE", "did you mean PARLOUR_MAX_LINE?"),
            ("PARLOUR_CAPACTIY", "did you mean PARLOUR_CAPACITY?"),
            ("PARLOUR_SERVR", "did you mean PARLOUR_SERVER?"),
            ("PARLOUR_PORT", "--help names those that do"),
            ("PARLOUR_", "--help names those that do"),
        ] {
            let warning = warning(unknown, &known);
            assert!(
                warning.contains(unknown) && warning.ends_with(advice),
                "{warning}"
            );
        }
    }

    #[test]
    fn a_service_in_kubernetes_is_no_mistyped_variable() {
        for (name, value, is_of_a_service) in [
            ("PARLOUR_SERVICE_HOST", "10.0.0.1", true),
            ("PARLOUR_SERVER_PORT_8001_TCP_ADDR", "10.0.0.1", true),
            ("PARLOUR_PORT", "tcp://10.0.0.1:8001", true),
            ("PARLOUR_PORT", "8001", false),
        ] {
            let (name, value) = (OsStr::new(name), OsStr::new(value));
            assert_eq!(
                super::is_of_a_service(name, value),
                is_of_a_service,
                "{name:?}"
            );
        }
    }
}
