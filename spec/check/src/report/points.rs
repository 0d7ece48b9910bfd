//! The points of each stage, and who sees its cases: a small TOML file written by the teacher.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::outcome::Stage;

/// The points of the stages. A stage that the file does not name has no points and is visible.
///
/// ```
/// let points: parlour_check::report::Points = "
///     [join]
///     points = 20
///     [load]
///     points = 7.5
///     visibility = 'after_due_date'
/// ".parse()?;
/// # Ok::<(), parlour_check::report::PointsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Points(BTreeMap<Stage, (u64, Visibility)>);

/// When Gradescope shows a test to students, in Gradescope's own words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Never.
    Hidden,
    /// After the assignment is due.
    AfterDueDate,
    /// After the grades are published.
    AfterPublished,
    /// Always.
    #[default]
    Visible,
}

impl Points {
    /// What the cases of `stage` are worth together, in hundredths of a point.
    pub(super) fn hundredths(&self, stage: Stage) -> u64 {
        self.0.get(&stage).map_or(0, |(hundredths, _)| *hundredths)
    }

    pub(super) fn visibility(&self, stage: Stage) -> Visibility {
        self.0
            .get(&stage)
            .map_or_else(Visibility::default, |(_, visibility)| *visibility)
    }
}

impl Default for Points {
    /// Ten points for each stage, always visible.
    fn default() -> Self {
        Self(
            Stage::ALL
                .map(|stage| (stage, (1000, Visibility::default())))
                .into(),
        )
    }
}

impl std::str::FromStr for Points {
    type Err = PointsError;

    fn from_str(source: &str) -> Result<Self, PointsError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct StagePoints {
            points: f64,
            #[serde(default)]
            visibility: Visibility,
        }
        let said: BTreeMap<String, StagePoints> = toml::from_str(source)?;
        let mut points = BTreeMap::new();
        for (key, said) in said {
            let mut stages = Stage::ALL.into_iter();
            let Some(stage) = stages.find(|stage| stage.name() == key) else {
                return Err(PointsError::NoStage(key));
            };
            if !(0.0..=1e6).contains(&said.points) {
                return Err(PointsError::OutOfRange(key));
            }
            points.insert(
                stage,
                ((said.points * 100.0).round() as u64, said.visibility),
            );
        }
        Ok(Self(points))
    }
}

/// What is wrong with a points file.
#[derive(Debug, thiserror::Error)]
pub enum PointsError {
    /// It is not TOML, or not in this format.
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    /// It names something that is not a stage.
    #[error(
        "there is no stage {0:?}: they are {stages}",
        stages = Stage::ALL.map(Stage::name).join(", ")
    )]
    NoStage(String),
    /// A number of points is out of range.
    #[error("the points of {0:?} are not between 0 and 1000000")]
    OutOfRange(String),
}
