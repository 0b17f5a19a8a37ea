"""`python -m dml_sdk.cli` is `dml-sdk`."""

import sys

from dml_sdk.cli.main import main

sys.exit(main())
