"""`python -m tracker` is `trialwatch`."""

from tracker.cli import main

raise SystemExit(main())
