// What runs inside the page. Each function is sent there as text, so it uses nothing from outside itself.

/** Asks Certway's judge again and again; the first answer is the cold one. */
export async function askJudge([bundle, times]) {
  const worker = new Worker("/judge_loader.js");
  const answer = (awaited, question) =>
    new Promise((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = (event) => {
        const { type, id } = JSON.parse(event.data);
        if (type === awaited && id === question) resolve();
      };
    });
  await answer("ready");
  const spent = [];
  for (let time = 1; time <= times; time += 1) {
    const file = new TextEncoder().encode(bundle);
    const question = {
      id: time, kind: "trusted-ca", at: "2026-11-24T00:00:00Z", file: 0, key: null, certificate: null,
      trusted: [], crls: [], csr: null, current_key: null,
    };
    const begin = performance.now();
    worker.postMessage([JSON.stringify(question), file]);
    await answer("done", time);
    spent.push(performance.now() - begin);
  }
  worker.terminate();
  return { cold: [spent[0]], warm: spent.slice(1) };
}

/** Waits for a file to be chosen on Check, and for its report; notes the longest task of the page's own thread. */
export async function showInPage() {
  let longest = 0;
  const observer = new PerformanceObserver((list) => {
    for (const task of list.getEntries()) longest = Math.max(longest, task.duration);
  });
  observer.observe({ type: "longtask" });
  const begin = await new Promise((resolve) => {
    addEventListener("change", (event) => event.target.type === "file" && resolve(performance.now()), true);
  });
  // Only where it stands: the text of the whole page is long, and reading it would be part of what is measured.
  const said = () => [...document.querySelectorAll(".upload-panel .took")].map((line) => line.textContent);
  const done = () => said().some((line) => /Judged in \d+ ms/.test(line));
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
  const shown = performance.now() - begin;
  await new Promise((resolve) => setTimeout(resolve, 300));
  return { shown: [shown], longest: [longest] };
}

/** Decodes with jsrsasign again and again. */
export function decodeInScript([bundle, times]) {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  const spent = [];
  for (let time = 0; time < times; time += 1) {
    const begin = performance.now();
    for (const block of blocks) {
      const hex = pemtohex(block);
      const certificate = new X509();
      certificate.readCertHex(hex);
      const key = certificate.getPublicKey();
      const row = [
        certificate.getSubjectString(), certificate.getIssuerString(), certificate.getNotBefore(), certificate.getNotAfter(),
        certificate.getExtSubjectAltName()?.array, key.curveName ?? key.n.bitLength(), KJUR.crypto.Util.hashHex(hex, "sha256"),
      ];
      if (row.length !== 7) throw new Error("a field is missing");
    }
    spent.push(performance.now() - begin);
  }
  return { cold: [spent[0]], warm: spent.slice(1) };
}

/** Decodes with jsrsasign and shows a table, as one would write it. */
export async function decodeAndShow(bundle) {
  let longest = 0;
  const observer = new PerformanceObserver((list) => {
    for (const task of list.getEntries()) longest = Math.max(longest, task.duration);
  });
  observer.observe({ type: "longtask" });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const begin = performance.now();
  const table = document.createElement("table");
  for (const block of bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)) {
    const hex = pemtohex(block);
    const certificate = new X509();
    certificate.readCertHex(hex);
    const key = certificate.getPublicKey();
    const row = table.insertRow();
    for (const value of [
      certificate.getSubjectString(), certificate.getIssuerString(), certificate.getNotBefore(), certificate.getNotAfter(),
      key.curveName ?? String(key.n.bitLength()), KJUR.crypto.Util.hashHex(hex, "sha256"),
    ]) {
      row.insertCell().textContent = value;
    }
  }
  document.body.append(table);
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
  const shown = performance.now() - begin;
  await new Promise((resolve) => setTimeout(resolve, 300));
  return { shown: [shown], longest: [longest] };
}
