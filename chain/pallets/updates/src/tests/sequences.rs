//! Whatever anyone does to updates, in whatever order, each is decided on once and paid once.

use super::{Updates, *};
use proptest::{prelude::*, sample::select};

#[derive(Clone, Debug)]
enum Step {
	Propose(AccountId, ModelId),
	Withdraw(AccountId, UpdateId),
	Approve(AccountId, UpdateId, Score),
	Reject(AccountId, UpdateId),
	/// The collective decides, whether it has the right update or not.
	CollectiveApproves(ModelId, UpdateId, Score),
	Govern(bool),
	Close,
}

fn step() -> impl Strategy<Value = Step> {
	let who = || select(vec![OWNER, BOB, CAROL]);
	let model = || 0..3u32;
	let update = || 0..8u32;
	let score = || {
		prop_oneof![
			2 => Just(Score::ZERO),
			4 => (0..=100u32).prop_map(percent),
			1 => Just(Score(1)),
			1 => any::<u32>().prop_map(Score),
		]
	};
	prop_oneof![
		6 => (who(), model()).prop_map(|(who, model)| Step::Propose(who, model)),
		2 => (who(), update()).prop_map(|(who, update)| Step::Withdraw(who, update)),
		6 => (who(), update(), score()).prop_map(|(who, u, score)| Step::Approve(who, u, score)),
		2 => (who(), update()).prop_map(|(who, update)| Step::Reject(who, update)),
		3 => (model(), update(), score())
			.prop_map(|(model, u, score)| Step::CollectiveApproves(model, u, score)),
		1 => any::<bool>().prop_map(Step::Govern),
		1 => Just(Step::Close),
	]
}

fn take(step: &Step) -> DispatchResult {
	match *step {
		Step::Propose(who, model) => propose_for(who, model),
		Step::Withdraw(who, update) => withdraw(who, update),
		Step::Approve(who, update, score) => approve(who, update, score),
		Step::Reject(who, update) => reject(who, update),
		Step::CollectiveApproves(model, update, score) => {
			<Updates as Reviewer>::approve(model, update, score)
		},
		Step::Govern(owner_decides) => {
			OwnerDecides::set(owner_decides);
			Ok(())
		},
		Step::Close => Pools::close(signed(OWNER), MODEL),
	}
}

/// What the records of the updates say that engineers earned.
fn rewards() -> Balance {
	crate::Updates::<Test>::iter_values()
		.map(|update| match update.state {
			UpdateState::Accepted { reward, .. } => reward,
			_ => 0,
		})
		.sum()
}

proptest! {
	#![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

	#[test]
	fn no_update_is_decided_on_or_paid_twice(steps in prop::collection::vec(step(), 1..60)) {
		run(|| {
			fund();
			for step in steps {
				let before: Vec<_> = crate::Updates::<Test>::iter().collect();
				if frame::deps::frame_support::storage::with_storage_layer(|| take(&step)).is_err() {
					let after: Vec<_> = crate::Updates::<Test>::iter().collect();
					prop_assert_eq!(&after, &before, "a refused {:?} changed an update", step);
				}
				for (id, old) in before {
					if old.state != UpdateState::Proposed {
						prop_assert_eq!(update(id), old);
					}
				}
				let earned: Balance = [OWNER, BOB, CAROL].map(earned).into_iter().sum();
				prop_assert_eq!(rewards(), earned);
				audit();
			}
			Ok(())
		})?;
	}
}
