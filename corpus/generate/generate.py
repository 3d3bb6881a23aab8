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
import verify_case
import verify_constraints
import verify_paths
import verify_policies
import verify_profile
import verify_revocation
import verify_signatures

for module in (names, forms, key_cases, chain_cases, list_cases, verify_paths, verify_policies, verify_constraints, verify_signatures,
               verify_revocation, verify_profile):
    module.write()
print(f"{len(case.written)} cases, {len(verify_case.written)} verify cases, {facts.write()} certificates in facts.tsv")
