//! The layer management entity of Q.921 5.3: who has which TEI.

mod assignment_source;
mod message;
mod orders;
mod timing;
mod user;

pub(crate) use assignment_source::AssignmentSource;
pub use message::{ManagementKind, ManagementMessage};
pub(crate) use orders::Ordered;
pub use orders::{FIRST_AUTOMATIC_TEI, GROUP_TEI};
pub use timing::ManagementTimers;
pub(crate) use timing::References;
pub(crate) use user::UserManagement;
