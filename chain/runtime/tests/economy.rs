//! What the runtime answers about stakes and licences, and what it foresees.

mod common;

use common::*;
use dml_runtime::{
	audit,
	dry_run::dry_run,
	holdings::{self, AssetInfo},
	AccountId, AssetKind, Balance, Licences, Moment, Pools, Runtime, RuntimeCall, RuntimeEvent,
	Stakes, System, DML, EXISTENTIAL_DEPOSIT,
};
use frame::{deps::sp_io, runtime::prelude::*};
use pallet_licences::{Platform, Terms, Usage};
use pallet_models::{Location, ModelId};
use pallet_pools::{ByRole, Role, Score};
use pallet_stakes::Cause;
use Sr25519Keyring::{Alice, Bob, Charlie, Dave};

const MODEL: ModelId = 0;
const DAY_MS: Moment = 24 * 60 * 60 * 1_000;
const UNBONDING_MS: Moment = 14 * DAY_MS;
const POOL: Balance = 1_000 * DML;

/// A model of Alice's with a pool: six tenths for the validators, four for the creator.
fn on_a_chain_with_a_pool(test: impl FnOnce(&mut Chain)) {
	on_a_development_chain(|chain| {
		let register = pallet_models::Call::register {
			location: Location::Cid(b"weights".to_vec().try_into().unwrap()),
			hash: H256::zero(),
			name: b"mnist".to_vec().try_into().unwrap(),
			licence: b"Apache-2.0".to_vec().try_into().unwrap(),
			metadata_hash: H256::zero(),
		};
		chain.must(Alice, register);
		let shares = ByRole { creator: 400_000, validators: 600_000, ..Default::default() };
		let asset = AssetKind::Native;
		let create = pallet_pools::Call::create { model: MODEL, asset, shares, amount: POOL };
		chain.must(Alice, create);
		test(chain);
		assert!(audit::conservation().ok);
	});
}

fn stake(amount: Balance) -> pallet_stakes::Call<Runtime> {
	pallet_stakes::Call::stake { model: MODEL, role: Role::Validator, amount }
}

fn unstake(amount: Balance) -> pallet_stakes::Call<Runtime> {
	pallet_stakes::Call::unstake { model: MODEL, role: Role::Validator, amount }
}

fn withdraw() -> pallet_stakes::Call<Runtime> {
	pallet_stakes::Call::withdraw { model: MODEL }
}

fn set_terms(usage: Usage, price: Balance) -> pallet_licences::Call<Runtime> {
	let terms = Terms {
		price,
		duration_ms: Some(DAY_MS),
		maximum: None,
		transferable: false,
		jurisdiction: Default::default(),
		text: None,
	};
	pallet_licences::Call::set_terms { model: MODEL, usage, terms: Some(terms) }
}

fn buy(usage: Usage) -> pallet_licences::Call<Runtime> {
	let max_price = Balance::MAX;
	pallet_licences::Call::buy { model: MODEL, usage, max_price, encryption_key: None }
}

fn balance(who: &AccountId) -> Balance {
	frame_system::Account::<Runtime>::get(who).data.free
}

#[test]
fn an_asset_says_what_it_looks_like() {
	on_a_development_chain(|chain| {
		let native =
			AssetInfo { symbol: b"DML".to_vec(), decimals: 12, minimum: EXISTENTIAL_DEPOSIT };
		assert_eq!(holdings::asset(AssetKind::Native), Some(native));
		assert_eq!(holdings::asset(AssetKind::WithId(1)), None);
		let admin = account(Alice).into();
		chain.must(Alice, pallet_assets::Call::create { id: 1, admin, min_balance: 100 });
		let nameless = AssetInfo { symbol: vec![], decimals: 0, minimum: 100 };
		assert_eq!(holdings::asset(AssetKind::WithId(1)), Some(nameless));
		chain.must(
			Alice,
			pallet_assets::Call::set_metadata {
				id: 1,
				name: b"US Dollar".to_vec(),
				symbol: b"USD".to_vec(),
				decimals: 6,
			},
		);
		let dollar = AssetInfo { symbol: b"USD".to_vec(), decimals: 6, minimum: 100 };
		assert_eq!(holdings::asset(AssetKind::WithId(1)), Some(dollar));
	});
}

#[test]
fn a_validator_stakes_is_slashed_and_leaves() {
	on_a_chain_with_a_pool(|chain| {
		let info = holdings::staking(MODEL).unwrap();
		assert!(info.open);
		assert_eq!((info.minimum, info.deposit), (EXISTENTIAL_DEPOSIT, EXISTENTIAL_DEPOSIT));
		assert_eq!(info.terms.unbonding_ms, UNBONDING_MS);
		assert_eq!(holdings::staking(1), None);

		chain.must(Bob, stake(100 * DML));
		assert_eq!(holdings::staking(MODEL).unwrap().deposit, 0);
		chain.must(
			Alice,
			pallet_stakes::Call::slash {
				model: MODEL,
				who: account(Bob),
				role: Role::Validator,
				part: Score(100_000_000),
				cause: Cause::FalseScore,
			},
		);
		let pool = pallet_pools::Pools::<Runtime>::get(MODEL).unwrap();
		assert_eq!(pool.ledger.funded, POOL + 10 * DML);
		chain.must(Bob, unstake(40 * DML));
		let unlock_ms = chain.now_ms + UNBONDING_MS;
		let stakes = holdings::stakes(MODEL, None);
		assert_eq!(holdings::stakes(MODEL, Some(account(Bob))), stakes);
		assert_eq!(holdings::stakes(MODEL, Some(account(Dave))), []);
		assert_eq!(stakes[0].active.validators, 50 * DML);
		assert_eq!(stakes[0].unbonding[0].unlock_ms, unlock_ms);
		assert_eq!((stakes[0].withdrawable, stakes[0].locked), (0, 0));

		chain.wait(UNBONDING_MS);
		chain.must(Bob, unstake(50 * DML));
		assert_eq!(holdings::stakes(MODEL, None)[0].withdrawable, 40 * DML);
		chain.must(Alice, pallet_pools::Call::close { model: MODEL });
		assert!(!holdings::staking(MODEL).unwrap().open);
		chain.wait(UNBONDING_MS);
		chain.must(Bob, withdraw());
		assert_eq!(holdings::stakes(MODEL, None), []);
		let statement = Stakes::statement(MODEL).unwrap();
		assert_eq!(statement.staked, statement.withdrawn + statement.slashed);
		assert_eq!((statement.held, statement.escrow_balance), (0, 0));
		assert_eq!(audit::conservation().stakes, [statement]);
	});
}

#[test]
fn a_licence_gives_access_to_a_restricted_model_until_it_expires() {
	on_a_chain_with_a_pool(|chain| {
		let may_download = |who| holdings::may_download(MODEL, &account(who));
		assert!(may_download(Charlie));
		chain.must(Alice, set_terms(Usage::Download, 10 * DML));
		assert!(may_download(Alice) && !may_download(Charlie));
		assert!(!holdings::may_download(7, &account(Alice)));
		chain.must(Charlie, buy(Usage::Download));
		assert!(may_download(Charlie) && !may_download(Dave));
		chain.wait(DAY_MS);
		chain.must(Alice, set_terms(Usage::Serve, DML));
		assert!(!may_download(Charlie));
		// Any usage needs the weights.
		chain.must(Charlie, buy(Usage::Serve));
		assert!(may_download(Charlie));
	});
}

#[test]
fn licences_are_listed_by_model_and_by_holder() {
	on_a_chain_with_a_pool(|chain| {
		for usage in [Usage::Serve, Usage::Resale] {
			chain.must(Alice, set_terms(usage, 0));
			chain.must(Bob, buy(usage));
			chain.must(Charlie, buy(usage));
		}
		let cause = pallet_licences::Cause::Leak;
		chain.must(Alice, pallet_licences::Call::revoke { licence: 1, cause });
		let list = |model, holder: Option<Sr25519Keyring>| {
			let found = holdings::licences(model, holder.map(account));
			found.iter().map(|info| (info.id, info.valid)).collect::<Vec<_>>()
		};
		assert_eq!(list(Some(MODEL), None), [(0, true), (1, false), (2, true), (3, true)]);
		assert_eq!(list(None, Some(Charlie)), [(1, false), (3, true)]);
		assert_eq!(list(Some(MODEL), Some(Bob)), [(0, true), (2, true)]);
		assert_eq!(list(Some(7), None), []);
	});
}

#[test]
fn the_platform_and_the_pool_share_the_price_of_a_licence() {
	on_a_chain_with_a_pool(|chain| {
		let platform = Some(Platform { who: account(Dave), share: 50_000 });
		let set: RuntimeCall = pallet_licences::Call::set_platform { platform }.into();
		assert_ne!(chain.submit(Bob, set.clone()), Ok(Ok(())));
		chain.must(Alice, pallet_sudo::Call::sudo { call: Box::new(set) });
		chain.must(Alice, set_terms(Usage::Serve, 100 * DML));
		let before = balance(&account(Dave));
		chain.must(Charlie, buy(Usage::Serve));
		assert_eq!(balance(&account(Dave)) - before, 5 * DML);
		let buckets = pallet_pools::Pools::<Runtime>::get(MODEL).unwrap().buckets;
		assert_eq!((buckets.creator, buckets.validators), (438 * DML, 657 * DML));
	});
}

#[test]
fn a_dry_run_says_what_a_call_would_do_and_does_nothing() {
	on_a_chain_with_a_pool(|chain| {
		let root = || sp_io::storage::root(Default::default());
		let (before, number) = (root(), System::block_number());
		let run = dry_run(account(Bob), stake(DML).into(), None);
		assert_eq!((root(), System::block_number()), (before, number));
		assert_eq!(run.error, None);
		let staked = pallet_stakes::Event::Staked {
			model: MODEL,
			who: account(Bob),
			role: Role::Validator,
			amount: DML,
			active: DML,
		};
		assert!(run.events.contains(&RuntimeEvent::Stakes(staked)));

		let funds = balance(&account(Bob));
		chain.must(Bob, stake(DML));
		assert_eq!(funds - balance(&account(Bob)), DML + EXISTENTIAL_DEPOSIT + run.fee);
	});
}

#[test]
fn a_dry_run_names_the_error_that_a_call_would_be_refused_with() {
	on_a_chain_with_a_pool(|chain| {
		let run = dry_run(account(Bob), unstake(DML).into(), None);
		assert_eq!(run.error, Some(b"InsufficientStake".to_vec()));
		assert!(run.fee > 0);
		let failed = run.events.last().unwrap();
		let RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { dispatch_error, .. }) =
			failed
		else {
			panic!("{failed:?}")
		};
		assert_eq!(*dispatch_error, pallet_stakes::Error::<Runtime>::InsufficientStake.into());
		// So it is when it is submitted.
		assert_eq!(chain.submit(Bob, unstake(DML)), Ok(Err(*dispatch_error)));
	});
}

#[test]
fn a_dry_run_of_who_cannot_pay_the_fee_says_so() {
	on_a_chain_with_a_pool(|_| {
		let nobody = AccountId::new([9; 32]);
		let run = dry_run(nobody, stake(DML).into(), None);
		let error = String::from_utf8(run.error.unwrap()).unwrap();
		assert!(error.contains("pay some fees"), "{error}");
		assert!(run.fee > 0);
	});
}

#[test]
fn a_dry_run_looks_ahead_in_time_but_never_back() {
	on_a_chain_with_a_pool(|chain| {
		chain.must(Bob, stake(DML));
		chain.must(Bob, unstake(DML));
		let due = chain.now_ms + UNBONDING_MS;
		let error_at = |at_ms| dry_run(account(Bob), withdraw().into(), at_ms).error;
		assert_eq!(error_at(None), Some(b"NothingToWithdraw".to_vec()));
		assert_eq!(error_at(Some(due - 1)), Some(b"NothingToWithdraw".to_vec()));
		assert_eq!(error_at(Some(due)), None);
		chain.wait(UNBONDING_MS);
		chain.must(Charlie, stake(DML));
		assert_eq!(error_at(Some(0)), None);
	});
}

#[test]
fn every_escrow_account_is_an_account_of_its_own() {
	let accounts: std::collections::BTreeSet<AccountId> =
		(0..100).flat_map(|model| [Pools::escrow(model), Stakes::escrow(model)]).collect();
	assert_eq!(accounts.len(), 200);
}

#[test]
fn a_model_without_licences_has_no_holders() {
	on_a_chain_with_a_pool(|_| {
		use pallet_licences::LicenceHolders;
		assert_eq!(Licences::holders(MODEL), 0);
		assert_eq!(holdings::licences(None, None), []);
	});
}

#[test]
fn an_issuer_who_burns_or_destroys_an_asset_does_not_falsify_the_chains_books() {
	on_a_chain_with_a_pool(|chain| {
		let (id, model) = (7, 1);
		let register = pallet_models::Call::register {
			location: Location::Cid(b"weights".to_vec().try_into().unwrap()),
			hash: H256::zero(),
			name: b"mine".to_vec().try_into().unwrap(),
			licence: b"MIT".to_vec().try_into().unwrap(),
			metadata_hash: H256::zero(),
		};
		let issuer = account(Dave);
		chain.must(Dave, register);
		chain.must(
			Dave,
			pallet_assets::Call::create { id, admin: issuer.clone().into(), min_balance: 1 },
		);
		let mint = |who: AccountId| pallet_assets::Call::mint {
			id,
			beneficiary: who.into(),
			amount: 1_000_000,
		};
		chain.must(Dave, mint(issuer));
		let shares = ByRole { creator: 1_000_000, ..Default::default() };
		let asset = AssetKind::WithId(id);
		chain.must(Dave, pallet_pools::Call::create { model, asset, shares, amount: 1_000 });
		let stake = pallet_stakes::Call::stake { model, role: Role::Validator, amount: 500 };
		chain.must(Dave, stake);
		assert!(audit::conservation().ok);
		for who in [Pools::escrow(model), Stakes::escrow(model)] {
			let burn = pallet_assets::Call::burn { id, who: who.into(), amount: 100 };
			chain.must(Dave, burn);
		}
		let told = || {
			let told = audit::conservation();
			let pool = told.pools.into_iter().find(|pool| pool.model == model).unwrap();
			let stakes = told.stakes.into_iter().find(|stakes| stakes.model == model).unwrap();
			assert!(pool.balanced && stakes.balanced && !pool.ok && !stakes.ok);
			(told.ok, pool.short, stakes.short)
		};
		// Told of the pool alone: whoever issued the asset holds less there than is owed.
		assert_eq!(told(), (true, 100, 100));
		chain.must(Dave, pallet_assets::Call::start_destroy { id });
		chain.must(Dave, pallet_assets::Call::destroy_accounts { id });
		chain.must(Dave, pallet_assets::Call::finish_destroy { id });
		assert_eq!(told(), (true, 1_001, 501));
		// A loss of the chain's own is one in whatever asset.
		pallet_pools::Pools::<Runtime>::mutate(model, |pool| {
			pool.as_mut().unwrap().claimable += 1;
		});
		assert!(!audit::conservation().ok);
		pallet_pools::Pools::<Runtime>::mutate(model, |pool| {
			pool.as_mut().unwrap().claimable -= 1;
		});
		let native = Pools::escrow(MODEL);
		frame_system::Account::<Runtime>::mutate(&native, |account| account.data.free -= 1);
		pallet_balances::TotalIssuance::<Runtime>::mutate(|issuance| *issuance -= 1);
		assert!(!audit::conservation().ok);
		frame_system::Account::<Runtime>::mutate(&native, |account| account.data.free += 1);
		pallet_balances::TotalIssuance::<Runtime>::mutate(|issuance| *issuance += 1);
	});
}

#[test]
fn assets_of_strangers_do_not_keep_an_escrow_account_from_holding_the_pools() {
	on_a_chain_with_a_pool(|chain| {
		let (id, model) = (7, 1);
		let register = pallet_models::Call::register {
			location: Location::Cid(b"weights".to_vec().try_into().unwrap()),
			hash: H256::zero(),
			name: b"mine".to_vec().try_into().unwrap(),
			licence: b"MIT".to_vec().try_into().unwrap(),
			metadata_hash: H256::zero(),
		};
		chain.must(Dave, register);
		let escrows = [Pools::escrow(model), Stakes::escrow(model)];
		for dest in escrows.clone() {
			let value = EXISTENTIAL_DEPOSIT;
			let give = pallet_balances::Call::transfer_keep_alive { dest: dest.into(), value };
			chain.must(Charlie, give);
		}
		let issue = |chain: &mut Chain, who: Sr25519Keyring, id, beneficiary: AccountId| {
			let mint = pallet_assets::Call::mint {
				id,
				beneficiary: beneficiary.into(),
				amount: 1_000_000,
			};
			chain.must(who, mint);
		};
		let create = |chain: &mut Chain, who: Sr25519Keyring, id| {
			let admin = account(who).into();
			chain.must(who, pallet_assets::Call::create { id, admin, min_balance: 1 });
		};
		// More than the 128 that accounts hold elsewhere.
		for junk in 1_000..1_140 {
			create(chain, Charlie, junk);
			for escrow in &escrows {
				issue(chain, Charlie, junk, escrow.clone());
			}
		}
		create(chain, Dave, id);
		issue(chain, Dave, id, account(Dave));
		let shares = ByRole { creator: 1_000_000, ..Default::default() };
		let asset = AssetKind::WithId(id);
		chain.must(Dave, pallet_pools::Call::create { model, asset, shares, amount: 1_000 });
		let stake = pallet_stakes::Call::stake { model, role: Role::Validator, amount: 500 };
		chain.must(Dave, stake);
	});
}
