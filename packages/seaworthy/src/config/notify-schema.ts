import { isLoopback } from "@seaworthy/oci";
import { z } from "zod";

/** Secrets stand in the environment, never in a config: it names the variable. */
export const variable = z.strictObject({
  env: z.string().regex(/^[A-Za-z_]\w*$/, "expected the name of an environment variable"),
});

const textOrVariable = z.union([variable, z.string()], { error: "expected { env: … } or a text" });

/**
 * A text, where that may be written down, or the variable that holds it. The fault of a text is put on the missing
 * `env`: messages show what they found, and this may be a secret.
 */
function textOr(mayBeWritten: (text: string) => boolean, expected: string) {
  return textOrVariable.superRefine((value, context) => {
    if (typeof value !== "string" || mayBeWritten(value)) return;
    context.addIssue({ code: "custom", path: ["env"], message: expected });
  });
}

const secret = textOr(() => false, "expected the variable that holds the secret").transform(
  (value) => value as z.output<typeof variable>,
);

function isOfThisMachine(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && isLoopback(url);
}

const on = z
  .array(z.enum(["success", "failure", "recovery"]))
  .min(1)
  .optional();

const webhook = z.strictObject({
  kind: z.literal("webhook"),
  url: textOr(
    (text) => isOfThisMachine(text) || URL.parse(text)?.protocol === "https:",
    "expected the variable that holds the address, or an https address in place of it",
  ),
  headers: z
    .record(z.string().regex(/^[\w-]+$/, "expected the name of a header"), textOrVariable)
    .default({})
    .superRefine((headers, context) => {
      for (const [name, value] of Object.entries(headers)) {
        if (typeof value !== "string" || !/auth|cookie|token|secret|key|password/i.test(name)) continue;
        const message = "expected the variable that holds the secret";
        context.addIssue({ code: "custom", path: [name, "env"], message });
      }
    }),
  secret: secret.optional(),
  on,
});

const slack = z.strictObject({
  kind: z.literal("slack"),
  url: textOr(isOfThisMachine, "expected the variable that holds the address, which is a secret"),
  on,
});

const email = z
  .strictObject({
    kind: z.literal("email"),
    host: z.string().regex(/^[\w.:-]+$/, "expected a host"),
    port: z.int().min(1).max(65_535).optional(),
    tls: z.enum(["starttls", "implicit", "none"]).default("starttls"),
    user: z.string().min(1).optional(),
    password: secret.optional(),
    from: z.email(),
    to: z.array(z.email()).min(1),
    on,
  })
  .superRefine(({ host, tls, user, password }, context) => {
    const fault = (field: string, message: string): void =>
      context.addIssue({ code: "custom", path: [field], message });
    if (user === undefined && password !== undefined) fault("user", "expected a name for the password");
    if (user !== undefined && password === undefined) fault("password", "expected { env: … } for the user");
    if (password !== undefined && tls === "none" && !isOfThisMachine(`smtp://${host}`)) {
      fault("tls", 'expected "starttls" or "implicit" where a password is sent');
    }
  });

const github = z.strictObject({
  kind: z.literal("github"),
  token: secret.default({ env: "GITHUB_TOKEN" }),
  status: z.boolean().default(true),
  deployment: z.boolean().default(true),
});

/** One of those who are told how a run ended. */
export const notifier = z.discriminatedUnion("kind", [webhook, slack, email, github], {
  error: 'expected "webhook", "slack", "email" or "github"',
});

export type ParsedNotifier = z.output<typeof notifier>;
