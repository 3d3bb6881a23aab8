import { type ChildProcess, spawn } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import nodeHttps from "node:https";
import path from "node:path";
import { FOLDER } from "./folder.ts";
import { https, multipart } from "./https.ts";
import { type Pair, rootCa, serverCertificate } from "./material.ts";
import { type Node, PASSWORD } from "./node.ts";
import { session } from "./session.ts";

/** How long a program may take until it answers. */
const START_MS = 30_000;

/** How many ports a worker has; and the one that is looked at next. */
const PORTS = 4_000;
let nextPort = process.pid % PORTS;

/**
 * A port of loopback that nobody listens on, and nobody gets who takes any: the system gives away those from 32768 on. Each is given
 * once, and each worker has its own range.
 */
export async function freePort(): Promise<number> {
  const range = 10_000 + PORTS * (Number(process.env.TEST_PARALLEL_INDEX ?? 0) % 5);
  for (;;) {
    const port = range + (nextPort++ % PORTS);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = net.createServer();
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

/** A server from a Debian package, once it answers. Who starts it ends it. */
export async function started(program: string, words: string[], env: NodeJS.ProcessEnv, answers: () => Promise<boolean>): Promise<ChildProcess> {
  const child = spawn(program, words, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  let failure: Error | undefined;
  child.once("error", (error: NodeJS.ErrnoException) => {
    failure = error.code === "ENOENT" ? new Error(`${program} is missing: install the Debian package of it`) : error;
  });
  child.once("exit", (code) => (failure ??= new Error(`${program} ended with ${code}: ${said}`)));
  for (const begun = Date.now(); Date.now() - begun < START_MS; await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (failure) throw failure;
    if (await answers()) return child;
  }
  child.kill("SIGKILL");
  throw new Error(`${program} does not answer: ${said}`);
}

export function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port }, () => resolve(socket.destroy() !== undefined));
    socket.once("error", () => resolve(false));
  });
}

/** What a journey needs of the service before it begins, by the interface that the page uses. */
export class AcmeCalls {
  private constructor(
    private readonly node: Node,
    private readonly pebble: Pebble,
    private readonly headers: Record<string, string>,
  ) {}

  /** An account with the pebble, whose root is in the trusted CA list. */
  static async registered(node: Node, pebble: Pebble, settings: object = {}): Promise<AcmeCalls> {
    const calls = new AcmeCalls(node, pebble, await session(node));
    await calls.call("POST", "/session/confirm", { password: PASSWORD });
    await calls.set(settings);
    const { terms_of_service } = (await calls.call("POST", "/acme/directory", calls.provider)) as { terms_of_service: string | null };
    await calls.call("POST", "/acme/accounts", { email: "admin@example.com", terms_of_service });
    const { headers, body } = multipart([{ name: "file", value: await pebble.root(), fileName: "root.pem" }]);
    const answer = await https(node.port, "POST", "/api/v1/trusted-cas", { headers: { ...calls.headers, ...headers }, body });
    if (answer.status >= 300) throw new Error(`appending the root: ${answer.status} ${answer.body}`);
    return calls;
  }

  private get provider(): object {
    return { provider: "other", directory: this.pebble.directory, ca_pem: this.pebble.ca };
  }

  /** Sets what differs from what a fresh node has. */
  async set(settings: object): Promise<void> {
    await this.call("PUT", "/acme/settings", { ...this.provider, ...settings });
  }

  /** Has a certificate signed, trusts its CAs, and deploys it. Gives its PEM. */
  async deployed(): Promise<string> {
    await this.call("POST", "/acme/sign");
    for (const begun = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 100))) {
      const { status, pending } = (await this.call("GET", "/acme")) as AcmeStanding;
      if (pending && !status.running) {
        if (pending.cas_at_hand.length > 0) await this.call("POST", "/acme/pending/trusted-cas");
        await this.call("POST", "/acme/pending/deploy", { anyway: false });
        return pending.certificate.pem;
      }
      if (!status.running || Date.now() - begun > START_MS) throw new Error(`nothing is signed: ${JSON.stringify(status)}`);
    }
  }

  private async call(method: string, path: string, message?: object): Promise<unknown> {
    const body = message && JSON.stringify(message);
    const told = body ? { "content-type": "application/json", "content-length": Buffer.byteLength(body) } : {};
    const answer = await https(this.node.port, method, `/api/v1${path}`, { headers: { ...this.headers, ...told }, body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return answer.body ? JSON.parse(answer.body) : undefined;
  }
}

/** What is read of `GET /acme`. */
interface AcmeStanding {
  status: { running: string | null };
  pending: { certificate: { pem: string }; cas_at_hand: unknown[] } | null;
}

/** A pebble, with a server of names to which every name is 127.0.0.1. */
export class Pebble {
  private constructor(
    private readonly programs: ChildProcess[],
    private readonly management: number,
    private readonly authority: Pair,
    /** The URL of its directory. */
    readonly directory: string,
  ) {}

  /** `httpPort` is where it looks for http-01: the plain HTTP port of a node. */
  static async start(httpPort: number): Promise<Pebble> {
    const folder = fs.mkdtempSync(path.join(FOLDER, "pebble-"));
    const authority = rootCa("Pebble's own TLS");
    const pair = serverCertificate(authority, { commonName: "localhost", names: ["DNS:localhost"] });
    const file = (name: string, text: string): string => {
      fs.writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    };
    const [port, management, dns, told] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const config = {
      pebble: {
        listenAddress: `127.0.0.1:${port}`,
        managementListenAddress: `127.0.0.1:${management}`,
        certificate: file("tls.pem", pair.certificate),
        privateKey: file("tls.key", pair.key),
        httpPort,
        tlsPort: await freePort(),
        ocspResponderURL: "",
        externalAccountBindingRequired: false,
        certificateValidityPeriod: 90 * 24 * 60 * 60,
      },
    };
    const programs: ChildProcess[] = [];
    try {
      const off = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""];
      const names = [...off, "-dns01", `127.0.0.1:${dns}`, "-management", `127.0.0.1:${told}`];
      programs.push(await started("pebble-challtestsrv", names, {}, async () => (await connects(dns)) && connects(told)));
      const words = ["-strict", "-dnsserver", `127.0.0.1:${dns}`, "-config", file("pebble.json", JSON.stringify(config))];
      const env = { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0", PEBBLE_AUTHZREUSE: "0" };
      programs.push(await started("pebble", words, env, async () => (await connects(port)) && connects(management)));
    } catch (error) {
      for (const program of programs) program.kill("SIGKILL");
      throw error;
    }
    return new Pebble(programs, management, authority, `https://localhost:${port}/dir`);
  }

  /** The CA of its own TLS certificate, PEM. It has nothing to do with what it issues. */
  get ca(): string {
    return this.authority.certificate;
  }

  /** The root of what it issues, PEM. */
  root(): Promise<string> {
    return this.told("/roots/0");
  }

  /** What it says of a certificate that it has issued: `Valid` or `Revoked`. */
  async status(certificate: string): Promise<string> {
    const serial = new crypto.X509Certificate(certificate).serialNumber.toLowerCase().replace(/^0+/, "");
    return (JSON.parse(await this.told(`/cert-status-by-serial/${serial}`)) as { Status: string }).Status;
  }

  stop(): void {
    for (const program of this.programs) program.kill("SIGKILL");
  }

  private told(where: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { host: "localhost", port: this.management, path: where, ca: this.ca, agent: false };
      const request = nodeHttps.get(options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => {
          const body = Buffer.concat(chunks).toString("utf8");
          if (answer.statusCode === 200) resolve(body);
          else reject(new Error(`${where}: ${answer.statusCode} ${body}`));
        });
      });
      request.on("error", reject);
    });
  }
}
