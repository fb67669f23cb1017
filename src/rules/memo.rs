//! What several rules say of one row, put into words once.

use std::cell::{Cell, RefCell};

use super::Judgement;
use super::row::Row;
use crate::inventory::{Inventory, TokenRow};
use crate::report::{About, Advice};
use crate::source::Place;
use crate::text::{Pool, Text};

/// Words about the row whose turn it is. What is asked of another row, or while it is no row's turn, is made anew.
#[derive(Default)]
pub(crate) struct Memo {
    /// Address of the row whose turn it is, only ever compared; `None` where it is no row's.
    row: Cell<Option<*const TokenRow>>,
    words: RefCell<Words>,
    /// Words of all rows.
    pub(super) pool: RefCell<Pool>,
    /// [`api_base`](super::call::api_base) of the list that is judged.
    base: RefCell<Option<Text>>,
}

/// See the methods of [`Row`] with the same names.
#[derive(Default)]
pub(crate) struct Words {
    pub(super) opening: Option<Text>,
    pub(super) about: Option<About>,
    pub(super) ask_consumers: Option<Advice>,
    pub(super) revoke: Option<Advice>,
    pub(super) revoke_replaced: Option<Advice>,
    pub(super) rotate: Option<Option<Advice>>,
    /// Where such a token is made.
    pub(super) made_at: Option<Option<Text>>,
    pub(super) place: Option<Option<Place>>,
}

/// What can be said again by sharing it.
pub(super) trait Shared: Clone {
    fn share(&mut self, pool: &mut Pool);
}

impl Shared for Text {
    fn share(&mut self, pool: &mut Pool) {
        pool.share(self);
    }
}

impl Shared for Advice {
    fn share(&mut self, pool: &mut Pool) {
        self.share_words(pool);
    }
}

impl Shared for About {
    fn share(&mut self, pool: &mut Pool) {
        self.share_words(pool);
    }
}

impl Shared for Place {
    fn share(&mut self, _: &mut Pool) {}
}

impl<T: Shared> Shared for Option<T> {
    fn share(&mut self, pool: &mut Pool) {
        self.iter_mut().for_each(|words| words.share(pool));
    }
}

impl Memo {
    /// It is this row's turn, while `judge` runs.
    pub(super) fn turn(&self, row: &TokenRow, judge: impl FnOnce()) {
        self.row.set(Some(row));
        judge();
        self.row.set(None);
        self.words.take();
    }
}

impl Row<'_> {
    fn memo(&self) -> Option<&Memo> {
        let memo = &self.judgement.memo;
        (memo.row.get() == Some(std::ptr::from_ref(self.token))).then_some(memo)
    }

    /// What `make` says, made once while it is this row's turn.
    pub(super) fn once<T: Shared>(&self, slot: fn(&mut Words) -> &mut Option<T>, make: impl FnOnce() -> T) -> T {
        let Some(memo) = self.memo() else { return make() };
        if let Some(made) = slot(&mut memo.words.borrow_mut()) {
            return made.clone();
        }
        let mut made = make();
        made.share(&mut memo.pool.borrow_mut());
        *slot(&mut memo.words.borrow_mut()) = Some(made.clone());
        made
    }

    /// [`api_base`](super::call::api_base) of the row's list.
    pub(super) fn api_base(&self) -> Text {
        let make = |judgement: &Judgement<'_>, inventory: &Inventory| super::call::api_base(judgement, Some(inventory));
        match self.memo() {
            Some(memo) => {
                let mut base = memo.base.borrow_mut();
                base.get_or_insert_with(|| make(self.judgement, self.inventory)).clone()
            }
            None => make(self.judgement, self.inventory),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::context::Context;
    use crate::rules::row::Row;
    use crate::rules::sample::{good, project, today};
    use crate::rules::{Judgement, Memo};
    use crate::source::{Masks, Source};
    use crate::text::Name;

    #[test]
    fn a_rows_words_are_its_own_and_shared_in_its_turn_alone() {
        let (nothing, masks) = (Source::new(Name::default(), String::new(), 0), Masks::default());
        let context = Context::new(today());
        let judgement = Judgement::of_rows(&nothing, 0, &context, &masks);
        let mut list = project(vec![good(), good()]);
        list.tokens[1].id = Some(502);
        let [one, two] = [0, 1].map(|index| Row::new(&judgement, &list, &list.tokens[index]));
        let ends = |row: &Row<'_>| row.revoke().command.unwrap();
        let alone = [ends(&one), ends(&two)];
        assert_ne!(alone[0], alone[1]);
        let same = |a: &crate::text::Text, b: &crate::text::Text| std::ptr::eq(a.as_str(), b.as_str());
        assert!(!same(&ends(&one), &ends(&one)));
        let memo: &Memo = &judgement.memo;
        for (row, other) in [(one, two), (two, one)] {
            memo.turn(row.token, || {
                assert!(same(&ends(&row), &ends(&row)) && !same(&ends(&other), &ends(&other)));
                let mine = [row, other].map(|row| ends(&row));
                let alone = if row.token.id == Some(502) { [&alone[1], &alone[0]] } else { [&alone[0], &alone[1]] };
                assert_eq!([&mine[0], &mine[1]], alone);
            });
        }
        assert!(!same(&ends(&one), &ends(&one)));
    }
}
