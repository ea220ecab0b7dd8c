import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key and a certificate that nobody trusts of himself: of localhost, or of the names given. */
export function ownCertificate(names: readonly string[] = ["localhost"]): {
  readonly key: Buffer;
  readonly cert: Buffer;
} {
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-certificate-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  try {
    const made = ["-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert];
    const all = names.map((name) => `DNS:${name}`).join(",");
    const of = ["-subj", `/CN=${names[0]}`, "-addext", `subjectAltName=${all}`];
    execFileSync("openssl", ["req", "-x509", ...made, ...of], { stdio: "ignore" });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
