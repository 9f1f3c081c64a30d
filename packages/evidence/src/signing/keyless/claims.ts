import type { Secret } from "@seaworthy/oci";
import { EvidenceError } from "../../error.ts";

/** What an identity token says. The authority verifies it; here it is only read. */
export interface Claims {
  readonly issuer: string;
  /** As it will stand in the certificate (Fulcio, docs/oidc.md). */
  readonly identity: string;
  /** Of the repository the CI runs for; undefined where the token does not say. */
  readonly visibility?: string;
  readonly repository?: string;
}

/** @throws EvidenceError `identity-token`; the message never holds the token */
export function readClaims(token: Secret): Claims {
  const fields = decode(token);
  const text = (name: string): string | undefined =>
    typeof fields[name] === "string" && fields[name] !== "" ? fields[name] : undefined;
  const issuer = text("iss");
  if (issuer === undefined)
    throw new EvidenceError("identity-token", "identity token: names no issuer (iss)");
  const visibility = text("repository_visibility") ?? text("project_visibility");
  const repository = text("repository") ?? text("project_path");
  return {
    issuer,
    identity: identityOf(text, fields["email_verified"] === true),
    ...(visibility === undefined ? {} : { visibility }),
    ...(repository === undefined ? {} : { repository }),
  };
}

function identityOf(text: (name: string) => string | undefined, emailVerified: boolean): string {
  const github = text("job_workflow_ref");
  const gitlab = text("ci_config_ref_uri");
  const email = emailVerified ? text("email") : undefined;
  if (github !== undefined) return `https://github.com/${github}`;
  if (gitlab !== undefined) return `https://${gitlab}`;
  return email ?? text("sub") ?? "";
}

function decode(token: Secret): Readonly<Record<string, unknown>> {
  const [, payload = ""] = token.reveal().split(".");
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Falls through: what could not be read may be a secret of another kind and is not repeated.
  }
  throw new EvidenceError("identity-token", "identity token: is no JSON web token", {
    hint: "SIGSTORE_ID_TOKEN holds an OpenID token with the audience sigstore",
  });
}
