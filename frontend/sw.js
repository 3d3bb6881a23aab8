// Keeps the page and its judge, so that files can be judged when the node cannot be reached.
//
// Names with a hash never change and come from the cache. Everything else comes from the network while there is one,
// so that a node that was upgraded shows its new page at once. Answers of the interface are never kept.
// Only `keep` writes the cache, and only after it has everything: page and judge of different builds never mix.

"use strict";

const CACHE = "certway-page";
const JUDGE = ["judge_loader.js", "judge.js", "judge_bg.wasm"];
const SAMPLES = "samples/index.json";
const HASHED = /-[0-9a-f]{12,}[^/]*$/;
const NOT_THE_PAGE = /^\/(api|healthz|readyz|metrics|\.well-known)(\/|$)/;
// A node that does not answer at all must not keep the page waiting for long.
const PATIENCE_MS = 4000;

const address = (name) => new URL(name, self.registration.scope).href;

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || NOT_THE_PAGE.test(url.pathname)) return;
  if (event.request.mode === "navigate") {
    event.waitUntil(keep().catch(() => undefined));
    event.respondWith(networkFirst(event.request, address("./")));
  } else if (HASHED.test(url.pathname)) {
    event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
  } else {
    event.respondWith(networkFirst(event.request, event.request.url));
  }
});

async function networkFirst(request, key) {
  const kept = await caches.match(key, { ignoreSearch: true });
  if (!kept) return fetch(request);
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, kept));
  return Promise.race([fetch(request).catch(() => kept), patience]);
}

// Fetches what the page of today consists of, then replaces what was kept.
async function keep() {
  const cache = await caches.open(CACHE);
  const page = await fetched(address("./"));
  const html = await page.clone().text();
  const hashed = html.match(/[\w./-]+-[0-9a-f]{12,}\w*\.(?:js|json|wasm|css)\b/g) ?? [];
  const samples = await fetched(address(SAMPLES));
  const index = await samples.clone().text();
  const sameSamples = index === (await (await cache.match(address(SAMPLES)))?.text());

  // The page and the judge of one build belong together, so the judge, whose name has no hash, is always asked for.
  const wanted = new Map([[address("./"), page], [address(SAMPLES), samples]]);
  const renew = async (name, mayBeKept) => {
    const key = address(name);
    wanted.set(key, mayBeKept && (await cache.match(key)) ? undefined : await fetched(key));
  };
  await Promise.all([
    ...hashed.map((name) => renew(name, true)),
    ...JUDGE.map((name) => renew(name, false)),
    ...JSON.parse(index).map((sample) => renew(`samples/${sample.file}`, sameSamples)),
  ]);
  await Promise.all([...wanted].map(([key, response]) => response && cache.put(key, response)));
  for (const request of await cache.keys()) {
    if (!wanted.has(request.url)) await cache.delete(request);
  }
}

async function fetched(url) {
  const response = await fetch(url, { cache: "no-cache", credentials: "same-origin" });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
}
