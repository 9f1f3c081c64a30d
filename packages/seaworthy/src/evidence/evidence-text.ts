import type { Collection } from "@seaworthy/evidence";
import { cut, oneLine, widthOf } from "../progress/text.ts";
import { type Branch, type Leaf, type ShowOptions, branchesOf } from "./branches.ts";
import { MARKS } from "./signer-text.ts";

const WIDEST_TITLE = 28;
const WIDTH = 80;

/**
 * A tree: the image, its platforms, and what is known about each, by whom and how old. What others wrote is cut and
 * cannot move the terminal.
 * @param width columns of the terminal
 */
export function evidenceText(
  reference: string,
  collection: Collection,
  options: ShowOptions,
  width = WIDTH,
): string {
  const [image, ...platforms] = branchesOf(collection, options);
  const branches = image === undefined ? [] : [image, ...platforms];
  const layout = layoutOf(branches, width);
  const lines = [
    ...reference.split("@").map((part) => cut(oneLine(part), width)),
    ...(image === undefined ? [] : under(image.leaves, platforms.length > 0, layout)),
    ...platforms.flatMap((branch, at) => branchLines(branch, at === platforms.length - 1, layout)),
    ...problemLines(collection, width),
  ];
  return [...lines, ...legend(branches, width)].join("\n");
}

interface Layout {
  readonly title: number;
  readonly age: number;
  readonly width: number;
}

/** Titles and ages are as wide as the widest of all branches, so that the columns go through. */
function layoutOf(branches: readonly Branch[], width: number): Layout {
  const leaves = branches.flatMap((branch) => branch.leaves);
  const widest = (cell: (leaf: Leaf) => string): number =>
    Math.max(0, ...leaves.map((leaf) => widthOf(oneLine(cell(leaf)))));
  return {
    title: Math.min(
      WIDEST_TITLE,
      widest(({ title }) => title),
    ),
    age: widest(({ age }) => age),
    width,
  };
}

/** Of the image: `more` where platforms follow. */
function under(leaves: readonly Leaf[], more: boolean, layout: Layout): readonly string[] {
  if (leaves.length === 0) return [more ? "├─ nothing" : "└─ nothing"];
  return leaves.map((leaf, at) =>
    leafLine(more || at < leaves.length - 1 ? "├─ " : "└─ ", leaf, { ...layout, title: layout.title + 3 }),
  );
}

function branchLines({ name, leaves }: Branch, last: boolean, layout: Layout): readonly string[] {
  const trunk = last ? "   " : "│  ";
  const below =
    leaves.length === 0
      ? [`${trunk}└─ nothing`]
      : leaves.map((leaf, at) =>
          leafLine(`${trunk}${at === leaves.length - 1 ? "└─ " : "├─ "}`, leaf, layout),
        );
  return [`${last ? "└─ " : "├─ "}${name}`, ...below];
}

function leafLine(prefix: string, { title, mark, who, age }: Leaf, layout: Layout): string {
  const head = `${prefix}${padded(title, layout.title)}  ${mark} `;
  const room = Math.max(8, layout.width - widthOf(head) - layout.age - 2);
  const space = " ".repeat(layout.age - widthOf(age));
  return `${head}${padded(who, room)}  ${space}${age}`.trimEnd();
}

function padded(text: string, width: number): string {
  const short = cut(oneLine(text), width);
  return short + " ".repeat(Math.max(0, width - widthOf(short)));
}

function problemLines({ problems }: Collection, width: number): readonly string[] {
  return problems.map(({ problem }) =>
    cut(`! passed over ${oneLine(problem.message)}`, Math.max(width, 160)),
  );
}

/** What the marks mean, of those that are there. */
function legend(branches: readonly Branch[], width: number): readonly string[] {
  const leaves = branches.flatMap((branch) => branch.leaves);
  const marks = Object.entries(MARKS).filter(([mark]) => leaves.some((leaf) => leaf.mark === mark));
  const said = marks.map(([mark, meaning]) => `${mark} ${meaning}`);
  if (leaves.some(({ age }) => age.startsWith("~"))) said.push("~ a time nobody signed");
  return said.length === 0 ? [] : ["", ...wrapped(said, width)];
}

function wrapped(parts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = last === undefined ? part : `${last}   ${part}`;
    if (last !== undefined && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}
