//! The states in which a user cannot use GitLab; a row of `user_states.csv`.

use std::sync::LazyLock;

use super::table;

/// A state.
#[derive(Clone, Copy, Debug)]
pub struct UserState {
    /// As the API writes it: `ldap_blocked`.
    pub state: &'static str,
    /// Behind the user's name: `is blocked`.
    pub words: &'static str,
    /// What makes the user's tokens work again: `when an administrator …`.
    pub returns: &'static str,
}

static ALL: LazyLock<Vec<UserState>> = LazyLock::new(|| {
    table::rows("user_states", table::columns!("user_states.csv": "state" "words" "returns"), |row| UserState {
        state: row.cell("state"),
        words: row.cell("words"),
        returns: row.cell("returns"),
    })
});

/// What a state says, where it keeps the user out. `None` for `active` and for one newer than the table.
#[must_use]
pub fn kept_out(state: &str) -> Option<&'static UserState> {
    ALL.iter().find(|row| row.state.eq_ignore_ascii_case(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_words_and_its_document() {
        table::rows("user_states", include_str!("user_states.csv"), |row| table::check_source(row, row.cell("state")));
        assert!(ALL.iter().all(|row| !row.words.is_empty() && row.returns.starts_with("when ")));
        assert!(kept_out("BLOCKED").is_some());
        assert!(kept_out("active").is_none());
        assert!(kept_out("awaiting").is_none(), "a membership's state is not the user's");
    }
}
