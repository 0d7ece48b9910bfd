//! Generates the man pages and shell completions of both programs.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use clap::Command;
use clap_complete::{Shell, generate_to};

/// Where man and each shell look for them, below a data directory such as `/usr/local/share` or
/// `~/.local/share`.
const MANUALS: &str = "man/man1";
const COMPLETIONS: [(Shell, &str); 3] = [
    (Shell::Bash, "bash-completion/completions"),
    (Shell::Zsh, "zsh/site-functions"),
    (Shell::Fish, "fish/vendor_completions.d"),
];

/// Writes the man pages and completions of `command` below `data`, and prints their paths.
///
/// # Errors
/// Those of creating the directories and writing the files.
pub fn generate(mut command: Command, data: &Path) -> io::Result<()> {
    let name = command.get_name().to_owned();
    for (shell, place) in COMPLETIONS {
        let place = data.join(place);
        fs::create_dir_all(&place)?;
        print_path(&generate_to(shell, &mut command, &name, place)?);
    }
    let manuals = data.join(MANUALS);
    fs::create_dir_all(&manuals)?;
    clap_mangen::generate_to(command, &manuals)?;
    print_path(&manuals);
    Ok(())
}

/// Prints the path. A write error is ignored, as the file exists anyway.
fn print_path(written: &Path) {
    let _unread = writeln!(io::stdout(), "{}", written.display());
}
