import type { ChildProcess } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { connects, freePort, started } from "./acme.ts";
import { FOLDER } from "./folder.ts";

/** A mail server on loopback, Debian's aiosmtpd, which keeps what it gets in a mailbox. */
export class MailServer {
  private constructor(
    private readonly mailbox: string,
    readonly port: number,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<MailServer> {
    const mailbox = path.join(fs.mkdtempSync(path.join(FOLDER, "mail-")), "box");
    const port = await freePort();
    // Debian's own Python, which has Debian's packages.
    const words = ["-m", "aiosmtpd", "--nosetuid", "--listen", `127.0.0.1:${port}`, "--class", "aiosmtpd.handlers.Mailbox", mailbox];
    return new MailServer(mailbox, port, await started("/usr/bin/python3", words, {}, () => connects(port)));
  }

  /** What has arrived, each mail with its lines joined (RFC 5322 section 2.2.3, RFC 2045 section 6.7). */
  mails(): string[] {
    const arrived = path.join(this.mailbox, "new");
    if (!fs.existsSync(arrived)) return [];
    const texts = fs.readdirSync(arrived).map((name) => fs.readFileSync(path.join(arrived, name), "utf8"));
    return texts.map((text) => text.replaceAll("\r\n", "\n").replaceAll("=\n", "").replaceAll("\n ", " "));
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await ended;
  }
}
