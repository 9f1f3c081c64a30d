import { Foreign } from "../foreign.ts";

/** What is said of a vulnerability in some products (OpenVEX 0.2.0, "Statement"). */
export interface VexStatement {
  readonly names: readonly string[];
  readonly products: readonly VexProduct[];
  readonly status: (typeof STATUSES)[number];
  /** Why it is not affected, or what its author adds. */
  readonly why: string;
  readonly author: string;
  /** When it was known to be true, in milliseconds. */
  readonly time: number;
}

/** Identifiers: package URLs, and digests as `sha256:…`. */
export interface VexComponent {
  readonly purls: readonly string[];
  readonly digests: readonly string[];
}

export interface VexProduct extends VexComponent {
  /** The parts that it is about; none for the product as a whole. */
  readonly parts: readonly VexComponent[];
}

const STATUSES = ["not_affected", "affected", "fixed", "under_investigation"] as const;
const CONTEXT = /^https:\/\/openvex\.dev\/ns(?:\/v0\.[0-2]\.\d+)?$/;
export const LARGEST_VEX = 16 << 20;

/**
 * The statements of an OpenVEX document. A statement that lacks what it needs makes the document invalid (OpenVEX, "Data
 * Inheritance"): half of it would be a guess.
 * @param name of the file, for messages
 * @throws EvidenceError `invalid-vex`
 */
export function parseVex(text: string, name: string): readonly VexStatement[] {
  const document = Foreign.parse(text, { code: "invalid-vex", what: name });
  const context = document.field("@context");
  if (!CONTEXT.test(context.text()))
    throw context.wrong("an OpenVEX document, https://openvex.dev/ns/v0.2.0");
  const author = document.field("author").text();
  const time = document.field("timestamp").optional((value) => value.time());
  return document
    .field("statements")
    .list()
    .map((statement) => parseStatement(statement, author, time));
}

function parseStatement(statement: Foreign, author: string, inherited: string | undefined): VexStatement {
  const time = statement.field("timestamp").optional((value) => value.time()) ?? inherited;
  if (time === undefined) throw statement.field("timestamp").wrong("a time, here or of the document");
  const products = statement.field("products").list().map(parseProduct);
  if (products.length === 0) throw statement.field("products").wrong("a list that is not empty");
  return {
    names: namesOf(statement.field("vulnerability")),
    products,
    status: statement.field("status").oneOf(STATUSES),
    why: whyOf(statement),
    author,
    time: Date.parse(time),
  };
}

/** Before 0.2.0 it was its name alone. */
function namesOf(vulnerability: Foreign): readonly string[] {
  if (typeof vulnerability.raw === "string") return [vulnerability.text()];
  const aliases = vulnerability.field("aliases").list();
  return [vulnerability.field("name"), ...aliases].map((name) => name.text());
}

/** A product that is not affected is so for a reason, or the statement is not valid. */
function whyOf(statement: Foreign): string {
  const [justification, ...more] = ["justification", "impact_statement", "status_notes"].map((name) =>
    statement.field(name).optional((value) => value.text()),
  );
  const reasons = [justification?.replaceAll("_", " "), ...more].filter((reason) => reason !== undefined);
  if (statement.field("status").raw === "not_affected" && reasons.length === 0) {
    throw statement.wrong("a justification or an impact_statement");
  }
  return reasons.join(": ");
}

function parseProduct(product: Foreign): VexProduct {
  if (typeof product.raw === "string") return { ...componentOf(product), parts: [] };
  return { ...componentOf(product), parts: product.field("subcomponents").list().map(componentOf) };
}

function componentOf(component: Foreign): VexComponent {
  if (typeof component.raw === "string") return { purls: purls(component.text()), digests: [] };
  const id = component.field("@id").optional((value) => value.text());
  const identifiers = component.field("identifiers");
  const purl = identifiers.optional((all) => all.field("purl").optional((value) => value.text()));
  const hashes = component.field("hashes").entries();
  const found = {
    purls: [...purls(id), ...purls(purl)],
    digests: hashes.flatMap(([name, value]) => (name === "sha-256" ? [`sha256:${value.text()}`] : [])),
  };
  if (id === undefined && found.purls.length + found.digests.length === 0) {
    throw component.wrong("an identifier: @id, a purl or a sha-256");
  }
  return found;
}

/** An `@id` may be any IRI; only package URLs can be matched. */
function purls(text: string | undefined): readonly string[] {
  return text?.startsWith("pkg:") === true ? [text] : [];
}
