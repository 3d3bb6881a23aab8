// Puts the page's second module beside the first one, and its name into the document: the service worker keeps what the
// document names. Trunk calls it when all else is there.
import { copyFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const made = join(import.meta.dirname, "../out/deferred");
const staging = process.env.TRUNK_STAGING_DIR;
for (const name of existsSync(made) ? readdirSync(made) : []) {
  copyFileSync(join(made, name), join(staging, name));
  const document = join(staging, "index.html");
  const text = readFileSync(document, "utf8");
  writeFileSync(document, text.replace("</head>", `<meta name="deferred" content="/${name}"></head>`));
}
