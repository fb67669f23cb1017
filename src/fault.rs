//! What is told when the program itself fails: the place in its source, nothing else.
//!
//! The text of a panic can quote what was being read (`called unwrap on Err("…")`), and what is being read here holds
//! credentials. So no door lets Rust's own message out: each sets [`tell_only_the_place`] first.

use std::panic::{Location, PanicHookInfo};

/// What to do at a panic: `tell` shows one line to a person.
pub type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync + 'static>;

/// The hook that tells the place.
pub fn hook(tell: impl Fn(&str) + Send + Sync + 'static) -> Hook {
    Box::new(move |panic| tell(&message(panic.location())))
}

/// Replaces Rust's message of a panic by ours, for the whole process.
pub fn tell_only_the_place(tell: impl Fn(&str) + Send + Sync + 'static) {
    std::panic::set_hook(hook(tell));
}

fn message(place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(|| "an unknown place".into(), ToString::to_string);
    format!("a fault in leastwise itself, at {place}. Nothing was sent anywhere. Please report this line.")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_panic_tells_where_and_never_what() {
        let said = Arc::new(Mutex::new(Vec::new()));
        let hear = Arc::clone(&said);
        let before = std::panic::take_hook();
        // Tests run side by side and share the hook: only this thread's panic is about us.
        let ours = std::thread::current().id();
        tell_only_the_place(move |line| {
            if std::thread::current().id() == ours {
                hear.lock().unwrap().push(line.to_owned());
            }
        });
        let token = crate::fake::token(crate::catalog::TokenType::PersonalAccessToken, 7);
        let quoted = token.clone();
        let broken: Result<(), String> = Err(quoted);
        assert!(std::panic::catch_unwind(|| broken.clone().unwrap()).is_err());
        assert!(std::panic::catch_unwind(|| panic!("cannot read {token}")).is_err());
        std::panic::set_hook(before);
        let said = said.lock().unwrap().join("\n");
        assert_eq!(said.matches(file!()).count(), 2, "{said}");
        assert!(
            !said.contains(token.trim_start_matches("glpat-")) && !said.contains("cannot read"),
            "the text of a panic came out"
        );
    }
}
