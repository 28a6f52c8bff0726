# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""The table and the JSON. Ratios are taken within a round, then their median."""

import json
import os
import statistics
import time

ROW = "{:<12} {:>8} {:>18} {:>16} {:>8} {:>18} {:>9} {:>9} {:>7} {:>8}"
HEAD = (("", "us per", "times nothing,", "ns more than", "CPU us", "times nothing,", "told,",
         "by name,", "it says", "own CPU"),
        ("", "unlink", "least..most", "empty programs", "/unlink", "least..most", "%", "%", "lost",
         "us/unlink"))


def ratios(job, name, field):
    return [mine[field] / base[field]
            for mine, base in zip(job.results[name], job.results["nothing"])]


def above_empty(job, name):
    """Nanoseconds of wall time for an unlink, round by round."""
    return [(mine["wall_ns"] - base["wall_ns"]) / job.files
            for mine, base in zip(job.results[name], job.results["empty"])]


def median_each(job, name, field):
    return statistics.median(r[field] for r in job.results[name]) / job.files


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def total(job, name, field):
    values = [r[field] for r in job.results[name]]
    return None if None in values else sum(values)


def summary(job, name):
    return {
        "files": job.files * len(job.results[name]),
        "wall_ns_per_unlink": median_each(job, name, "wall_ns"),
        "cpu_ns_per_unlink": median_each(job, name, "cpu_ns"),
        "wall_ratio": spread(ratios(job, name, "wall_ns")),
        "cpu_ratio": spread(ratios(job, name, "cpu_ns")),
        "above_empty_ns": spread(above_empty(job, name)),
        "own_cpu_ns_per_unlink": 1e9 * median_each(job, name, "own_cpu_seconds"),
        "told": total(job, name, "told"),
        "named": total(job, name, "named"),
        "lost": total(job, name, "lost"),
    }


def show_spread(s):
    return f"{s['median']:.2f} {s['least']:.2f}..{s['most']:.2f}"


def percent(part, whole):
    """Never rounded up to all."""
    if part is None:
        return "-"
    if part == whole:
        return "all"
    return f"{int(part / whole * 1000) / 10:.1f}"


def row(job, name):
    s = summary(job, name)
    extra = s["above_empty_ns"]
    base = name in ("nothing", "empty")
    return ROW.format(
        name, f"{s['wall_ns_per_unlink'] / 1000:.2f}",
        "1" if name == "nothing" else show_spread(s["wall_ratio"]),
        "-" if base else f"{extra['median']:+,.0f}",
        f"{s['cpu_ns_per_unlink'] / 1000:.2f}",
        "1" if name == "nothing" else show_spread(s["cpu_ratio"]),
        percent(s["told"], s["files"]), percent(s["named"], s["files"]),
        "-" if s["lost"] is None else f"{s['lost']:,}",
        "-" if base else f"{s['own_cpu_ns_per_unlink'] / 1000:.1f}")


def heading(options):
    print(f"Medians of {options.rounds} interleaved rounds; ratios within a round. "
          "nothing: nobody watches. empty: programs on whodel's\nhooks that do nothing.", flush=True)


def table(job, tools):
    print(f"\n{job.title}")
    for line in HEAD:
        print(ROW.format(*line).rstrip())
    for tool in tools:
        print(row(job, tool.name).rstrip(), flush=True)


def ending(ready, missing):
    tells = "; ".join(f"{tool.name} {tool.tells}" for tool in ready if tool.tells)
    print(f"\ntold: events about these files. by name: files that its output tells apart.\n"
          f"What it tells of a file: {tells}.")
    for name, why in missing.items():
        print(f"Left out: {name}: {why}.")


def describe(job, ready):
    return {
        "name": job.name, "title": job.title, "files": job.files,
        "contestants": [{"name": tool.name, "tells": tool.tells, **summary(job, tool.name),
                         "rounds": job.results[tool.name]} for tool in job.pick(ready)],
    }


def write_json(path, jobs, ready, missing, options, kept):
    document = {
        "schema": 1, "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "kernel": os.uname().release, "cpus": os.cpu_count(), "load": os.getloadavg(),
        "rounds": options.rounds, "versions": {t.name: t.version() for t in ready if t.version()},
        "left_out": missing, "workloads": [describe(job, ready) for job in jobs],
        "audit": {"before": kept.before, "after": kept.after},
    }
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
