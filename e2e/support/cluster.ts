import http2 from "node:http2";
import { freePort } from "./acme.ts";
import { Etcd } from "./etcd.ts";
import { type Answer, https, multipart, servedNow } from "./https.ts";
import { type Pair, fingerprint, serverCertificate } from "./material.ts";
import { Node, PASSWORD } from "./node.ts";
import { session } from "./session.ts";

/** How long a cluster may take to be as it is said to be. */
const PATIENCE_MS = 40_000;

/** What a node says of its cluster, as far as journeys need it. */
interface ClusterState {
  mode: string;
  verdicts: { verdict: string }[];
}

/** Real nodes and a real etcd; every node has a server and a client certificate of `ca` and verifies every other one. */
export class Cluster {
  private constructor(
    private readonly etcd: Etcd,
    readonly nodes: Node[],
    private readonly headers: Record<string, string>[],
  ) {}

  static async start(count: number, ca: Pair): Promise<Cluster> {
    const etcd = await Etcd.start();
    const cluster = new Cluster(etcd, [], []);
    try {
      for (let index = 0; index < count; index += 1) await cluster.add(`expe${index + 1}.example.com`);
      await cluster.call(0, "POST", "/trusted-cas", { parts: [{ name: "file", value: ca.certificate, fileName: "ca.pem" }] });
      for (const [index, node] of cluster.nodes.entries()) {
        await until(`${node.name} has the CA`, async () => (await cluster.trusted(index)).includes(fingerprint(ca.certificate)));
        const pair = certificateFor(ca, node.name);
        await cluster.upload(index, "/server-certificate", pair);
        await cluster.upload(index, "/client-certificate", pair);
      }
      await cluster.verified();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** One more node; the first one founds the cluster. */
  private async add(name: string): Promise<void> {
    const node = await Node.start({ name, words: ["--cluster", `etcd=${this.etcd.url}`, "--peers", `127.0.0.1:${await freePort()}`] });
    const index = this.nodes.push(node) - 1;
    this.headers.push(await confirmed(node));
    if (index === 0) {
      await this.call(0, "POST", "/cluster");
      return;
    }
    const { token } = (await this.call(0, "POST", "/cluster/tokens")) as { token: string };
    await this.call(index, "POST", "/cluster/join", { json: { token } });
    // Users are those of the cluster now.
    this.headers[index] = await confirmed(node);
  }

  /** A call to a node by the interface, as its administrator. */
  async call(index: number, method: string, path: string, message: { json?: object; parts?: Parameters<typeof multipart>[0] } = {}): Promise<unknown> {
    const body = message.parts ? multipart(message.parts) : json(message.json);
    const node = this.nodes[index];
    if (!node) throw new Error(`there is no node ${index}`);
    const answer: Answer = await https(node.port, method, `/api/v1${path}`, { headers: { ...this.headers[index], ...body.headers }, body: body.body });
    if (answer.status >= 300) throw new Error(`${method} ${path} at ${node.name}: ${answer.status} ${answer.body}`);
    return answer.body ? JSON.parse(answer.body) : undefined;
  }

  async upload(index: number, path: string, pair: Pair): Promise<void> {
    await this.call(index, "PUT", path, { parts: [{ name: "certificate", value: pair.certificate }, { name: "private_key", value: pair.key }] });
  }

  /** Gives a node a new certificate that waits for the change. */
  letWait(index: number, pair: Pair): Promise<void> {
    return this.upload(index, "/server-certificate?wait=true", pair);
  }

  async setMode(mode: "permissive" | "enforce"): Promise<void> {
    await this.call(0, "PUT", "/cluster/verification-mode", { json: { mode } });
    for (const index of this.nodes.keys()) await until(`the mode is ${mode}`, async () => (await this.state(index)).mode === mode);
  }

  /** Waits until every node says that every one verifies every other one. */
  async verified(): Promise<void> {
    const pairs = this.nodes.length * (this.nodes.length - 1);
    for (const index of this.nodes.keys()) {
      await until("all verify each other", async () => {
        const { verdicts } = await this.state(index);
        return verdicts.length === pairs && verdicts.every(({ verdict }) => verdict === "verified");
      });
    }
  }

  /** The fingerprints of a node's trusted CA list. */
  async trusted(index: number): Promise<string[]> {
    const list = (await this.call(index, "GET", "/trusted-cas")) as { certificates: { fingerprint: string }[] };
    return list.certificates.map((ca) => ca.fingerprint);
  }

  state(index: number): Promise<ClusterState> {
    return this.call(index, "GET", "/cluster") as Promise<ClusterState>;
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.etcd.stop();
  }
}

/** A sound certificate for a node. */
export function certificateFor(ca: Pair, name: string): Pair {
  return serverCertificate(ca, { commonName: name, names: [`DNS:${name}`] });
}

/** Twenty new TLS connections a second to every node, and one connection to each that stays and is used all the time. */
export class Load {
  made = 0;
  readonly failures: string[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly streams: http2.ClientHttp2Session[] = [];
  private readonly waiting = new Set<Promise<void>>();
  private ended = false;

  constructor(nodes: Node[]) {
    for (const node of nodes) {
      const stream = http2.connect(`https://127.0.0.1:${node.port}`, { rejectUnauthorized: false, servername: node.name });
      stream.on("error", (error) => this.failures.push(`the connection to ${node.name} that stays: ${error}`));
      stream.on("close", () => {
        if (!this.ended) this.failures.push(`the connection to ${node.name} that stays is closed`);
      });
      this.streams.push(stream);
      this.every(50, `a new connection to ${node.name}`, async () => void (await servedNow(node.port, node.name)));
      this.every(250, `a request on the connection to ${node.name} that stays`, () => request(stream, node));
    }
  }

  private every(milliseconds: number, what: string, act: () => Promise<void>): void {
    const once = () => {
      this.made += 1;
      const done: Promise<void> = act().catch((error) => void this.failures.push(`${what}: ${error}`)).finally(() => this.waiting.delete(done));
      this.waiting.add(done);
    };
    this.timers.push(setInterval(once, milliseconds));
  }

  async end(): Promise<void> {
    this.timers.forEach((timer) => clearInterval(timer));
    await Promise.all(this.waiting);
    this.ended = true;
    this.streams.forEach((stream) => stream.destroy());
  }
}

function request(stream: http2.ClientHttp2Session, node: Node): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = stream.request({ ":path": "/healthz", ":authority": `${node.name}:${node.port}` });
    asked.on("response", (headers) => (headers[":status"] === 200 ? resolve() : reject(new Error(`status ${headers[":status"]}`))));
    asked.on("error", reject);
    asked.resume();
  });
}

async function confirmed(node: Node): Promise<Record<string, string>> {
  const headers = await session(node);
  const { headers: more, body } = json({ password: PASSWORD });
  const answer = await https(node.port, "POST", "/api/v1/session/confirm", { headers: { ...headers, ...more }, body });
  if (answer.status >= 300) throw new Error(`confirming: ${answer.status} ${answer.body}`);
  return headers;
}

function json(message?: object): { headers: Record<string, string | number>; body?: string } {
  if (!message) return { headers: {} };
  const body = JSON.stringify(message);
  return { headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) }, body };
}

async function until(what: string, so: () => Promise<boolean>): Promise<void> {
  for (const begun = Date.now(); Date.now() - begun < PATIENCE_MS; await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (await so()) return;
  }
  throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
}
