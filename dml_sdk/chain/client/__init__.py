"""The client of a chain: the one place that knows substrate-interface.

keys       key pairs; holds secrets, shows none
interface  substrate-interface over the embedded node or a URL
following  new blocks, told to whoever watches
receipts   decoded events to receipts and typed errors
chain      `Chain`: read, call, submit, follow
"""
