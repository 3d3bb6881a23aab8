import { expect, test } from "../support/test.ts";
import { https, multipart, plainHttp, servedNow } from "../support/https.ts";
import { fingerprint, serverCertificate } from "../support/material.ts";
import { NAME } from "../support/node.ts";
import { session } from "../support/session.ts";

test.describe("The node", () => {
  test("redirects plain HTTP and serves nothing there", async ({ node }) => {
    const answer = await plainHttp(node.httpPort, "/check?x=1", `${NAME}:${node.httpPort}`);
    expect(answer.status).toBe(308);
    expect(answer.headers.location).toBe(`https://${NAME}:${node.port}/check?x=1`);
  });

  test("sends its page under a strict policy, and tells nothing to those who are not signed in", async ({ node }) => {
    const page = await https(node.port, "GET", "/", { headers: { accept: "text/html" } });
    const policy = String(page.headers["content-security-policy"]);
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'", "'wasm-unsafe-eval'"]) {
      expect(policy).toContain(rule);
    }
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'/);
    expect(page.headers["x-content-type-options"]).toBe("nosniff");
    expect(page.headers["strict-transport-security"], "no HSTS while the certificate is temporary").toBeUndefined();
    for (const path of ["/api/v1/server-certificate", "/api/v1/trusted-cas", "/api/v1/events", "/api/v1/alarms"]) {
      const answer = await https(node.port, "GET", path);
      expect(answer.status, path).toBe(401);
      expect(answer.headers["content-type"]).toContain("application/problem+json");
    }
  });

  test("gives no private key away, in no answer", async ({ node, ca }) => {
    const headers = await session(node);
    const pair = serverCertificate(ca);
    const { headers: form, body } = multipart([
      { name: "certificate", value: pair.certificate, fileName: "a.pem" },
      { name: "private_key", value: pair.key, fileName: "a.key" },
    ]);
    const stored = await https(node.port, "PUT", "/api/v1/server-certificate", { headers: { ...headers, ...form }, body });
    expect(stored.status).toBe(200);
    const secret = pair.key.split("\n")[1] ?? "";
    const paths = ["server-certificate", "server-certificate.pem", "trusted-cas", "events", "alarms", "session", "node", "openapi.json"];
    for (const path of paths) {
      const answer = await https(node.port, "GET", `/api/v1/${path}`, { headers });
      expect(answer.body + stored.body, path).not.toContain(secret);
    }
  });

  test("killed in mid-upload, serves the old pair or the new one, whole, and its store is sound", async ({ node, ca }) => {
    let current = node;
    try {
      for (const delay of [0, 3, 6, 10, 20]) {
        const before = (await servedNow(current.port, NAME)).leaf.fingerprint256;
        const headers = await session(current);
        const cas = multipart([{ name: "file", value: ca.certificate, fileName: "ca.pem" }]);
        await https(current.port, "POST", "/api/v1/trusted-cas", { headers: { ...headers, ...cas.headers }, body: cas.body });
        const pair = serverCertificate(ca);
        const form = multipart([
          { name: "certificate", value: pair.certificate, fileName: "a.pem" },
          { name: "private_key", value: pair.key, fileName: "a.key" },
        ]);
        const upload = https(current.port, "PUT", "/api/v1/server-certificate", { headers: { ...headers, ...form.headers }, body: form.body });
        const acknowledged = upload.then((answer) => answer.status === 200, () => false);
        await new Promise((resolve) => setTimeout(resolve, delay));
        current = await current.crashAndRestart();
        // The handshake proves that the key belongs to the certificate.
        const after = (await servedNow(current.port, NAME)).leaf.fingerprint256;
        const [old, fresh] = [before.replaceAll(":", "").toLowerCase(), fingerprint(pair.certificate)];
        const now = after.replaceAll(":", "").toLowerCase();
        expect((await acknowledged) ? [fresh] : [old, fresh]).toContain(now);
      }
    } finally {
      if (current !== node) await current.stop();
    }
  });
});
