#!/usr/local/bin/no-such-interpreter
Fault: its interpreter is gone.
