import type { ChildProcess } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { connects, freePort, started } from "./acme.ts";
import { FOLDER } from "./folder.ts";
import type { Pair } from "./material.ts";
import { NAME } from "./node.ts";

/** An nginx beside the node, with a certificate of its own until it is given another. */
export class Nginx {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(pair: Pair): Promise<Nginx> {
    const folder = fs.mkdtempSync(path.join(FOLDER, "nginx-"));
    const port = await freePort();
    fs.writeFileSync(path.join(folder, "fullchain.pem"), pair.certificate);
    fs.writeFileSync(path.join(folder, "key.pem"), pair.key, { mode: 0o600 });
    configure(folder, port, "fullchain.pem");
    const words = ["-p", folder, "-e", "error.log", "-c", "nginx.conf"];
    return new Nginx(await started("nginx", words, {}, () => connects(port)), folder, port);
  }

  /** Its entry in the configuration file of a node. */
  get service(): string {
    const file = (name: string, content: string) => `[[service.file]]\npath = "${path.join(this.folder, name)}"\ncontent = "${content}"\n`;
    return [
      `[[service]]\nname = "nginx"\nreload = ["nginx", "-p", "${this.folder}", "-e", "error.log", "-c", "nginx.conf", "-s", "reload"]\n`,
      file("fullchain.pem", "full-chain"),
      file("key.pem", "key"),
      `[service.probe]\naddress = "127.0.0.1:${this.port}"\nserver_name = "${NAME}"\nseconds = 5\n`,
    ].join("");
  }

  /** Makes its configuration name a file that is not there, so that it does not take it. */
  break(): void {
    configure(this.folder, this.port, "no-such-file.pem");
  }

  mend(): void {
    configure(this.folder, this.port, "fullchain.pem");
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await ended;
  }
}

function configure(folder: string, port: number, chain: string): void {
  const server = `listen 127.0.0.1:${port} ssl; ssl_certificate ${chain}; ssl_certificate_key key.pem;`;
  const text = `daemon off; worker_processes 1; pid nginx.pid; error_log error.log;\nevents {}\nhttp { access_log off; server { ${server} } }\n`;
  fs.writeFileSync(path.join(folder, "nginx.conf"), text);
}
