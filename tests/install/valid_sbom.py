"""Validates SBOMs against the official JSON schema of CycloneDX 1.6: valid_sbom.py FILE...

Runs in the venv of tests/install/sbom.txt, which contains the schema.
"""

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

for file in sys.argv[1:]:
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(Path(file).read_text())
    if error:
        sys.exit(f"{file}: {error}")
