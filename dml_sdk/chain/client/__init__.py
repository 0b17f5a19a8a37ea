"""The client of a chain: the one place that knows substrate-interface.

schemes    the three kinds of signatures
keys       key pairs; holds secrets, shows none
external   keys that signers outside hold
interface  substrate-interface over the embedded node or a URL
clock      the time of a chain whose clock is another's
heads      hearing of the newest block of a node elsewhere
following  new blocks, told to whoever watches
codec      SCALE, compiled from the runtime's types
calls      names and arguments to an encoded `Call`
storage    keys and values of the chain's state
events     a block's events
signing    an encoded call to a signed extrinsic
runtime    the five of them for one version of a runtime
submission a signed extrinsic to its place in a block
receipts   decoded events to receipts and typed errors
chain      `Chain`: read, call, submit, follow
"""
