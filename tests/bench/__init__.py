"""Benchmarks: `script/bench [NAME…] [--json]`. CPU seconds are the process's own, by `time.process_time`."""
