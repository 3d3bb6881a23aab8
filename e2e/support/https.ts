import http from "node:http";
import nodeHttps from "node:https";
import tls from "node:tls";
import type { PeerCertificate } from "node:tls";

/** An answer of the node. */
export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/**
 * Asks the node, as a program would. Trust is not the matter of these calls; what the node serves is looked at with
 * `servedNow`, and the browser trusts nothing but what the test gave it.
 */
export function https(
  port: number,
  method: string,
  path: string,
  options: { headers?: http.OutgoingHttpHeaders; body?: Uint8Array | string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = nodeHttps.request(
      { host: "127.0.0.1", port, method, path, headers: options.headers, rejectUnauthorized: false, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString("utf8") }),
        );
      },
    );
    request.on("error", reject);
    request.end(options.body);
  });
}

/** Asks the plain HTTP port. */
export function plainHttp(port: number, path: string, host: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, path, headers: { host }, agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: "" }));
    });
    request.on("error", reject);
  });
}

/** One part of a multipart body. */
export interface Part {
  name: string;
  value: Uint8Array | string;
  fileName?: string;
}

/** A multipart body, and the header that names its boundary. */
export function multipart(parts: Part[]): { headers: http.OutgoingHttpHeaders; body: Buffer } {
  const boundary = "certway-e2e-boundary-7f3c1a";
  const pieces: Uint8Array[] = [];
  for (const { name, value, fileName } of parts) {
    const file = fileName ? `; filename="${fileName}"\r\nContent-Type: application/octet-stream` : "";
    pieces.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`));
    pieces.push(typeof value === "string" ? Buffer.from(value) : value, Buffer.from("\r\n"));
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`));
  const body = Buffer.concat(pieces);
  return {
    headers: { "content-type": `multipart/form-data; boundary=${boundary}`, "content-length": body.length },
    body,
  };
}

/** The chain that a new TLS handshake gets now, leaf first, as common names; the leaf's as a whole. */
export function servedNow(port: number, name: string): Promise<{ leaf: PeerCertificate; version: string }> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: "127.0.0.1", port, servername: name, rejectUnauthorized: false }, () => {
      const leaf = socket.getPeerCertificate(true);
      resolve({ leaf, version: socket.getProtocol() ?? "" });
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** Whether a TLS client that trusts only `ca` accepts what is served for `name`. */
export function isTrusted(port: number, name: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tls.connect({ host: "127.0.0.1", port, servername: name, ca }, () => {
      resolve(socket.authorized);
      socket.destroy();
    });
    socket.on("error", () => resolve(false));
  });
}

/** A TLS server that asks for a client certificate. */
export interface AskingServer {
  port: number;
  /** The fingerprints of the client certificates that it was shown and took. */
  shown: () => string[];
  close: () => Promise<void>;
}

/** Starts one that takes client certificates of `clientCa` only. */
export function askingServer(pair: { certificate: string; key: string }, clientCa: string): Promise<AskingServer> {
  const shown: string[] = [];
  const options = { cert: pair.certificate, key: pair.key, ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const server = tls.createServer(options, (socket) => {
    shown.push(socket.getPeerCertificate().fingerprint256.replaceAll(":", "").toLowerCase());
    socket.on("error", () => undefined);
  });
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({ port: typeof address === "object" && address ? address.port : 0, shown: () => shown, close });
    });
  });
}
