"""The peer of rpc.ts: the same calls by libvirt's C library through its Python binding."""
import json
import statistics
import sys
import time

import libvirt

uri, calls, lists = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
conn = libvirt.open(uri)
for _ in range(calls // 4):
    conn.lookupByName("m7")
start = time.perf_counter()
for _ in range(calls):
    conn.lookupByName("m7")
sequential = calls / (time.perf_counter() - start)
times = []
for _ in range(lists):
    start = time.perf_counter()
    conn.listAllDomains()
    times.append((time.perf_counter() - start) * 1000)
print(json.dumps({"sequential": sequential, "list": statistics.median(times)}))
