//! The document cut into its formal parts. Strict: every list item is a clause, and every row of a
//! table has as many cells as its header.

/// The parts of a specification that machines read, each kind in the document's order.
#[derive(Clone, Debug)]
pub struct Document {
    /// The rules: `- **JOIN-1.** …`
    pub clauses: Vec<Clause>,
    /// All tables.
    pub tables: Vec<Table>,
    /// All fenced blocks.
    pub blocks: Vec<Block>,
}

/// A clause and its identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// `JOIN-1`
    pub id: String,
    /// Its text, on one line.
    pub text: String,
    /// The heading above it.
    pub section: String,
}

/// A table; each row has as many cells as the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The heading above it.
    pub section: String,
    /// The first row.
    pub header: Vec<String>,
    /// The other rows.
    pub rows: Vec<Vec<String>>,
}

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The word after the fence: `abnf`, `mermaid`, `conversation`.
    pub kind: String,
    /// Its lines, each with an LF.
    pub body: String,
}

/// A table of section 5: what each input does in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// `New`, `Visitor`, `Member`, `Closed`
    pub name: String,
    /// Its rows.
    pub transitions: Vec<Transition>,
}

/// A row of section 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The class of inputs.
    pub input: String,
    /// The state that follows.
    pub next: String,
    /// The events sent to the session itself, in order.
    pub told: Vec<String>,
    /// The cell for the other members as it is written, or `None` if it says "nothing".
    pub others: Option<String>,
}

impl Document {
    /// Parlour's own document.
    pub fn parlour() -> Self {
        Self::parse(&Self::source())
    }

    /// The text of `protocol.md` as compiled in, or that of the file named by
    /// `PARLOUR_SPECIFICATION`.
    ///
    /// # Panics
    /// If that file can't be read.
    pub fn source() -> String {
        let edited = std::env::var_os("PARLOUR_SPECIFICATION");
        edited.map_or_else(
            || include_str!("../protocol.md").to_owned(),
            |file| std::fs::read_to_string(file).expect("the edited specification can be read"),
        )
    }

    /// The page about Parlour's own programs, `parlour.md`.
    pub fn product() -> Self {
        Self::parse(include_str!("../parlour.md"))
    }

    /// Cuts `markdown` into its formal parts.
    ///
    /// # Panics
    /// If a row has too few or too many cells, a fence is not closed, a list item is not a clause,
    /// or a clause's identifier occurs twice.
    pub fn parse(markdown: &str) -> Self {
        let mut document = Self {
            clauses: Vec::new(),
            tables: Vec::new(),
            blocks: Vec::new(),
        };
        let mut section = String::new();
        let mut lines = markdown.lines().enumerate().peekable();
        while let Some((at, line)) = lines.next() {
            let at = at + 1;
            if let Some(kind) = line.strip_prefix("```") {
                let mut body = String::new();
                loop {
                    let (_, line) = lines
                        .next()
                        .unwrap_or_else(|| panic!("line {at}: the fence is never closed"));
                    if line == "```" {
                        break;
                    }
                    body = body + line + "\n";
                }
                let kind = kind.to_owned();
                document.blocks.push(Block { kind, body });
            } else if line.starts_with('#') {
                section = line.trim_start_matches('#').trim().to_owned();
            } else if line.starts_with('|') {
                let mut rows = vec![cells(line, at)];
                while let Some((at, line)) = lines.next_if(|(_, line)| line.starts_with('|')) {
                    rows.push(cells(line, at + 1));
                    let (wanted, got) = (rows[0].len(), rows[rows.len() - 1].len());
                    assert_eq!(wanted, got, "line {}: a ragged row", at + 1);
                }
                assert!(
                    rows.len() > 2 && rows[1].iter().all(|cell| cell == "---"),
                    "line {at}: a table has a header, a rule and rows"
                );
                let mut rows = rows.into_iter();
                let header = rows.next().expect("the rows were counted");
                document.tables.push(Table {
                    section: section.clone(),
                    header,
                    rows: rows.skip(1).collect(),
                });
            } else if let Some(item) = line.strip_prefix("- ") {
                let (id, text) = item
                    .strip_prefix("**")
                    .and_then(|item| item.split_once(".** "))
                    .filter(|(id, _)| is_clause_id(id))
                    .unwrap_or_else(|| panic!("line {at}: a list item is a clause"));
                let mut text = text.to_owned();
                while let Some((_, more)) = lines.next_if(|(_, line)| line.starts_with("  ")) {
                    text = text + " " + more.trim();
                }
                let twice = document.clauses.iter().any(|clause| clause.id == id);
                assert!(!twice, "line {at}: {id} stands twice");
                document.clauses.push(Clause {
                    id: id.to_owned(),
                    text,
                    section: section.clone(),
                });
            }
        }
        document
    }

    /// The clause with this identifier.
    ///
    /// # Panics
    /// If there is none.
    pub fn clause(&self, id: &str) -> &Clause {
        let found = self.clauses.iter().find(|clause| clause.id == id);
        found.unwrap_or_else(|| panic!("there is no clause {id}"))
    }

    /// The bodies of all blocks of one kind.
    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        let of_kind = move |block: &&Block| block.kind == kind;
        self.blocks
            .iter()
            .filter(of_kind)
            .map(|block| block.body.as_str())
    }

    /// All ABNF of the document.
    pub fn abnf(&self) -> String {
        self.blocks("abnf").collect()
    }

    /// The diagram of section 5.
    pub fn diagram(&self) -> &str {
        self.only_block("mermaid")
    }

    /// The table whose first column has this header: `limit` for section 8, `code` for section 9.
    ///
    /// # Panics
    /// If there is none, or more than one.
    pub fn table(&self, first: &str) -> &Table {
        let mut found = self.tables.iter().filter(|table| table.header[0] == first);
        match (found.next(), found.next()) {
            (Some(table), None) => table,
            _ => panic!("there is not one table of {first:?}"),
        }
    }

    /// The tables of section 5. A row for several inputs becomes a row for each of them.
    ///
    /// # Panics
    /// If a table has other columns.
    pub fn states(&self) -> Vec<State> {
        let columns = ["next", "the session is told", "the other members are told"];
        let mut states = Vec::new();
        for table in &self.tables {
            let Some(name) = table.header[0].strip_suffix(": input") else {
                continue;
            };
            assert_eq!(table.header[1..], columns, "the columns of {name}");
            let transitions = |row: &Vec<String>| {
                let [inputs, next, told, others] = row.clone().try_into().expect("four cells");
                let transition = move |input: &str| Transition {
                    input: input.to_owned(),
                    next: next.clone(),
                    told: match told.as_str() {
                        "nothing" => Vec::new(),
                        "error with its code" => vec![format!("error {input}")],
                        told => told.split(", ").map(str::to_owned).collect(),
                    },
                    others: Some(others.clone()).filter(|others| others != "nothing"),
                };
                let inputs: Vec<String> = match inputs.as_str() {
                    "malformed" => self.codes("malformed"),
                    inputs => inputs.split(" / ").map(str::to_owned).collect(),
                };
                inputs.into_iter().map(move |input| transition(&input))
            };
            states.push(State {
                name: name.to_owned(),
                transitions: table.rows.iter().flat_map(transitions).collect(),
            });
        }
        states
    }

    /// The codes of section 9 that say this of a line: `malformed` or `refusal`.
    pub fn codes(&self, says: &str) -> Vec<String> {
        let rows = self.table("code").rows.iter();
        rows.filter(|row| row[1] == says)
            .map(|row| row[0].clone())
            .collect()
    }

    fn only_block(&self, kind: &str) -> &str {
        let mut found = self.blocks.iter().filter(|block| block.kind == kind);
        match (found.next(), found.next()) {
            (Some(block), None) => &block.body,
            _ => panic!("there is not one block of {kind}"),
        }
    }
}

fn cells(line: &str, at: usize) -> Vec<String> {
    let inner = line.strip_prefix('|').and_then(|row| row.strip_suffix('|'));
    let inner = inner.unwrap_or_else(|| panic!("line {at}: the row does not end with |"));
    inner
        .split('|')
        .map(|cell| cell.trim().to_owned())
        .collect()
}

/// `JOIN-1`
fn is_clause_id(id: &str) -> bool {
    let (word, number) = id.split_once('-').unwrap_or_default();
    !word.is_empty()
        && word.bytes().all(|octet| octet.is_ascii_uppercase())
        && number.parse().is_ok_and(|number: u32| number > 0)
}
