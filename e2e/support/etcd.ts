import type { ChildProcess } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { connects, freePort, started } from "./acme.ts";
import { FOLDER } from "./folder.ts";

/** An etcd of one member, in which the nodes of a cluster keep what they share. */
export class Etcd {
  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly memberPort: number,
    private process: ChildProcess,
  ) {}

  static async start(): Promise<Etcd> {
    const folder = fs.mkdtempSync(path.join(FOLDER, "etcd-"));
    const [port, memberPort] = [await freePort(), await freePort()];
    return new Etcd(folder, port, memberPort, await run(folder, port, memberPort));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends it; what it keeps stays. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await ended;
  }

  /** Brings it back, with what it kept. */
  async startAgain(): Promise<void> {
    this.process = await run(this.folder, this.port, this.memberPort);
  }

  /** Brings it back with nothing of what it kept. */
  async startEmpty(): Promise<void> {
    await this.stop();
    fs.rmSync(path.join(this.folder, "data"), { recursive: true });
    await this.startAgain();
  }
}

function run(folder: string, port: number, memberPort: number): Promise<ChildProcess> {
  const [clients, members] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${memberPort}`];
  const words = ["--data-dir", path.join(folder, "data"), "--listen-client-urls", clients, "--advertise-client-urls", clients];
  words.push("--listen-peer-urls", members, "--initial-advertise-peer-urls", members, "--initial-cluster", `default=${members}`);
  return started("etcd", words, {}, () => connects(port));
}
