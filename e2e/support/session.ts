import { type Answer, https } from "./https.ts";
import { type Node, PASSWORD } from "./node.ts";

/** What a program of the node's own origin sends with every call. */
export function ownHeaders(node: Node): Record<string, string> {
  return { origin: node.origin, host: `${node.name}:${node.port}`, "x-certway-csrf": "e2e" };
}

/** Signs in by the interface. */
export function signIn(node: Node, password: string): Promise<Answer> {
  const body = JSON.stringify({ username: "admin", password });
  const headers = { ...ownHeaders(node), "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return https(node.port, "POST", "/api/v1/session", { headers, body });
}

/** A session as a program keeps it: the headers for the next calls. */
export async function session(node: Node): Promise<Record<string, string>> {
  const answer = await signIn(node, PASSWORD);
  if (answer.status >= 300) throw new Error(`signing in: ${answer.status} ${answer.body}`);
  return { ...ownHeaders(node), cookie: (answer.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "" };
}
