import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { FOLDER } from "./folder.ts";
import { https } from "./https.ts";

export const BINARY = process.env.CERTWAY_BINARY ?? path.resolve(import.meta.dirname, "../../target/release/certway");

/** The node's name: its temporary certificate has it, and so have the certificates that the tests make. */
export const NAME = "expe1.example.com";
export const PASSWORD = "seven journeys before breakfast";

/** What a node is started with, if it is not what most are. */
interface Start {
  password?: "from-file" | "made";
  configuration?: string;
  /** Another name, for a second node. */
  name?: string;
  /** More words of its command line. */
  words?: string[];
}

/** A running node with a data folder of its own. */
export class Node {
  private constructor(
    private readonly child: ChildProcess,
    readonly folder: string,
    readonly name: string,
    private readonly words: string[],
    readonly port: number,
    readonly httpPort: number,
    /** The port that asks any browser for its certificate. */
    readonly ownCertificatePort: number,
    readonly output: string[],
  ) {}

  static async start({ password = "from-file", configuration = "", name = NAME, words = [] }: Start = {}): Promise<Node> {
    const folder = fs.mkdtempSync(path.join(FOLDER, "node-"));
    fs.writeFileSync(path.join(folder, "password"), PASSWORD, { mode: 0o600 });
    fs.writeFileSync(path.join(folder, "certway.toml"), `name = "${name}"\n${configuration}`);
    return Node.run(folder, name, words, password);
  }

  /** Brings a backup back into a folder of its own, and starts the node that is in it. */
  static async restored(backup: string, passphrase: string): Promise<Node> {
    const folder = fs.mkdtempSync(path.join(FOLDER, "node-"));
    fs.writeFileSync(path.join(folder, "passphrase"), passphrase, { mode: 0o600 });
    fs.writeFileSync(path.join(folder, "certway.toml"), `name = "${NAME}"\n`);
    execFileSync(BINARY, ["restore", "--data-dir", "data", "--passphrase-file", "passphrase", backup], { cwd: folder, stdio: "pipe" });
    return Node.run(folder, NAME, [], "made");
  }

  private static async run(folder: string, name: string, more: string[], password: "from-file" | "made"): Promise<Node> {
    const words = ["serve", "--config", "certway.toml", "--data-dir", "data", "--https", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    words.push("--client-certificate", "127.0.0.1:0", ...more);
    const env: NodeJS.ProcessEnv = { ...process.env, CERTWAY_ADMIN_PASSWORD_FILE: path.join(folder, "password") };
    if (password === "made") delete env.CERTWAY_ADMIN_PASSWORD_FILE;
    const child = spawn(BINARY, words, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const log = fs.createWriteStream(path.join(folder, "node.log"), { flags: "a" });
    child.stderr.pipe(log);
    const output: string[] = [];
    const ports = await new Promise<[https: number, http: number, ownCertificate: number]>((resolve, reject) => {
      const found: number[] = [];
      child.once("exit", (code) => reject(new Error(`the node ended with ${code}: ${read(folder, "node.log")}`)));
      child.once("error", reject);
      readline.createInterface({ input: child.stdout }).on("line", (line) => {
        output.push(line);
        // In the order in which the node says them.
        const address = /https?:\/\/[^/\s:]+:(\d+)/.exec(line);
        if (address) found.push(Number(address[1]));
        if (found.length === 3) resolve([found[0] ?? 0, found[1] ?? 0, found[2] ?? 0]);
      });
    });
    const node = new Node(child, folder, name, more, ...ports, output);
    await node.answers();
    return node;
  }

  /** Where the browser goes. The name leads to 127.0.0.1 in the browser of the tests. */
  get origin(): string {
    return `https://${this.name}:${this.port}`;
  }

  private async answers(): Promise<void> {
    for (let patience = 100; patience > 0; patience -= 1) {
      const status = await https(this.port, "GET", "/readyz").then((answer) => answer.status, () => 0);
      if (status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the node does not get ready: ${read(this.folder, "node.log")}`);
  }

  /** The node's temporary CA, PEM. */
  async temporaryCa(): Promise<string> {
    const answer = await https(this.port, "GET", "/api/v1/node");
    return (JSON.parse(answer.body) as { temporary_ca_pem: string }).temporary_ca_pem;
  }

  /** Asks the node to end, and waits for it. Its folder goes with the run's: a browser may still write into it. */
  async stop(): Promise<void> {
    await this.end("SIGTERM");
  }

  /** Ends the node without warning and starts it again on the same data. Its ports are new. */
  async crashAndRestart(): Promise<Node> {
    await this.end("SIGKILL");
    return Node.run(this.folder, this.name, this.words, "from-file");
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill(signal);
    const patience = setTimeout(() => this.child.kill("SIGKILL"), 15_000);
    await ended;
    clearTimeout(patience);
  }
}

function read(folder: string, name: string): string {
  const file = path.join(folder, name);
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
}
