"""SCALE, compiled: a function to read and one to write for each type of a runtime's registry.

registry   the registry's types, as the metadata tells of them
addresses  SS58 and the 32 bytes that it stands for
decoding   bytes to values
encoding   values to bytes

Values are as substrate-interface has them: addresses as SS58, structs as dicts, an enum's variant
as its name or {name: value}, bytes as text where they are UTF-8 and as "0x…" where not.

Source: the SCALE codec (Polkadot protocol specification, appendix A.2) and metadata version 14.
"""
