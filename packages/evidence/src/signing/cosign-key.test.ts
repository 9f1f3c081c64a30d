import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { Secret } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { encryptPrivateKey, readPrivateKey } from "./cosign-key.ts";
import { generateKey, keyPair, publicPem } from "./key-pair.ts";
import { keyIdOf, readPublicKey } from "./public-key.ts";

const password = (text: string) => () => Promise.resolve(new Secret(text));
const neverAsked = (): Promise<never> => Promise.reject(new Error("asked for a password"));

function pem(label: string, body: string): string {
  return `-----BEGIN ${label}-----\n${body.match(/.{1,64}/g)!.join("\n")}\n-----END ${label}-----\n`;
}

/** Made by cosign 3.1.1 for this test, with the password "secret". */
const SEALED =
  "eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6OCwicCI6MX0sInNhbHQiOiIySUd6aUxy" +
  "d25FaHdrZ1kwTWNvdHhEWUN2VTdEOWNVYTVMZXFWbnRCVnlRPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94" +
  "Iiwibm9uY2UiOiJNdDEySTAxbU94M1I1eWFNR1d4bjVYdk1neVpxbDYzbCJ9LCJjaXBoZXJ0ZXh0IjoiWkdKL3V4UzVoWGFI" +
  "enNLQW5HNFNtVUE4aFo3YzVzN0tkdlR1aU9DazZpaDF1eXB6V093REZDYjlNeWkxS0lKdjhJTThaQ0JIZU4xNExubi96cDlO" +
  "V3FOWVRQclErVFM5enIwWVdxWGxvZktJbllWMGFmWEpBak5DcXhFMEFLMEs3ZG4zU1pCSkYrMDArWUl5YXJHWWJmYThXUW13" +
  "TWpxWDZPS0k2TDd3d2ZDeFhzczBQMmlTRDlMT3kzUEJMR0JKWnBaWnRsb1lRQjBtNHc9PSJ9";
const PUBLIC = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYK2ix0xcfAYktz6LV+PlPoh4g8BT
JvcxMI1Z+/xHw1LNDOQRnmo9CzCX+1E8VoZZnGJft1wYn0bnLMofBrpa1A==
-----END PUBLIC KEY-----`;

describe("a key that cosign made", () => {
  it.each(["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"])(
    "opens as %s",
    async (label) => {
      const key = await readPrivateKey(pem(label, SEALED), password("secret"));
      expect(publicPem(key).trim()).toBe(PUBLIC.trim());
    },
  );

  it("does not open with another password", async () => {
    const opening = readPrivateKey(
      pem("ENCRYPTED SIGSTORE PRIVATE KEY", SEALED),
      password("wrong"),
      "cosign.key",
    );
    await expect(opening).rejects.toMatchObject({
      code: "wrong-password",
      message: "cosign.key: the password does not open it",
    });
  });
});

describe("a key of ours", () => {
  it("is read back", async () => {
    const key = await generateKey();
    const written = await encryptPrivateKey(key, new Secret("päss wörd"));
    expect(written).toMatch(/^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n/);
    const read = await readPrivateKey(written, password("päss wörd"));
    expect(publicPem(read)).toBe(publicPem(key));
  });
});

describe("keys of other tools", () => {
  it("are read without a password where they have none", async () => {
    const key = await generateKey();
    const plain = key.export({ type: "pkcs8", format: "pem" }).toString();
    expect(publicPem(await readPrivateKey(plain, neverAsked))).toBe(publicPem(key));
  });

  it("are read with the password of PKCS #8", async () => {
    const key = await generateKey();
    const options = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "p" } as const;
    const sealed = key.export(options).toString();
    expect(publicPem(await readPrivateKey(sealed, password("p")))).toBe(publicPem(key));
    await expect(readPrivateKey(sealed, password("q"))).rejects.toMatchObject({ code: "wrong-password" });
  });

  it("are refused by name where they are not on P-256", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    expect(() => keyPair(privateKey, "old.key")).toThrow(
      /^old\.key: expected an ECDSA key on P-256, found ed25519$/,
    );
    const text = publicKey.export({ type: "spki", format: "pem" }).toString();
    expect(() => readPublicKey(text, "old.pub")).toThrow(/found ec secp384r1$/);
  });
});

describe("what is no key", () => {
  const sealed = (change: object): string =>
    Buffer.from(
      JSON.stringify({
        kdf: { name: "scrypt", params: { N: 65_536, r: 8, p: 1 }, salt: "AAAA" },
        cipher: { name: "nacl/secretbox", nonce: Buffer.alloc(24).toString("base64") },
        ciphertext: "AAAA",
        ...change,
      }),
    ).toString("base64");
  const scrypt = (params: object): object => ({ kdf: { name: "scrypt", params, salt: "AAAA" } });

  it.each<[string, string, RegExp]>([
    ["a text", "hello", /expected a private key in PEM/],
    ["a public key", PUBLIC, /expected a private key in PEM/],
    ["a long text", "x".repeat(100_000), /longer than 65536 bytes/],
    ["a broken body", pem("PRIVATE KEY", "AAAA"), /no private key that can be read/],
    ["a sealed text", pem("ENCRYPTED SIGSTORE PRIVATE KEY", "aGVsbG8="), /is not JSON/],
    ["a sealed null", pem("ENCRYPTED SIGSTORE PRIVATE KEY", "bnVsbA=="), /expected scrypt and nacl/],
    [
      "another cipher",
      pem("ENCRYPTED SIGSTORE PRIVATE KEY", sealed({ cipher: { name: "aes", nonce: "" } })),
      /expected scrypt and nacl/,
    ],
    [
      "a nonce too short",
      pem("ENCRYPTED SIGSTORE PRIVATE KEY", sealed({ cipher: { name: "nacl/secretbox", nonce: "AAAA" } })),
      /expected scrypt and nacl/,
    ],
    [
      "a cost that is no power of two",
      pem("ENCRYPTED SIGSTORE PRIVATE KEY", sealed(scrypt({ N: 65_537, r: 8, p: 1 }))),
      /expected scrypt and nacl/,
    ],
    [
      "a cost that takes all memory",
      pem("ENCRYPTED SIGSTORE PRIVATE KEY", sealed(scrypt({ N: 2 ** 30, r: 8, p: 1 }))),
      /asks for more than/,
    ],
  ])("is refused: %s", async (_, text, message) => {
    await expect(readPrivateKey(text, password("x"), "file")).rejects.toMatchObject({
      code: "invalid-key",
      message: expect.stringMatching(message),
    });
  });

  it("is refused as a public key, with a word where it is a private one", async () => {
    const plain = (await generateKey()).export({ type: "pkcs8", format: "pem" }).toString();
    expect(() => readPublicKey(plain)).toThrow(
      expect.objectContaining({ code: "invalid-key", hint: expect.stringMatching(/private key/) }),
    );
    expect(() => readPublicKey(pem("PUBLIC KEY", "AAAA"))).toThrow(/no public key that can be read/);
  });
});

it("names a key as ssh does", () => {
  expect(keyIdOf(createPublicKey(PUBLIC))).toBe("SHA256:6OI5H0KqNF0gqhmyKF8/RV9IiAGvjV+8+z3TmQqQhxQ=");
});
