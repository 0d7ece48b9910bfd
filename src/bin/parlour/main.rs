//! The program `parlour`: joins a chat room from a terminal or a pipe.

mod arguments;

use std::env;
use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use futures_util::stream;
use parlour::cli::{environment, generate, runtime};
use parlour::client::listen;
use parlour::client::plain::{self, Options, Streams};
use parlour::client::{Address, Connection, Exit, Safe, send};
use parlour::protocol::UserName;
use parlour::tui;
use tokio::signal::unix::{SignalKind, signal};

use self::arguments::{Action, Args, Listen, Send, advise};

fn main() -> ExitCode {
    let args: Args = environment::parse(advise);
    if args.generate.is_none() {
        for warning in environment::warnings(&Args::command()) {
            notify(&warning);
        }
    }
    let exit = match (&args.generate, &args.action) {
        (Some(data), _) => generate(data),
        (None, Some(Action::Send(send))) => say(send),
        (None, Some(Action::Listen(listen))) => follow(listen),
        (None, None) => {
            let (address, name) = (args.address(), args.name());
            if args.is_line_mode() || !has_screen() {
                run(talk(&address, name, args.shows_protocol()))
            } else {
                let options = tui::Options {
                    name,
                    bell: args.bell.into(),
                    colour: wants_colour(),
                };
                run(tui::run(address, options))
            }
        }
    };
    exit.into()
}

fn say(send: &Send) -> Exit {
    let address = send.visitor.address();
    let options = send::Options {
        name: send.visitor.names(),
        to: send.to.clone(),
        retry: send.retry,
    };
    run(async {
        let notices = tokio::io::stderr();
        if send.text == "-" {
            send::run(address, options, tokio::io::stdin(), notices).await
        } else {
            send::run(address, options, send.text.as_bytes(), notices).await
        }
    })
}

fn follow(listen: &Listen) -> Exit {
    let address = listen.visitor.address();
    let options = listen::Options {
        name: listen.visitor.names(),
        retry: listen.retry,
        form: listen.form(),
    };
    run(async {
        let unread = listen::unread(io::stdout());
        let (output, notices) = (tokio::io::stdout(), tokio::io::stderr());
        listen::run(address, options, output, unread, notices).await
    })
}

fn generate(data: &Path) -> Exit {
    match generate::generate(Args::command(), data) {
        Ok(()) => Exit::Left,
        Err(e) => fail(&format!("{}: {e}", data.display()), Exit::Failed),
    }
}

fn run(program: impl Future<Output = Exit>) -> Exit {
    match runtime::build() {
        Ok(runtime) => {
            let exit = runtime.block_on(program);
            // A blocking read of the terminal lasts until Enter: do not wait for it.
            runtime.shutdown_background();
            exit
        }
        Err(error) => fail(&error.to_string(), Exit::Starved),
    }
}

/// The line mode.
async fn talk(address: &Address, name: Option<UserName>, shows_protocol: bool) -> Exit {
    let connection = match Connection::connect(address.as_pair()).await {
        Ok(connection) => connection,
        Err(e) => return fail(&format!("cannot reach {address}: {e}"), Exit::Unreachable),
    };
    let mut interrupts = match signal(SignalKind::interrupt()) {
        Ok(interrupts) => interrupts,
        Err(e) => return fail(&format!("cannot listen for Ctrl-C: {e}"), Exit::Failed),
    };
    let options = Options {
        name,
        colour: wants_colour(),
        protocol: shows_protocol,
        script: !io::stdin().is_terminal(),
    };
    let streams = Streams {
        input: tokio::io::stdin(),
        output: tokio::io::stdout(),
        notices: tokio::io::stderr(),
    };
    let interrupts = stream::poll_fn(|cx| interrupts.poll_recv(cx));
    plain::run(connection, options, streams, interrupts).await
}

/// Whether standard input and output are a terminal that can do more than print line after line.
fn has_screen() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb()
}

fn is_dumb() -> bool {
    env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// Whether to use colour: on a terminal that can show it, unless `NO_COLOR` is set
/// (<https://no-color.org>).
fn wants_colour() -> bool {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !refused && !is_dumb()
}

/// Prints an error and returns the exit for it.
fn fail(what: &str, exit: Exit) -> Exit {
    notify(what);
    exit
}

/// Prints a message on standard error, and ignores write errors.
fn notify(what: &str) {
    let _ = writeln!(io::stderr(), "parlour: {}", Safe(what));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_programs_know_the_variables_of_the_client() {
        let others = &[arguments::NAME_VARIABLE];
        environment::assert_listed(&Args::command(), others);
    }
}
