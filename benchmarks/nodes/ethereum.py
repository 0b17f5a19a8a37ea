"""Seals a signed transfer in eth-tester for each line that is read, and prints how long it took, s.

Runs in an environment of its own: ethereum-requirements.txt.
"""

from __future__ import annotations

import sys
import time
from itertools import count

from eth_account import Account
from eth_tester import EthereumTester, PyEVMBackend
from eth_utils import to_hex

CHAIN_ID = 131277322940537  # py-evm's for tests
GAS, GAS_PRICE = 21_000, 10**10


def main() -> None:
    tester = EthereumTester(PyEVMBackend(), auto_mine_transactions=True)
    sender, receiver = Account.create(), Account.create()
    tester.send_transaction(
        {
            "from": tester.get_accounts()[0],
            "to": sender.address,
            "value": 10**20,
            "gas": GAS,
            "gas_price": GAS_PRICE,
        }
    )
    for nonce, _ in zip(count(), sys.stdin, strict=False):
        began = time.perf_counter()
        signed = Account.sign_transaction(
            {
                "to": receiver.address,
                "value": 1_000,
                "gas": GAS,
                "gasPrice": GAS_PRICE,
                "nonce": nonce,
                "chainId": CHAIN_ID,
            },
            sender.key,
        )
        sent = tester.send_raw_transaction(to_hex(signed.raw_transaction))
        assert tester.get_transaction_receipt(sent)["status"] == 1
        print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main()
