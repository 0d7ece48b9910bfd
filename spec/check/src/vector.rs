//! The vectors: files beside the specification, for any implementation; `spec/vectors/README.md`
//! describes them.

use include_dir::{Dir, File};

use crate::outcome::Stage;

/// Reads the files of a folder of vectors, stage by stage: each from its stage, its name and its
/// text.
///
/// # Panics
/// If one of them can't be read.
pub(crate) fn files<T>(
    vectors: &Dir<'_>,
    read: impl Fn(Stage, &str, &str) -> Result<T, String>,
) -> Vec<T> {
    let of_stage = |stage: Stage| {
        let folder = vectors.get_dir(stage.name()).into_iter();
        folder.flat_map(Dir::files).map(move |file| (stage, file))
    };
    let files = Stage::ALL.into_iter().flat_map(of_stage);
    let read = |(stage, file): (Stage, &File<'_>)| {
        let id = file.path().file_stem().unwrap_or_default();
        let text = file.contents_utf8().ok_or("it is not UTF-8");
        let vector = text.map_err(str::to_owned);
        let vector = vector.and_then(|text| read(stage, &id.to_string_lossy(), text));
        vector.unwrap_or_else(|why| panic!("{}: {why}", file.path().display()))
    };
    files.map(read).collect()
}
