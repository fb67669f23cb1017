//! The only place that asks what day it is.

use crate::time::Date;

/// Today, UTC; the last day of the calendar when the machine's clock is outside it, so that a broken one is noticed.
pub(crate) fn today() -> Date {
    #[allow(clippy::disallowed_methods)] // This is the place.
    let now = std::time::SystemTime::now();
    let seconds = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(seconds).ok().and_then(Date::from_unix_seconds).unwrap_or(Date::MAX)
}
