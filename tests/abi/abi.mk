# The ABI against an earlier one; tests/abi/baseline.txt holds it in `make test`.

DEEP += abidiff

## make abidiff        compare the ABI with the last release's, or with a commit: REF=...
.PHONY: abidiff
abidiff:
	$(call stage,abidiff,tests/abi/abidiff.sh $(REF))
