import path from "node:path";
import { expect, test } from "../support/test.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { servedNow } from "../support/https.ts";
import { fingerprint, serverCertificate } from "../support/material.ts";
import { NAME, Node, PASSWORD } from "../support/node.ts";
import { signIn } from "../support/session.ts";

const PASSPHRASE = "a passphrase for the drawer";

test("A backup is made on the page, and restored onto a bare machine, which then serves the same certificate", async ({ page, node, ca }) => {
  const cas = await TrustedCas.with(page, ca);
  await cas.frame.goTo("Server certificate");
  const pages = new ServerCertificate(page);
  const pair = serverCertificate(ca);
  await pages.give(pair);
  await pages.upload();
  await expect(pages.outcome.getByText(/^Stored and loaded/)).toBeVisible();

  await cas.frame.goTo("Backup and restore");
  const form = page.getByRole("region", { name: "Make a backup" });
  const fill = async (passphrase: string, again: string) => {
    await form.getByLabel("Passphrase", { exact: true }).fill(passphrase);
    await form.getByLabel("Passphrase, once more").fill(again);
    await form.getByRole("button", { name: "Make a backup" }).click();
  };
  await fill(PASSPHRASE, "another one");
  await expect(form.getByRole("alert").getByText("The two passphrases are not the same.")).toBeVisible();
  await fill("short", "short");
  await cas.frame.confirm();
  await expect(form.getByRole("alert").getByText(/twelve|12/)).toBeVisible();
  const coming = page.waitForEvent("download");
  await fill(PASSPHRASE, PASSPHRASE);
  const download = await coming;
  expect(download.suggestedFilename()).toMatch(/^expe1\.example\.com-\d{4}-\d\d-\d\d\.age$/);
  await expect(cas.frame.notice(/^The backup is made/)).toBeVisible();
  await expect(form.getByLabel("Passphrase", { exact: true })).toHaveValue("");
  const file = path.join(node.folder, "backup.age");
  await download.saveAs(file);
  await node.stop();

  const restored = await Node.restored(file, PASSPHRASE);
  const leaf = (await servedNow(restored.port, NAME)).leaf.fingerprint256.replaceAll(":", "").toLowerCase();
  expect(leaf).toBe(fingerprint(pair.certificate));
  expect((await signIn(restored, PASSWORD)).status).toBeLessThan(300);
  await restored.stop();
});
