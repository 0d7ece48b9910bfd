//! Generates the man pages and shell completions of both programs.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use clap::Command;
use clap_complete::{Shell, generate_to};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

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
    // `help` has no page of its own.
    let mut documented = command.clone().disable_help_subcommand(true);
    for (shell, place) in COMPLETIONS {
        let place = data.join(place);
        fs::create_dir_all(&place)?;
        print_path(&generate_to(shell, &mut command, &name, place)?);
    }
    let manuals = data.join(MANUALS);
    fs::create_dir_all(&manuals)?;
    documented.build();
    write_manual(&documented, &manuals)?;
    print_path(&manuals);
    Ok(())
}

/// Writes the man page of the command, and those of its subcommands.
fn write_manual(command: &Command, folder: &Path) -> io::Result<()> {
    for subcommand in command.get_subcommands() {
        write_manual(subcommand, folder)?;
    }
    let man = Man::new(command.clone());
    let mut file = File::create(folder.join(man.get_filename()))?;
    man.render_title(&mut file)?;
    man.render_name_section(&mut file)?;
    man.render_synopsis_section(&mut file)?;
    man.render_description_section(&mut file)?;
    man.render_options_section(&mut file)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut file)?;
    }
    sections(command).to_writer(&mut file)?;
    if command.get_version().is_some() {
        man.render_version_section(&mut file)?;
    }
    Ok(())
}

/// The sections after the options: in the help, each is a title with a colon and indented lines.
fn sections(command: &Command) -> Roff {
    let mut roff = Roff::new();
    let help = command.get_after_long_help().map(ToString::to_string);
    for line in help.unwrap_or_default().lines() {
        if line.starts_with(' ') {
            // The space makes it a line of its own.
            roff.text([roman(line)]);
        } else if let Some(title) = line.strip_suffix(':') {
            roff.control("SH", [&*title.to_uppercase()]);
        }
    }
    roff
}

/// Prints the path. A write error is ignored, as the file exists anyway.
fn print_path(written: &Path) {
    let _unread = writeln!(io::stdout(), "{}", written.display());
}
