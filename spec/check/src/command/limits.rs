//! The limits as options: those of the document's table, with its names and defaults.

use clap::{Arg, ArgMatches, Command, Error, value_parser};
use parlour_check::limits::Limits;
use parlour_spec::Document;

/// The server's limits.
#[derive(Clone, Debug)]
pub(crate) struct LimitArgs(pub(crate) Limits);

impl clap::Args for LimitArgs {
    fn augment_args(command: Command) -> Command {
        let document = Document::parlour();
        let limits = Limits::of(&document);
        let option = |row: &Vec<String>| {
            let [limit, .., bounds] = row.as_slice() else {
                unreachable!("the table has columns")
            };
            let unit = row[1]
                .split(' ')
                .nth(1)
                .map(|unit| format!(", {unit}"))
                .unwrap_or_default();
            Arg::new(limit)
                .long(limit)
                .value_name("N")
                .value_parser(value_parser!(u64))
                .default_value(limits.get(limit).to_string())
                .help_heading("What the server's limits are")
                .help(format!("{bounds}{unit}"))
        };
        command.args(document.table("limit").rows.iter().map(option))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for LimitArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut args = Self(Limits::of(&Document::parlour()));
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        let names: Vec<String> = self.0.iter().map(|(name, _)| name.to_owned()).collect();
        for name in names {
            if let Some(value) = matches.get_one::<u64>(&name) {
                self.0.set(&name, *value);
            }
        }
        Ok(())
    }
}
