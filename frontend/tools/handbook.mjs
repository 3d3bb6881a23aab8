// Makes the page's help of the handbook: its chapters as HTML, with their headings, in one JSON file. The page shows what
// it is given, so everything is looked at here: there is no HTML in the handbook, no picture, and no link that leads
// nowhere or out of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The chapters of a folder, in the order of the list of contents in its README.md, which is the first. */
export function handbook(folder, Marked) {
  const contents = readFileSync(join(folder, "README.md"), "utf8");
  const names = [...contents.matchAll(/^\d+\. \[.*\]\(([\w-]+)\.md\)$/gm)].map(([, name]) => name);
  if (names.length === 0) throw new Error("the handbook's README.md lists no chapters");
  const links = [];
  const chapters = ["README", ...names].map((name) => {
    const text = readFileSync(join(folder, `${name}.md`), "utf8");
    return chapter(name === "README" ? "" : name, text, Marked, links);
  });
  for (const { from, to, id } of links) {
    const target = chapters.find(({ name }) => name === to);
    const known = target && (!id || target.sections.some(({ ids }) => ids[0] === id));
    if (!known) throw new Error(`the handbook's ${from || "README"}.md links to ${to || "README"}.md#${id}, which is not there`);
  }
  return JSON.stringify({ chapters });
}

function chapter(name, text, Marked, links) {
  const sections = [];
  let title = "";
  const refuse = (what) => () => { throw new Error(`the handbook's ${name || "README"}.md has ${what}`); };
  const renderer = {
    heading({ tokens, depth }) {
      const words = plain(tokens);
      if (depth === 1) {
        title = words;
        return "";
      }
      const ids = [slug(words), ...tokens.filter(({ type }) => type === "codespan").map((code) => named(code.text))];
      sections.push({ ids: [...new Set(ids)], title: words });
      return `<h${depth} id="${ids[0]}" tabindex="-1">${this.parser.parseInline(tokens)}</h${depth}>\n`;
    },
    link({ href, tokens }) {
      const inside = this.parser.parseInline(tokens);
      if (/^https?:/.test(href)) return `<a href="${href}" target="_blank" rel="noreferrer">${inside}</a>`;
      const [, file, id] = /^(?:([\w-]+)\.md)?(?:#([\w-]+))?$/.exec(href) ?? refuse(`a link out of it: ${href}`)();
      const to = file === undefined ? name : file === "README" ? "" : file;
      links.push({ from: name, to, id });
      return `<a href="/help${to && `/${to}`}${id ? `#${id}` : ""}">${inside}</a>`;
    },
    html({ text: raw }) {
      return /^<!--[^]*?-->\s*$/.test(raw) ? "" : refuse(`HTML: ${raw}`)();
    },
    image: refuse("a picture"),
  };
  // A long line of a command is scrolled, by keyboard too: broken at a hyphen it would be another command.
  const html = new Marked({ renderer, gfm: true }).parse(text).replaceAll("<pre>", '<pre tabindex="0">');
  return { name, title, html, sections };
}

/** The words of a heading, with nothing around them. */
function plain(tokens) {
  return tokens.map((token) => (token.tokens ? plain(token.tokens) : token.text)).join("");
}

/** What GitHub calls a heading, so that a link leads to the same place there. */
function slug(words) {
  return words.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
}

/** What a heading is about, by its own name: `service-failed` of `service-failed-NAME`. */
function named(code) {
  return code.replace(/-[A-Z]+$/, "");
}
