//! Whatever buyers and owner do, in whatever order, the counts agree and no token is lost.

use super::{Licences, *};
use proptest::{prelude::*, sample::select};
use std::collections::BTreeSet;

const BUYERS: [AccountId; 3] = [BOB, CAROL, DAVE];
const MODELS: [ModelId; 3] = [MODEL, COIN_MODEL, POOR_MODEL];
const USAGES: [Usage; 2] = [Usage::Download, Usage::Serve];

#[derive(Clone, Debug)]
enum Step {
	SetTerms(ModelId, Usage, Option<Terms>),
	Buy(AccountId, ModelId, Usage, Balance),
	Renew(AccountId, LicenceId, Balance),
	Transfer(AccountId, LicenceId, AccountId),
	Revoke(LicenceId),
	Resign(AccountId, LicenceId),
	Deliver(LicenceId),
	Prune(ModelId, Usage),
	SetPlatform(AccountId, u32),
	Wait(Moment),
	ClosePool(ModelId),
}

fn some_terms() -> impl Strategy<Value = Option<Terms>> {
	let price = select(vec![0, 1, 9, 777, PRICE, ENDOWMENT / 3, Balance::MAX]);
	let duration = select(vec![None, Some(0), Some(1), Some(DAY_MS), Some(Moment::MAX)]);
	let maximum = select(vec![None, None, Some(1), Some(2)]);
	let some = (price, duration, maximum, any::<bool>()).prop_map(
		|(price, duration_ms, maximum, transferable)| {
			Some(Terms { price, duration_ms, maximum, transferable, ..terms() })
		},
	);
	prop_oneof![9 => some, 1 => Just(None)]
}

fn step() -> impl Strategy<Value = Step> {
	let who = || select(BUYERS.to_vec());
	let model = || select(MODELS.to_vec());
	let usage = || select(USAGES.to_vec());
	let most = || prop_oneof![1 => Just(PRICE), 4 => Just(Balance::MAX)];
	let licence = || 0..12u32;
	let share = select(vec![0, 1, 25_000, 500_000, 1_000_000, 1_000_001]);
	prop_oneof![
		3 => (model(), usage(), some_terms()).prop_map(|(m, u, t)| Step::SetTerms(m, u, t)),
		6 => (who(), model(), usage(), most()).prop_map(|(w, m, u, p)| Step::Buy(w, m, u, p)),
		3 => (who(), licence(), most()).prop_map(|(w, l, p)| Step::Renew(w, l, p)),
		3 => (who(), licence(), who()).prop_map(|(w, l, t)| Step::Transfer(w, l, t)),
		1 => licence().prop_map(Step::Revoke),
		1 => (who(), licence()).prop_map(|(w, l)| Step::Resign(w, l)),
		1 => licence().prop_map(Step::Deliver),
		1 => (model(), usage()).prop_map(|(m, u)| Step::Prune(m, u)),
		1 => (select(vec![PLATFORM, FEES, BOB]), share).prop_map(|(w, s)| Step::SetPlatform(w, s)),
		3 => select(vec![1, DAY_MS / 2, 2 * DAY_MS]).prop_map(Step::Wait),
		1 => model().prop_map(Step::ClosePool),
	]
}

fn take(step: Step) -> DispatchResult {
	match step {
		Step::SetTerms(model, usage, terms) => {
			Licences::set_terms(signed(OWNER), model, usage, terms)
		},
		Step::Buy(who, model, usage, most) => {
			Licences::buy(signed(who), model, usage, most, Some(KEY))
		},
		Step::Renew(who, licence, most) => Licences::renew(signed(who), licence, most),
		Step::Transfer(who, licence, to) => transfer(who, licence, to),
		Step::Revoke(licence) => revoke(licence),
		Step::Resign(who, licence) => resign(who, licence),
		Step::Deliver(licence) => {
			let wrapped_key = vec![1; 80].try_into().unwrap();
			Licences::deliver(signed(OWNER), licence, 0, KEY, wrapped_key)
		},
		Step::Prune(model, usage) => {
			Licences::prune(signed(DAVE), model, usage).map(|_| ()).map_err(|refused| refused.error)
		},
		Step::SetPlatform(who, share) => {
			Licences::set_platform(RuntimeOrigin::root(), Some(Platform { who, share }))
		},
		Step::Wait(ms) => {
			run_to(pallet_timestamp::Now::<Test>::get() + ms);
			Ok(())
		},
		Step::ClosePool(model) => Pools::close(signed(OWNER), model),
	}
}

/// Who holds what, counted the slow way: through every licence there ever was.
fn valid(model: ModelId) -> Vec<LicenceOf<Test>> {
	let now = pallet_timestamp::Now::<Test>::get();
	crate::Licences::<Test>::iter_values()
		.filter(|licence| licence.model == model && licence.is_valid(now))
		.collect()
}

/// Those who paid for any of the licences.
fn paying(licences: &[LicenceOf<Test>]) -> BTreeSet<AccountId> {
	licences.iter().filter(|licence| licence.paid > 0).map(|licence| licence.holder).collect()
}

fn audited() -> Result<(), TestCaseError> {
	prop_assert_eq!(Pools::do_try_state(), Ok(()));
	prop_assert_eq!(Licences::do_try_state(), Ok(()));
	for model in MODELS {
		let valid = valid(model);
		for who in BUYERS {
			for usage in USAGES {
				let held = valid.iter().filter(|l| l.holder == who && l.usage == usage).count();
				prop_assert!(held <= 1, "{} holds {:?} {} times", who, usage, held);
				prop_assert_eq!(Licences::holds(model, &who, Some(usage)), held == 1);
			}
		}
		let holders: BTreeSet<_> = valid.iter().map(|licence| licence.holder).collect();
		prop_assert!(HolderCount::<Test>::get(model) >= holders.len() as u32);
		prop_assert!(Licences::holders(model) >= paying(&valid).len() as u32);
	}
	Ok(())
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 256,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn counts_agree_and_no_token_is_lost_whatever_anyone_does(
		steps in prop::collection::vec(step(), 1..80)
	) {
		new_test_ext().execute_with(|| {
			let before = supply();
			for step in steps {
				let everyone = [OWNER, BOB, CAROL, DAVE, FEES, PLATFORM];
				let wallets = everyone.map(|who| (tokens(who), coins(who)));
				let refused = take(step.clone()).is_err();
				if refused {
					let after = everyone.map(|who| (tokens(who), coins(who)));
					prop_assert_eq!(after, wallets, "{:?}", step);
				}
				audited()?;
				prop_assert_eq!(supply(), before);
			}
			// Once everything has expired that does, the counts are exact.
			run_to(pallet_timestamp::Now::<Test>::get().saturating_add(DAY_MS));
			for model in MODELS {
				for usage in USAGES {
					while Licences::prune(signed(DAVE), model, usage).is_ok() {}
				}
				let holders: BTreeSet<_> = valid(model).iter().map(|l| l.holder).collect();
				prop_assert_eq!(HolderCount::<Test>::get(model), holders.len() as u32);
				let paying = paying(&valid(model)).len() as u32;
				prop_assert_eq!(Licences::holders(model), paying);
			}
			audited()
		})?;
	}
}
