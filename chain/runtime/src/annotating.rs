//! What an annotator or an owner asks of a task: how it stands, what to answer next, what is paid.

use crate::{audit::Refusal, AccountId, Annotations};
use alloc::vec::Vec;
use frame::prelude::DispatchError;
use pallet_annotations::{AwardOf, BatchOf, TaskId, TaskOf};

pub fn task(task: TaskId) -> Option<TaskOf<AccountId>> {
	Annotations::task_of(task)
}

pub fn next_batch(task: TaskId, who: &AccountId) -> Result<Option<BatchOf>, Refusal> {
	Annotations::next_batch(task, who)
		.map_err(|error| crate::audit::refusal(DispatchError::from(error)))
}

pub fn awards(task: TaskId, who: Option<AccountId>) -> Vec<AwardOf<AccountId>> {
	Annotations::awards_of(task, who.as_ref())
}
