//! Why a call did not do what was asked.

use core::fmt;

use certway_wire::Report;
use certway_wire::node::Problem;

/// Why a call did not do what was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ApiError {
    /// No answer came. A question changed nothing; of a change it is not known whether it was made.
    NodeAway { change: bool },
    /// The node said no, and why.
    Problem(Box<Problem>),
    /// The answer is not one that this page understands.
    Unreadable { change: bool },
}

impl ApiError {
    /// The node's report on a refused upload.
    pub(crate) fn report(&self) -> Option<&Report> {
        match self {
            Self::Problem(problem) => problem.report.as_ref(),
            Self::NodeAway { .. } | Self::Unreadable { .. } => None,
        }
    }

    /// Whether the node wants the password once more before it does this.
    pub(crate) fn wants_confirmation(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.r#type.ends_with("/confirm-password"))
    }

    /// Whether signing in needs a code beside the password, or another one.
    pub(crate) fn is_about_code(&self) -> bool {
        let kinds = ["/second-factor", "/wrong-code"];
        matches!(self, Self::Problem(problem) if kinds.iter().any(|kind| problem.r#type.ends_with(kind)))
    }

    /// Whether nodes of the cluster would refuse each other under Enforce; the reasons are what it says.
    pub(crate) fn is_of_refusals(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.r#type.ends_with("/would-be-refused"))
    }

    /// The same of what was sent as a change is, but changes nothing.
    pub(super) fn of_question(self) -> Self {
        match self {
            Self::NodeAway { .. } => Self::NodeAway { change: false },
            Self::Problem(problem) => Self::Problem(problem),
            Self::Unreadable { .. } => Self::Unreadable { change: false },
        }
    }

    /// Whether the node says that nobody is signed in here.
    pub(crate) fn is_of_nobody(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.status == 401)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Problem(problem) if problem.detail.is_empty() => &problem.title,
            Self::Problem(problem) => &problem.detail,
            Self::NodeAway { change: false } => "The node does not answer. Nothing was changed. Try again when it is back.",
            Self::NodeAway { change: true } => {
                "The node did not answer. It is not known whether the change was made: look before you repeat it."
            }
            Self::Unreadable { change: false } => {
                "The node's answer is not one that this page understands. Nothing was changed. Load the page again."
            }
            Self::Unreadable { change: true } => {
                "The node's answer is not one that this page understands. The change may have been made: load the page again and look."
            }
        })
    }
}
