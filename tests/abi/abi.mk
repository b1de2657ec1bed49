# Compares the ABI with that of the last release; `make test` compares it with tests/abi/baseline.txt.

DEEP += abidiff

## make abidiff        compare the ABI with the last release (its tag, or tests/abi/released.abi) or with a commit: REF=...
.PHONY: abidiff
abidiff:
	$(call stage,abidiff,tests/abi/abidiff.sh $(REF))
