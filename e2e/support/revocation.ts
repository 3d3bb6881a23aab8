import { spawn } from "node:child_process";
import http from "node:http";
import type { AddressInfo } from "node:net";
import readline from "node:readline";
import zlib from "node:zlib";
import { revocationDatabase, type Pair } from "./material.ts";

/** Something on loopback that goes on until it is stopped. */
export interface Service {
  url: string;
  stop: () => void;
}

/** A web server with one file: a revocation list, DER in gzip. */
export async function listServer(pem: string): Promise<Service> {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  const body = zlib.gzipSync(der);
  const server = http.createServer((request, response) => {
    if (request.url !== "/root.crl.gz") {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": "application/octet-stream" }).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/root.crl.gz`, stop };
}

/** `openssl ocsp`, which answers for `issuer` and says of `revoked` that they are. */
export async function responder(issuer: Pair, revoked: Pair[]): Promise<Service> {
  const { index, certificate, key } = revocationDatabase(issuer, revoked);
  const words = ["ocsp", "-port", "0", "-index", index, "-CA", certificate, "-rsigner", certificate, "-rkey", key, "-nmin", "5"];
  const program = spawn("openssl", words, { stdio: ["ignore", "pipe", "ignore"] });
  for await (const line of readline.createInterface({ input: program.stdout })) {
    const port = /^ACCEPT .*:(\d+)/.exec(line)?.[1];
    // By its process, which is ours.
    if (port !== undefined) return { url: `http://127.0.0.1:${port}/`, stop: () => void program.kill() };
  }
  throw new Error("openssl ocsp did not start");
}
