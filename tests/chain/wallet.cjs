// polkadot.js as a wallet: makes keystores, opens them, signs transactions.
// node wallet.cjs FOLDER_WITH_NODE_MODULES; a JSON object a line in, one a line out.
'use strict';

const { createRequire } = require('node:module');
const { createInterface } = require('node:readline');
const { join } = require('node:path');

const from = createRequire(join(process.argv[2], 'package.json'));
const { Keyring } = from('@polkadot/keyring');
const { Metadata, TypeRegistry } = from('@polkadot/types');
const { hexToU8a, u8aToHex } = from('@polkadot/util');
const { cryptoWaitReady } = from('@polkadot/util-crypto');

const words = {
  key({ uri, type }) {
    const pair = new Keyring({ type }).addFromUri(uri);
    return { address: pair.address, public_key: u8aToHex(pair.publicKey) };
  },
  keystore({ uri, type, password, name }) {
    const pair = new Keyring({ type }).addFromUri(uri, { name });
    return { address: pair.address, json: pair.toJson(password) };
  },
  open({ json, password, message }) {
    const keyring = new Keyring();
    const pair = keyring.addFromJson(json);
    pair.decodePkcs8(password);
    return {
      address: pair.address,
      type: pair.type,
      name: pair.meta.name,
      signature: u8aToHex(pair.sign(hexToU8a(message))),
    };
  },
  sign({ uri, type, payload }) {
    return { signature: u8aToHex(new Keyring({ type }).addFromUri(uri).sign(hexToU8a(payload))) };
  },
  // What the browser extension does with signPayload.
  signPayload({ uri, type, json, metadata }) {
    const registry = new TypeRegistry();
    registry.setMetadata(new Metadata(registry, metadata));
    registry.setSignedExtensions(json.signedExtensions);
    const payload = registry.createType('ExtrinsicPayload', json, { version: json.version });
    return payload.sign(new Keyring({ type }).addFromUri(uri));
  },
};

(async () => {
  await cryptoWaitReady();
  for await (const line of createInterface({ input: process.stdin })) {
    const { word, ...given } = JSON.parse(line);
    let told;
    try {
      told = words[word](given);
    } catch (error) {
      told = { error: error.message };
    }
    console.log(JSON.stringify(told));
  }
})();
