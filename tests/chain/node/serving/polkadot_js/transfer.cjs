// polkadot.js as it comes: connects, follows heads and storage, signs and sends, reads events.
// node transfer.cjs URL FOLDER_WITH_NODE_MODULES; prints one JSON object.
'use strict';

const { createRequire } = require('node:module');
const { join } = require('node:path');

const [url, folder] = process.argv.slice(2);
const from = createRequire(join(folder, 'package.json'));
const { ApiPromise, HttpProvider, Keyring, WsProvider } = from('@polkadot/api');

const VALUE = 5n * 10n ** 12n;

async function overWebSocket() {
  const provider = new WsProvider(url, false);
  await provider.connect();
  const api = await ApiPromise.create({ provider, noInitWarn: true });
  const keyring = new Keyring({ type: 'sr25519' });
  const [alice, bob] = ['//Alice', '//Bob'].map((uri) => keyring.addFromUri(uri));

  const heads = [];
  let twoHeads;
  const seen = new Promise((resolve) => { twoHeads = resolve; });
  const stopHeads = await api.rpc.chain.subscribeNewHeads((head) => {
    heads.push(head.number.toNumber());
    if (heads.length === 2) twoHeads();
  });
  const balances = [];
  const stopBalances = await api.query.system.account(bob.address, ({ data }) => {
    balances.push(data.free.toBigInt());
  });

  const call = api.tx.balances.transferKeepAlive(bob.address, VALUE);
  const fee = (await call.paymentInfo(alice)).partialFee.toBigInt();
  const statuses = [];
  const sent = await new Promise((resolve, reject) => {
    call.signAndSend(alice, (result) => {
      statuses.push(result.status.type);
      if (result.isFinalized || result.isError) resolve(result);
    }).catch(reject);
  });
  await seen;
  const refused = await new Promise((resolve, reject) => {
    api.tx.sudo.sudo(call).signAndSend(bob, ({ status, dispatchError }) => {
      if (status.isInBlock) resolve(api.registry.findMetaError(dispatchError.asModule).name);
    }).catch(reject);
  });
  const poor = keyring.addFromUri('//penniless');
  const invalid = await call.signAndSend(poor).catch((error) => error.message);

  const block = await api.rpc.chain.getBlock(sent.status.asFinalized);
  const at = await api.at(sent.status.asFinalized);
  const events = await at.query.system.events();
  const accounts = await api.query.system.account.keys();
  const told = {
    chain: (await api.rpc.system.chain()).toString(),
    spec: api.runtimeVersion.specName.toString(),
    token: api.registry.chainTokens[0],
    decimals: api.registry.chainDecimals[0],
    statuses,
    heads: heads.slice(0, 2),
    received: (balances[1] - balances[0]).toString(),
    fee: fee.toString(),
    extrinsics: block.block.extrinsics.map(({ method }) => `${method.section}.${method.method}`),
    events: events.map(({ event }) => `${event.section}.${event.method}`),
    accounts: accounts.length,
    nonce: (await api.rpc.system.accountNextIndex(alice.address)).toNumber(),
    refused,
    invalid,
  };
  stopHeads();
  stopBalances();
  await api.disconnect();
  return told;
}

async function overHttp() {
  const provider = new HttpProvider(url.replace(/^ws/, 'http'));
  const api = await ApiPromise.create({ provider, noInitWarn: true });
  const number = (await api.rpc.chain.getHeader()).number.toNumber();
  await api.disconnect();
  return { number };
}

(async () => {
  const web = await overWebSocket();
  console.log(JSON.stringify({ ...web, http: await overHttp() }));
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
