import type { ImageConfig } from "@seaworthy/oci";
import { findSecrets } from "@seaworthy/evidence";
import type { CheckResult, VerifyConfig } from "./checks.ts";

/** What the config alone tells: who it runs as, and secrets that anybody who pulls it could read. */
export async function checkConfig(
  image: ImageConfig,
  { allowRoot }: VerifyConfig,
): Promise<readonly CheckResult[]> {
  return [...(allowRoot ? [] : [userCheck(image)]), await secretsCheck(image)];
}

function userCheck({ config }: ImageConfig): CheckResult {
  const user = config?.User ?? "";
  const [name] = user.split(":");
  const root = name === "" || name === "root" || /^0+$/.test(name ?? "");
  if (!root) return { name: "does not run as root", ok: true };
  const found = user === "" ? "no USER, which is root" : `USER ${user}`;
  return {
    name: "does not run as root",
    ok: false,
    problem: `found ${found}, expected a user other than root`,
  };
}

async function secretsCheck({ config, history }: ImageConfig): Promise<CheckResult> {
  const texts = [
    ...(config?.Env ?? []).map((text) => ({ where: `env ${text.split("=")[0]}`, text })),
    ...Object.entries(config?.Labels ?? {}).map(([label, text]) => ({ where: `label ${label}`, text })),
    ...(history ?? []).map(({ created_by }, line) => ({
      where: `history ${line + 1}`,
      text: created_by ?? "",
    })),
  ];
  const findings = await findSecrets(texts);
  const name = "has no secret in env, labels or history";
  if (findings.length === 0) return { name, ok: true };
  const problem = findings.map(({ where, rule }) => `${where} (${rule})`).join(", ");
  return {
    name,
    ok: false,
    problem: `found ${problem}, expected none; hand secrets over with RUN --mount=type=secret`,
  };
}
