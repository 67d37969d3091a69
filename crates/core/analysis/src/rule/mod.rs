//! Alert rules: from the values of windows to episodes, and from episodes to incidents and messages.
//!
//! ```text
//! observation (one window, every slice) ──step──▶ state, transition, episode ──announce──▶ messages
//! ```

mod announce;
mod breach;
mod episode;
mod state;
mod step;

pub use announce::{Announcement, Terms, announcements, has_incident};
pub use breach::{Breach, Terms as BreachTerms, condition_words, judge};
pub use episode::{Episode, EpisodeSlice, TOP_SLICES, incident_name};
pub use state::{RuleState, STATE_VERSION, SliceState};
pub use step::{Observation, SliceObservation, Step, Transition, step};
