//! The limits of spec section 8, as the program implements them: default, minimum, the meaning of
//! 0; the options and variables of `spec/parlour.md`; and the port.

use std::process::Command;
use std::time::Duration;

use parlour::client::Address;
use parlour::server::Config;
use parlour_spec::Document;

#[test]
fn the_defaults_of_the_library_are_the_documents() {
    let config = Config::default();
    let seconds = |duration: Duration| format!("{} s", duration.as_secs());
    let programs = [
        ("capacity", config.limits.capacity.to_string()),
        ("max-connections", config.limits.max_connections.to_string()),
        (
            "seats-per-address",
            config.limits.seats_per_address.to_string(),
        ),
        (
            "connections-per-address",
            config.limits.connections_per_address.to_string(),
        ),
        ("join-timeout", seconds(config.join_timeout)),
        ("max-line", format!("{} B", config.max_line)),
        ("quiet-ms", format!("{} ms", config.quiet.as_millis())),
        ("send-queue", format!("{} B", config.send_queue)),
        ("stall-timeout", seconds(config.stall_timeout)),
        ("talk-rate", format!("{} B/s", config.talk_rate)),
        ("talk-burst", format!("{} B", config.talk_burst)),
        ("send-memory", format!("{} B", config.send_memory)),
        ("drain", seconds(config.drain)),
    ];
    let documents = Document::parlour().table("limit").rows.clone();
    let documents = documents
        .iter()
        .map(|row| (row[0].as_str(), row[1].clone()));
    assert_eq!(Vec::from_iter(documents), programs);
}

#[test]
fn the_options_of_the_program_are_the_documents() {
    let help = help();
    for Limit {
        default,
        bounds,
        option,
        variable,
    } in limits()
    {
        let described = described(&help, &format!("{option} "));
        let variable = format!("[env: {variable}=]");
        let (default, _unit) = default.split_once(' ').unwrap_or((&default, ""));
        assert!(described.contains(&variable), "{option}: {described}");
        assert!(
            described.contains(&format!("[default: {default}]")),
            "{option}: {described}"
        );
        let words: Vec<&str> = described.split_whitespace().collect();
        let zero = |says: &str| Some(says.split_once("; 0: ")?.1.split(" [").next()?.to_owned());
        assert_eq!(zero(&words.join(" ")), zero(&bounds), "{option}");
    }
}

#[test]
fn the_program_takes_the_least_that_the_document_says_and_nothing_below() {
    for Limit { option, bounds, .. } in limits() {
        let least = bounds.split_once("; at least ").map_or("0", |(_, n)| n);
        let least: i64 = least.parse().expect("a number");
        assert!(takes(&option, least), "{option} {least}");
        assert!(!takes(&option, least - 1), "{option} {}", least - 1);
    }
}

#[test]
fn what_a_limit_bounds_is_said_by_a_clause_that_names_it() {
    let document = Document::parlour();
    for row in &document.table("limit").rows {
        let (limit, bounds) = (&row[0], &row[2]);
        let (_, id) = bounds.split_once('(').expect("a clause");
        let (id, _) = id.split_once(')').expect("a clause");
        let clause = &document.clause(id).text;
        assert!(clause.contains(&format!("`{limit}`")), "{limit}: {clause}");
    }
}

/// CONN-1
///
/// > CONN-1: The customary port is 8001.
#[test]
fn the_customary_port_is_the_default_of_both_programs() {
    let document = Document::parlour();
    let (_, port) = document
        .clause("CONN-1")
        .text
        .split_once("The customary port is ")
        .expect("a port");
    let port = port.trim_end_matches('.');
    assert_eq!(port, Address::PORT.to_string());
    let help = help();
    let described = described(&help, "[LISTEN]\n");
    assert!(described.contains(&format!("[default: {port}]")), "{help}");
}

/// A limit, and how it is set.
struct Limit {
    default: String,
    bounds: String,
    option: String,
    variable: String,
}

/// The limits of the protocol, each with its row in the page about Parlour.
fn limits() -> Vec<Limit> {
    let (protocol, product) = (Document::parlour(), Document::product());
    let limits = protocol.table("limit").rows.iter();
    let options = product.table("limit").rows.iter();
    let both = limits.zip(options).map(|(limit, option)| {
        assert_eq!(limit[0], option[0]);
        let code = |cell: &str| cell.trim_matches('`').to_owned();
        Limit {
            default: limit[1].clone(),
            bounds: limit[2].clone(),
            option: code(&option[1]),
            variable: code(&option[2]),
        }
    });
    both.collect()
}

fn help() -> String {
    let help = Command::new(env!("CARGO_BIN_EXE_parlour-server"))
        .arg("--help")
        .output()
        .expect("the program runs");
    String::from_utf8(help.stdout).expect("help is UTF-8")
}

/// The help text of the option that begins with this.
fn described<'a>(help: &'a str, start: &str) -> &'a str {
    let (_, described) = help.split_once(&format!("  {start}")).expect(start);
    described.split("\n\n").next().unwrap_or_default()
}

/// Whether the program accepts the option, and only then fails to listen, because no machine has
/// that address.
fn takes(option: &str, value: i64) -> bool {
    let run = Command::new(env!("CARGO_BIN_EXE_parlour-server"))
        .args(["192.0.2.1:0", &format!("{option}={value}")])
        .output()
        .expect("the program runs");
    match run.status.code() {
        Some(1) => true,
        Some(2) => false,
        code => panic!("{option}={value}: {code:?}"),
    }
}
