"""
Keeps the record of the domain's mutants: `files`, `changed`, `mutants REPORT`, `verdicts REPORT FILE...`, `record REPORT`, `check [REPORT]`.
Called by the script beside it.
"""
import collections
import hashlib
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOMAIN = ROOT / "Palyra.Domain"
COUNTS = ROOT / "Palyra.Tests/Mutation/counts.tsv"
SURVIVORS = ROOT / "Palyra.Tests/Mutation/survivors.tsv"
THRESHOLD = 90.0
UNARGUED = "?"
KILLED = {"Killed", "Timeout"}
ALIVE = {"Survived", "NoCoverage"}

# The whole domain, and the parts that have to reach the threshold on their own.
PARTS = {
    "domain": "",
    "pairing": "Pairing/",
    "identity": "Identity/",
    "nodes": "Nodes/",
    "capabilities": "Capabilities/",
    "egress": "Egress/",
}


def files():
    return sorted(str(path.relative_to(DOMAIN)) for path in DOMAIN.rglob("*.cs") if not {"obj", "bin"} & set(path.relative_to(DOMAIN).parts))


def digest(name):
    return hashlib.sha256((DOMAIN / name).read_bytes()).hexdigest()[:16]


def read(path):
    lines = path.read_text().splitlines()[1:] if path.exists() else []
    return [line.split("\t") for line in lines]


def write(path, head, rows):
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join("\t".join(map(str, row)) for row in [head, *rows]) + "\n")


def counts():
    return {name: (content, int(killed), int(alive)) for name, content, killed, alive in read(COUNTS)}


def changed():
    known = counts()
    return [name for name in files() if known.get(name, ("",))[0] != digest(name)]


def judged(report):
    """The mutants of a report that are to be judged: not those that do not compile or are left out by the settings."""
    for name, file in report["files"].items():
        if (DOMAIN / short(name)).exists():
            yield from (mutant for mutant in file["mutants"] if mutant["status"] not in ("Ignored", "CompileError"))


def short(name):
    return name.replace("\\", "/").split("Palyra.Domain/")[-1]


def take_verdicts(path, verdicts):
    """Writes what was found out about each mutant into its report."""
    found = dict(line.split("\t") for file in verdicts for line in pathlib.Path(file).read_text().splitlines())
    report = json.loads(pathlib.Path(path).read_text())
    for mutant in judged(report):
        mutant["status"] = found[mutant["id"]]
    pathlib.Path(path).write_text(json.dumps(report))


def mutants(report):
    """Of each file of the report that is not generated: how many mutants died, and the texts of those that live."""
    for name, file in json.loads(pathlib.Path(report).read_text())["files"].items():
        name = short(name)
        if not (DOMAIN / name).exists():
            continue
        lines = file["source"].splitlines()
        killed, alive = 0, []
        for mutant in file["mutants"]:
            killed += mutant["status"] in KILLED
            if mutant["status"] in ALIVE:
                start, end = mutant["location"]["start"], mutant["location"]["end"]
                original = lines[start["line"] - 1][start["column"] - 1 : end["column"] - 1 if end["line"] == start["line"] else None]
                alive.append((name, " ".join(original.split()), " ".join(mutant["replacement"].split())))
        yield name, killed, alive


def record(report):
    known = counts()
    reasons = {tuple(row[:3]): row[3] for row in read(SURVIVORS)}
    # A report names every file, also those whose mutants were all left out since they have not changed.
    fresh = set(changed())
    seen = {name: (killed, alive) for name, killed, alive in mutants(report) if name in fresh or killed or alive}
    still = [tuple(row[:3]) for row in read(SURVIVORS) if row[0] not in seen]
    living = still + [row for _, alive in seen.values() for row in alive]
    for name, (killed, alive) in seen.items():
        known[name] = (digest(name), killed, len(alive))
    present = set(files())
    write(COUNTS, ["file", "content", "killed", "alive"], [[name, *known[name]] for name in sorted(known) if name in present])
    write(
        SURVIVORS,
        ["file", "code", "mutant", "why it lives"],
        [[*row, reasons.get(row, UNARGUED)] for row in sorted(living) if row[0] in present],
    )


def check(report=None):
    known = counts()
    problems = []
    if report:
        fresh = set(changed())
        for name, killed, alive in mutants(report):
            if name not in fresh:
                continue
            known[name] = (digest(name), killed, len(alive))
            reasons = collections.Counter(tuple(row[:3]) for row in read(SURVIVORS))
            problems += [f"{row[0]}: no test notices when `{row[1]}` becomes `{row[2]}`" for row in alive if not reasons[row]]
    problems += [f"{name} is not as it was when its mutants were counted; run .ci/mutation --record" for name in files() if known.get(name, ("",))[0] != digest(name)]
    problems += [f"{row[0]}: `{row[1]}` → `{row[2]}` lives without a reason" for row in read(SURVIVORS) if row[3] == UNARGUED]
    for part, folder in PARTS.items():
        killed = sum(row[1] for name, row in known.items() if name.startswith(folder))
        alive = sum(row[2] for name, row in known.items() if name.startswith(folder))
        score = 100 * killed / max(1, killed + alive)
        print(f"{part}: {score:.1f} % of {killed + alive} mutants are noticed")
        if score < THRESHOLD:
            problems.append(f"{part} is under {THRESHOLD} %")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    command, arguments = sys.argv[1], sys.argv[2:]
    if command in ("files", "changed"):
        print("\n".join(files() if command == "files" else changed()), end="")
    elif command == "mutants":
        for mutant in judged(json.loads(pathlib.Path(arguments[0]).read_text())):
            print(mutant["id"] + (" static" if mutant.get("static") else ""))
    elif command == "verdicts":
        take_verdicts(arguments[0], arguments[1:])
    elif command == "record":
        record(*arguments)
    elif command == "check":
        sys.exit(check(*arguments))
    else:
        sys.exit(f"unknown command {command}")
