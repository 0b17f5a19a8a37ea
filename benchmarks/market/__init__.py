"""A random economy: people who know what they do, and others.

scene      who takes part, on which models, and what there is to be seen
stories    what somebody does who means it, call by call
governing  the same of those who govern together
hostile    calls with whatever arguments, by whomever
crowd      all of them, block by block
books      whether a token was lost
"""
