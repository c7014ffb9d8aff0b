"""bounded.py SECONDS MEGABYTES COMMAND...: runs it, with its output and its
exit status; says so when it took longer, held more or died."""
import resource, subprocess, sys, time

seconds, megabytes, *command = sys.argv[1:]
start = time.monotonic()
try:
    status = subprocess.run(command, timeout=float(seconds)).returncode
except subprocess.TimeoutExpired:
    sys.exit("ran longer than %s s" % seconds)
took = time.monotonic() - start
held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
if status < 0:
    sys.exit("died of signal %d" % -status)
if held > float(megabytes):
    sys.exit("held %.0f MB, in %.1f s" % (held, took))
sys.exit(status)
