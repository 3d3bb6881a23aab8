import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** The pictures of this run, if `CERTWAY_PICTURES` is set. */
export const PICTURES = path.resolve(import.meta.dirname, "../out/pictures");

if (process.env.CERTWAY_E2E_FOLDER === undefined) fs.rmSync(PICTURES, { recursive: true, force: true });

/** Everything that a run leaves on the disk. Its first process makes it, and the others find it in their environment. */
export const FOLDER = (process.env.CERTWAY_E2E_FOLDER ??= fs.mkdtempSync(path.join(os.tmpdir(), "certway-e2e-")));

/** Removes it, when all tests are done. A browser that has just been closed may still be writing, so it is tried again. */
export default function removeFolder(): void {
  fs.rmSync(FOLDER, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
