# The ABI against an earlier one; tests/abi/baseline.txt holds it in `make test`.

.PHONY: abidiff
abidiff:
	$(call stage,abidiff,tests/abi/abidiff.sh $(REF))
