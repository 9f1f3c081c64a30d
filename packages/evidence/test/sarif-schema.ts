import schema from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import { Ajv } from "ajv";
import formats from "ajv-formats";

/** Of draft 4, which ajv no longer reads: but for the name of `id` it is a later one too. */
const { id: _id, $schema: _schema, ...body } = schema;
const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
formats.default(ajv);
const validate = ajv.compile(body);

/** What is wrong with a log by the schema of SARIF 2.1.0; empty where it is valid. */
export function sarifErrors(log: unknown): readonly string[] {
  // As it is sent: undefined fields are none.
  validate(JSON.parse(JSON.stringify(log)));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
}
