//! The limits of spec section 8, as the program has them: default, option, variable.

use std::process::Command;
use std::time::Duration;

use parlour::server::Config;
use parlour_spec::Document;

#[test]
fn the_defaults_of_the_library_are_the_documents() {
    let config = Config::default();
    let seconds = |duration: Duration| format!("{} s", duration.as_secs());
    let programs = [
        ("capacity", config.limits.capacity.to_string()),
        ("max-connections", config.limits.max_connections.to_string()),
        ("join-timeout", seconds(config.join_timeout)),
        ("max-line", format!("{} B", config.max_line)),
        ("quiet-ms", format!("{} ms", config.quiet.as_millis())),
        ("send-queue", format!("{} B", config.send_queue)),
        ("stall-timeout", seconds(config.stall_timeout)),
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
    let help = Command::new(env!("CARGO_BIN_EXE_parlour-server"))
        .arg("--help")
        .output()
        .expect("the program runs");
    let help = String::from_utf8(help.stdout).expect("help is UTF-8");
    for row in &Document::parlour().table("limit").rows {
        let [_, default, option, variable, _] = &row[..] else {
            panic!("five cells: {row:?}");
        };
        let option = option.trim_matches('`');
        let (_, described) = help.split_once(&format!("{option} ")).expect(option);
        let described = described.split("\n      --").next().unwrap_or_default();
        let variable = format!("[env: {}=]", variable.trim_matches('`'));
        let (default, _unit) = default.split_once(' ').unwrap_or((default, ""));
        assert!(described.contains(&variable), "{option}: {described}");
        assert!(
            described.contains(&format!("[default: {default}]")),
            "{option}: {described}"
        );
    }
}
