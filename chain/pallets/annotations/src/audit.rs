//! Whether a task has lost or made a token, and whether its records agree.

use crate::*;
use alloc::collections::BTreeMap;
use frame::{deps::sp_runtime::TryRuntimeError, prelude::*};
use pallet_pools::Reserving;

/// What the assignments of a task, or of an annotator in it, sum to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
	committed: u32,
	revealed: u32,
	settled: u32,
	items: u32,
	paid: Balance,
}

impl<T: Config> Pallet<T> {
	/// What a task set aside beside what became of it, or none if there is no such task.
	pub fn statement(task: TaskId) -> Option<Statement> {
		let entry = Tasks::<T>::get(task)?;
		let sums = Self::sums(task, &entry.terms, None);
		let (returned, held) = match entry.state {
			TaskState::Open => (0, entry.remaining()),
			TaskState::Closed { returned } => (returned, Some(0)),
		};
		let ok = sums.zip(held).is_some_and(|(sums, held)| {
			let out = sums.paid.checked_add(returned).and_then(|out| out.checked_add(held));
			out == Some(entry.set_aside)
				&& sums.paid == entry.paid
				&& (sums.committed, sums.revealed, sums.settled)
					== (entry.committed, entry.revealed, entry.settled)
				&& (entry.state == TaskState::Open || sums.committed == sums.settled)
		});
		Some(Statement {
			task,
			model: entry.model,
			set_aside: entry.set_aside,
			paid: sums.map(|sums| sums.paid).unwrap_or_default(),
			returned,
			held: held.unwrap_or_default(),
			ok,
		})
	}

	/// Every task's statement, and whether what the open tasks of each model hold is what its pool
	/// says is set aside.
	pub fn statements() -> (alloc::vec::Vec<Statement>, bool) {
		let mut statements: alloc::vec::Vec<_> =
			Tasks::<T>::iter_keys().filter_map(Self::statement).collect();
		statements.sort_unstable_by_key(|statement| statement.task);
		let mut held = BTreeMap::<ModelId, Balance>::new();
		for statement in &statements {
			let sum = held.entry(statement.model).or_default();
			// A sum that overflows is not what any pool can hold, and shows as a difference.
			*sum = sum.saturating_add(statement.held);
		}
		let agree = held.iter().all(|(model, held)| T::Pools::all_set_aside(*model) == *held);
		(statements, agree)
	}

	/// Sums up what was done in a task, by one annotator or by all; none if a sum overflows.
	fn sums(
		task: TaskId,
		terms: &TaskTerms<T::AccountId>,
		who: Option<&T::AccountId>,
	) -> Option<Sums> {
		let mut sums = Sums::default();
		for (_, batch, assignment) in Self::assignments(task, who) {
			sums.items = sums.items.checked_add(terms.items_in(batch))?;
			if matches!(assignment.stage, Stage::Leased { .. }) {
				continue;
			}
			sums.committed = sums.committed.checked_add(1)?;
			if assignment.answers.is_some() {
				sums.revealed = sums.revealed.checked_add(1)?;
			}
			if let Stage::Settled { verdict, amount } = assignment.stage {
				sums.settled = sums.settled.checked_add(1)?;
				sums.paid = sums.paid.checked_add(amount)?;
				// What was paid is what the formula says.
				(terms.award_of(verdict) == Some(amount)).then_some(())?;
			}
		}
		Some(sums)
	}

	/// Checks that no task has lost or made a token, and that all records agree.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let (statements, agree) = Self::statements();
		ensure!(agree, "what is set aside in a pool is not what the tasks hold");
		ensure!(statements.iter().all(|statement| statement.ok), "a task's sums do not agree");
		let next = NextTaskId::<T>::get();
		let mut open = BTreeMap::<ModelId, u32>::new();
		for (task, entry) in Tasks::<T>::iter() {
			ensure!(task < next, "a task has an id that was not given yet");
			ensure!(ByModel::<T>::contains_key(entry.model, task), "a model's list lacks a task");
			if entry.state == TaskState::Open {
				open.entry(entry.model).or_default().saturating_inc();
			}
			ensure!(entry.cursor < entry.terms.batches(), "a cursor points behind the last batch");
			Self::check_places(task, &entry)?;
			Self::check_annotators(task, &entry)?;
		}
		for (model, task) in ByModel::<T>::iter_keys() {
			let is_its = Tasks::<T>::get(task).is_some_and(|entry| entry.model == model);
			ensure!(is_its, "a model's list has a task that is not the model's");
		}
		let counted: BTreeMap<_, _> = OpenCount::<T>::iter().collect();
		ensure!(counted == open, "a model's open tasks are miscounted");
		Ok(())
	}

	/// Checks that whoever answered has a place, and that no place is another's.
	fn check_places(task: TaskId, entry: &TaskFor<T>) -> Result<(), TryRuntimeError> {
		let mut kept = 0u32;
		for (batch, places) in Batches::<T>::iter_prefix(task) {
			ensure!(batch < entry.terms.batches(), "a batch is not of the task");
			let wanted = entry.terms.answers_per_item as usize;
			ensure!(places.len() <= wanted, "a batch has too many places");
			for (index, place) in places.iter().enumerate() {
				let same = |other: &Place<T::AccountId>| other.who == place.who;
				ensure!(!places.iter().skip(index).skip(1).any(same), "an account has two places");
				let assignment = Assignments::<T>::get((task, &place.who, batch));
				let leased = match assignment.ok_or("a place is nobody's")?.stage {
					Stage::Leased { until_ms } => Some(until_ms),
					_ => None,
				};
				ensure!(leased == place.until_ms, "a place is not as its annotator left it");
				if place.until_ms.is_none() {
					kept.saturating_inc();
				}
			}
		}
		ensure!(kept == entry.committed, "answers have no place");
		Ok(())
	}

	fn check_annotators(task: TaskId, entry: &TaskFor<T>) -> Result<(), TryRuntimeError> {
		for (who, annotator) in Annotators::<T>::iter_prefix(task) {
			let sums = Self::sums(task, &entry.terms, Some(&who)).ok_or("answers overflow")?;
			ensure!(annotator.items == sums.items, "an annotator's items are miscounted");
			ensure!(sums.items <= entry.terms.maximum_items, "an annotator has too many items");
			let unsettled = sums.committed.checked_sub(sums.settled);
			ensure!(unsettled == Some(annotator.unsettled), "what is unsettled is miscounted");
			ensure!(annotator.earned == sums.paid, "an annotator's awards do not sum");
			// What was answered is settled by when the task ends, which may come sooner than it was to.
			let locked = annotator.locked_until_ms.filter(|_| annotator.unsettled == 0);
			ensure!(locked <= annotator.needed_until_ms(0, 0), "a stake is locked for nothing");
			if let Some(Lease { batch, until_ms }) = annotator.lease {
				let stage = Assignments::<T>::get((task, &who, batch)).map(|found| found.stage);
				ensure!(stage == Some(Stage::Leased { until_ms }), "a lease is of nothing");
			}
		}
		Ok(())
	}
}
