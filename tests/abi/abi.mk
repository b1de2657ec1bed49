# Compares the ABI with the previous release. `make test` compares it with tests/abi/baseline.txt.

DEEP += abidiff
NEEDS_abidiff := cc abidiff

## Release: make abidiff         compare the ABI with the previous release, or with a commit: REF=...
.PHONY: abidiff
abidiff:
	$(call stage,abidiff,tests/abi/abidiff.sh $(REF))
