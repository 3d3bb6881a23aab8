#!/usr/bin/env python3
"""Writes every generated case of the corpus: python3 corpus/generate/generate.py"""

import sys

sys.dont_write_bytecode = True  # The folder is part of the project.

import case
import chain_cases
import facts
import forms
import key_cases
import list_cases
import names

for module in (names, forms, key_cases, chain_cases, list_cases):
    module.write()
print(f"{len(case.written)} cases, {facts.write()} certificates in facts.tsv")
