import { readFileSync, readdirSync } from "node:fs";

/** Fields of /proc/PID/stat after the command name, which may itself contain spaces and parentheses. */
function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined; // gone
  }
}

/** Children of a process, whichever of its threads made them; from the kernel's lists where it keeps them. */
export function childrenOf(pid: number): readonly number[] {
  try {
    const lists = readdirSync(`/proc/${pid}/task`).map((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1"),
    );
    return lists
      .join(" ")
      .split(" ")
      .filter((part) => part !== "")
      .map(Number);
  } catch {
    return processNumbers().filter((candidate) => parentOf(`${candidate}`) === pid);
  }
}

function processNumbers(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** A process and all its descendants. */
export function processTree(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const pid of processNumbers()) {
    const parent = parentOf(`${pid}`);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree: number[] = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}
