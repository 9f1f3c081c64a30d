export { EvidenceError } from "./error.ts";
export type { EvidenceErrorCode } from "./error.ts";
export { STATEMENT_TYPE, statementAbout } from "./statement.ts";
export type { Statement } from "./statement.ts";
export { attachStatement, findStatements } from "./attach.ts";
export type { Evidence, FindOptions } from "./attach.ts";
export { findSecrets } from "./secrets.ts";
export type { SecretFinding } from "./secrets.ts";
