import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** The headers of a signed request. */
export const signingHeaders = {
  client: "Wx-Client",
  timestamp: "Wx-Timestamp",
  nonce: "Wx-Nonce",
  bodyHash: "Wx-Content-Sha256",
  signature: "Wx-Signature",
} as const;

/** What a signature covers. */
export interface SignedParts {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly target: string;
  /** Seconds since 1970, in ten digits. */
  readonly timestamp: string;
  /** 16 to 64 letters, digits, `-` and `_`, never the same twice. */
  readonly nonce: string;
  /** The body's SHA-256 in hex; that of nothing for a request without a body. */
  readonly bodyHash: string;
}

/** Who signs: a client of the gateway. */
export interface SigningClient {
  /** The client's name in the gateway's `clients`. */
  readonly client: string;
  /** The secret that it shares with the gateway. */
  readonly secret: string;
}

/** The SHA-256 of a body that is not there. */
export const emptyHash = sha256("");

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** HMAC-SHA256, in hex, over `v1` and the parts, one on a line. */
export function signParts(secret: string, parts: SignedParts): string {
  const { method, target, timestamp, nonce, bodyHash } = parts;
  const text = ["v1", method, target, timestamp, nonce, bodyHash].join("\n");
  return createHmac("sha256", secret).update(text).digest("hex");
}

/** Whether one of the secrets made this signature. It takes the same time whichever did, or none. */
export function isSignedBy(
  secrets: readonly string[],
  parts: SignedParts,
  signature: string,
): boolean {
  const given = Buffer.from(signature, "hex");
  let matches = false;
  for (const secret of secrets) {
    const expected = Buffer.from(signParts(secret, parts), "hex");
    if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;
  }
  return matches;
}

/**
 * The headers that sign a request to `tokenServer` or `apiProxy`, good for one use.
 *
 * ```ts
 * const headers = signRequest({ client: "shop", secret: "…" }, "GET", "/tokens/wx…");
 * const response = await fetch("https://gateway.example.com/tokens/wx…", { headers });
 * ```
 */
export function signRequest(
  { client, secret }: SigningClient,
  method: string,
  target: string,
  body: string | Uint8Array = "",
): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = randomBytes(16).toString("hex");
  const bodyHash = sha256(body);
  return {
    [signingHeaders.client]: client,
    [signingHeaders.timestamp]: timestamp,
    [signingHeaders.nonce]: nonce,
    [signingHeaders.bodyHash]: bodyHash,
    [signingHeaders.signature]: signParts(secret, { method, target, timestamp, nonce, bodyHash }),
  };
}
