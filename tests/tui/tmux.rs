//! A shell in a real terminal: tmux keeps the screen, and tests press keys and look.
//!
//! Nothing waits for a fixed time, only for what is on the screen, and fails after a generous
//! deadline.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use parlour_testkit::DEADLINE;

/// The shell's prompt.
pub(crate) const PROMPT: &str = "ready>";

pub(crate) struct Tmux {
    socket: String,
    /// Where programs in the shell keep their state.
    pub(crate) state: PathBuf,
}

impl Tmux {
    /// A shell in a terminal of this size. `None` without tmux, with a message.
    pub(crate) fn new(columns: u16, rows: u16) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            // Not by a macro: the output of those is captured when a test passes.
            let _unread = writeln!(
                std::io::stderr(),
                "SKIPPED, as tmux is not installed: a test in a real terminal"
            );
            return None;
        }
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let nth = COUNT.fetch_add(1, Ordering::Relaxed);
        let socket = format!("parlour-test-{}-{nth}", std::process::id());
        let state = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(&socket);
        std::fs::create_dir_all(&state).unwrap();
        let tmux = Self { socket, state };
        let mut command = tmux.command();
        command.args(["-f", "/dev/null", "-u", "new-session", "-d"]);
        command.args(["-x", &columns.to_string(), "-y", &rows.to_string()]);
        command.arg("exec sh");
        command.env("ENV", "").env("LC_ALL", "C.UTF-8");
        command.env("HOME", &tmux.state);
        command.env("XDG_STATE_HOME", &tmux.state);
        for variable in ["NO_COLOR", "PARLOUR_NAME", "PARLOUR_BELL", "TMUX"] {
            command.env_remove(variable);
        }
        let started = command.output().expect("tmux is installed");
        assert!(started.status.success(), "{started:?}");
        // The typed command does not contain the awaited text.
        tmux.says(&format!("PS1='{}''{} '; clear", &PROMPT[..2], &PROMPT[2..]));
        tmux.shows(PROMPT);
        Some(tmux)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.socket]);
        command
    }

    pub(crate) fn tmux(&self, args: &[&str]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command().args(args).output().unwrap();
        assert!(
            status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&stderr)
        );
        String::from_utf8(stdout).unwrap()
    }

    /// Types text literally.
    pub(crate) fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// Presses keys, by tmux's names for them.
    pub(crate) fn hits(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Types a line, and Enter.
    pub(crate) fn says(&self, line: &str) {
        self.types(line);
        self.hits(&["Enter"]);
    }

    /// Pastes like a terminal with bracketed paste: in brackets, if the program asked for them.
    pub(crate) fn pastes(&self, text: &str) {
        self.tmux(&["set-buffer", text]);
        self.tmux(&["paste-buffer", "-p"]);
    }

    /// Pastes like a terminal without bracketed paste: all the keys at once.
    pub(crate) fn pastes_bare(&self, text: &str) {
        self.tmux(&["set-buffer", text]);
        self.tmux(&["paste-buffer"]);
    }

    pub(crate) fn resizes(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.tmux(&["resize-window", "-x", &columns, "-y", &rows]);
    }

    /// The rows of the screen.
    pub(crate) fn screen(&self) -> Vec<String> {
        self.tmux(&["capture-pane", "-p"])
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&[String]) -> bool) {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return;
            }
            assert!(
                start.elapsed() < DEADLINE,
                "not seen: {what}\n{}",
                screen.join("\n")
            );
        }
    }

    /// Waits until `text` is on the screen.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) {
        self.until(text, |screen| screen.iter().any(|row| row.contains(text)));
    }

    /// Waits until the last row is this.
    #[track_caller]
    pub(crate) fn input_is(&self, text: &str) {
        self.until(text, |screen| {
            screen.last().is_some_and(|row| row.trim_end() == text)
        });
    }

    /// What tmux knows about the terminal.
    pub(crate) fn knows(&self, format: &str) -> String {
        self.tmux(&["display-message", "-p", format])
            .trim_end()
            .to_owned()
    }

    /// The settings that a program may change and has to restore.
    pub(crate) fn modes(&self) -> String {
        self.knows(
            "alternate #{alternate_on} cursor #{cursor_flag} \
             wrap #{wrap_flag} mouse #{mouse_any_flag}",
        )
    }

    /// Starts the client in the shell, between two prints of the terminal settings.
    pub(crate) fn starts(&self, before: &str, arguments: &str) {
        let parlour = env!("CARGO_BIN_EXE_parlour");
        self.types(&format!(
            "clear; stty -g >$XDG_STATE_HOME/before; {before} {parlour} {arguments}"
        ));
        self.hits(&["Enter"]);
    }

    /// Checks that the program has restored everything it changed, and that the shell is back.
    #[track_caller]
    pub(crate) fn is_as_before(&self) {
        self.until("the shell", |screen| {
            let last = screen.iter().rfind(|row| !row.trim().is_empty());
            last.is_some_and(|row| row.trim_end().ends_with(PROMPT))
        });
        assert_eq!(self.modes(), "alternate 0 cursor 1 wrap 1 mouse 0");
        self.says("stty -g | cmp - $XDG_STATE_HOME/before && echo the\\ same");
        self.shows("the same");
        // Brackets around a paste would be visible here.
        self.says("clear; cat -v");
        self.until("nothing", |screen| !screen.join("").contains("the same"));
        self.pastes("pasted");
        self.hits(&["Enter"]);
        self.until("pasted", |screen| {
            screen
                .iter()
                .filter(|row| row.trim_end() == "pasted")
                .count()
                == 2
        });
        self.hits(&["C-d"]);
        self.shows(PROMPT);
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.command().arg("kill-server").output();
        let _ = std::fs::remove_dir_all(&self.state);
    }
}
