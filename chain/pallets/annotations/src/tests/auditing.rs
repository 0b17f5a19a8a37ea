use super::{Annotations, *};

#[test]
fn a_statement_shows_what_became_of_what_was_set_aside() {
	run(|| {
		assert_eq!(Annotations::statement(TASK), None);
		revealed();
		assert_ok!(score(BOB, 12, 50));
		assert_ok!(award(BOB, BOB));
		let expected = Statement {
			task: TASK,
			model: MODEL,
			set_aside: MOST,
			paid: 60,
			returned: 0,
			held: MOST - 60,
			ok: true,
		};
		assert_eq!(Annotations::statement(TASK), Some(expected.clone()));
		assert_ok!(report(CAROL, 0));
		run_to(DEADLINE);
		assert_ok!(close());
		let closed = Statement { returned: MOST - 60, held: 0, ..expected };
		assert_eq!(Annotations::statements(), (vec![closed], true));
	});
}

/// Spoils a record and says whether the audit noticed.
fn noticed(spoil: impl FnOnce()) -> bool {
	frame::deps::frame_support::storage::with_transaction(|| {
		spoil();
		let noticed = Annotations::do_try_state().is_err();
		frame::deps::sp_runtime::TransactionOutcome::Rollback(Ok::<_, DispatchError>(noticed))
	})
	.unwrap()
}

fn noticed_in_task(spoil: impl FnOnce(&mut Task<AccountId>)) -> bool {
	noticed(|| Tasks::<Test>::mutate(TASK, |task| spoil(task.as_mut().unwrap())))
}

fn noticed_in_annotator(spoil: impl FnOnce(&mut Annotator)) -> bool {
	noticed(|| Annotators::<Test>::mutate(TASK, BOB, spoil))
}

fn noticed_in_stage(stage: Stage) -> bool {
	noticed(|| {
		Assignments::<Test>::mutate((TASK, BOB, 0), |assignment| {
			assignment.as_mut().unwrap().stage = stage
		})
	})
}

#[test]
fn the_audit_notices_every_kind_of_loss() {
	run(|| {
		revealed();
		assert_ok!(take(BOB, 1));
		assert_ok!(score(BOB, 12, 50));
		assert_ok!(award(BOB, BOB));
		assert!(!noticed(|| ()));
		assert!(noticed_in_task(|task| task.set_aside += 1));
		assert!(noticed_in_task(|task| task.paid += 1));
		assert!(noticed_in_task(|task| task.committed += 1));
		assert!(noticed_in_task(|task| task.revealed -= 1));
		assert!(noticed_in_task(|task| task.settled -= 1));
		assert!(noticed_in_task(|task| task.cursor = 3));
		assert!(noticed_in_task(|task| task.model = POOR_MODEL));
		assert!(noticed_in_task(|task| task.state = TaskState::Closed { returned: MOST - 60 }));
		assert!(noticed_in_annotator(|bob| bob.items += 1));
		assert!(noticed_in_annotator(|bob| bob.unsettled += 1));
		assert!(noticed_in_annotator(|bob| bob.earned -= 1));
		assert!(noticed_in_annotator(|bob| bob.locked_until_ms = Some(ENDS)));
		assert!(noticed_in_annotator(|bob| (bob.lease, bob.accepted_until_ms) = (None, 0)));
		assert!(noticed_in_annotator(|bob| bob.lease = Some(Lease { batch: 2, until_ms: 1 })));
		assert!(noticed_in_stage(Stage::Leased { until_ms: 1 }));
		let verdict = Verdict { points: 12, score: percent(50) };
		assert!(noticed_in_stage(Stage::Settled { verdict, amount: 61 }));
		assert!(noticed(|| Batches::<Test>::remove(TASK, 0)));
		assert!(noticed(|| Batches::<Test>::mutate(TASK, 0, |places| {
			places[1] = places[0];
		})));
		assert!(noticed(|| OpenCount::<Test>::insert(MODEL, 2)));
		assert!(noticed(|| ByModel::<Test>::remove(MODEL, TASK)));
		assert!(noticed(|| ByModel::<Test>::insert(POOR_MODEL, TASK, ())));
		assert!(noticed(|| NextTaskId::<Test>::put(TASK)));
		assert!(noticed(|| pallet_pools::Pools::<Test>::mutate(MODEL, |pool| {
			pool.as_mut().unwrap().set_aside -= 1;
		})));
	});
}
