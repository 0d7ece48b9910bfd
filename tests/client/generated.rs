//! What `--generate` writes: man pages and completions of both programs, each where its tool looks
//! for it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::SERVER;
use crate::program::run;

const PARLOUR: &str = env!("CARGO_BIN_EXE_parlour");

const MANUALS: [(&str, &[&str]); 4] = [
    (
        "parlour",
        &[
            "HOST",
            "PORT",
            "plain",
            "parlour-send",
            "parlour-listen",
            ".SH KEYS\n",
            "PageUp, PageDown",
            ".SH FILES\n",
            "parlour/history",
            "NO_COLOR",
            "XDG_STATE_HOME",
        ],
    ),
    (
        "parlour-send",
        &["TEXT", "to", "name", "at", "PARLOUR_NAME"],
    ),
    (
        "parlour-listen",
        &["json", "name", "at", "unreadable", "PARLOUR_NAME"],
    ),
    (
        "parlour-server",
        &["LISTEN", "capacity", "PARLOUR_DRAIN", "RUST_LOG"],
    ),
];

/// A data directory, removed when dropped.
struct Data(PathBuf);

impl Data {
    fn generated(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("parlour-{test}-{}", std::process::id()));
        for program in [PARLOUR, SERVER] {
            let mut command = Command::new(program);
            command.arg("--generate").arg(&path);
            let done = run(command, "");
            assert_eq!((done.code, &*done.notices), (Some(0), ""));
            for line in done.output.lines() {
                assert!(Path::new(line).exists(), "{line}");
            }
        }
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    #[track_caller]
    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Runs the checker of a generated file, which must report nothing.
fn checker(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("LC_ALL", "C");
    command
}

/// Whether this machine can run `program`.
fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null());
    command.stderr(Stdio::null()).status().is_ok()
}

#[test]
fn each_shell_completes_every_option() {
    let data = Data::generated("completions");
    let shells = [
        ("bash", "bash-completion/completions/", ".bash"),
        ("zsh", "zsh/site-functions/_", ""),
        ("fish", "fish/vendor_completions.d/", ".fish"),
    ];
    for (shell, place, end) in shells {
        for (program, words) in [
            ("parlour", ["plain", "send", "listen", "json"]),
            ("parlour-server", ["capacity", "drain", "json", "generate"]),
        ] {
            let name = format!("{place}{program}{end}");
            let completions = data.text(&name).to_lowercase();
            for word in words {
                assert!(completions.contains(word), "{name}: {word}");
            }
            if has(shell) {
                let mut command = checker(shell);
                command.arg("-n").arg(data.file(&name));
                let checked = run(command, "");
                assert_eq!((checked.code, &*checked.notices), (Some(0), ""), "{name}");
            }
        }
    }
}

/// The formatter, if there is one, has no warnings at the width of a terminal.
#[test]
fn each_manual_page_is_whole_and_well_formed() {
    let data = Data::generated("manuals");
    let pages: BTreeSet<_> = fs::read_dir(data.file("man/man1"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected = MANUALS.map(|(page, _)| format!("{page}.1"));
    assert_eq!(pages, BTreeSet::from(expected));
    for (page, words) in MANUALS {
        let name = format!("man/man1/{page}.1");
        let source = data.text(&name);
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "\"EXIT STATUS\"",
            "ENVIRONMENT",
        ] {
            assert!(source.contains(&format!(".SH {section}\n")), "{section}");
        }
        let plain = source.replace(r"\-", "-");
        for word in words {
            assert!(plain.contains(word), "{name}: {word}");
        }
        if has("groff") {
            let mut command = checker("groff");
            command.args(["-man", "-ww", "-Tutf8", "-P-cbou"]);
            command.arg(data.file(&name));
            let formatted = run(command, "");
            assert_eq!(
                (formatted.code, &*formatted.notices),
                (Some(0), ""),
                "{name}"
            );
            assert!(formatted.output.contains("SYNOPSIS"), "{name}");
        }
    }
}

#[test]
fn a_place_that_cannot_be_written_is_exit_1_and_named() {
    for program in [PARLOUR, SERVER] {
        let mut command = Command::new(program);
        command.args(["--generate", "/dev/null/share"]);
        let done = run(command, "");
        assert_eq!(done.code, Some(1), "{done:?}");
        assert!(done.notices.contains("/dev/null/share"), "{done:?}");
    }
}
