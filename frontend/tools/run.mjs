import { spawn } from "node:child_process";

/** Runs a program to its end, its output passing through. */
export function run(program, words) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", reject);
    child.on("close", (status) => (status === 0 ? resolve() : reject(new Error(`${program} ended with ${status}`))));
  });
}
