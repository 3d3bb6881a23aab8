import http2 from "node:http2";
import type { Pair } from "./material.ts";
import { NAME, type Node, PASSWORD } from "./node.ts";
import type { Answer } from "./https.ts";

/** One HTTP/2 connection of a program that shows a client certificate, held open, with a session on it. */
export class Connection {
  private cookie = "";

  private constructor(
    private readonly connection: http2.ClientHttp2Session,
    private readonly node: Node,
  ) {}

  /** Connects and signs in. */
  static async signedIn(node: Node, pair: Pair): Promise<Connection> {
    const connection = http2.connect(`https://127.0.0.1:${node.port}`, {
      cert: pair.certificate, key: pair.key, rejectUnauthorized: false,
    });
    const opened = new Connection(connection, node);
    await opened.call("POST", "/api/v1/session", { username: "admin", password: PASSWORD });
    return opened;
  }

  /** One more request on the same connection. */
  call(method: string, path: string, message?: object): Promise<Answer> {
    const stream = this.connection.request({
      ":method": method, ":path": path, ":authority": `${NAME}:${this.node.port}`, origin: this.node.origin,
      "x-certway-csrf": "e2e", cookie: this.cookie, ...(message ? { "content-type": "application/json" } : {}),
    }, { endStream: !message });
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
      stream.on("response", (given) => (headers = given));
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("end", () => {
        this.cookie = headers["set-cookie"]?.[0]?.split(";")[0] ?? this.cookie;
        resolve({ status: headers[":status"] ?? 0, headers, body: Buffer.concat(chunks).toString("utf8") });
      });
      if (message) stream.end(JSON.stringify(message));
    });
  }

  close(): void {
    this.connection.destroy();
  }
}
