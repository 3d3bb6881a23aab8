import { expect, test } from "../support/test.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { serverCertificate } from "../support/material.ts";

test("A private key dropped onto the box of the certificate is put into its own box, and the page says so", async ({ page, ca, sent }) => {
  const pages = await ServerCertificate.open(page);
  const pair = serverCertificate(ca);
  sent.length = 0;
  await pages.panel.drop("Server certificate", "server.key", pair.key);
  await expect(pages.panel.box("Server private key").getByText("server.key", { exact: true })).toBeVisible();
  await expect(pages.panel.box("Server certificate").getByText("server.key", { exact: true })).toBeHidden();
  const note = "'server.key' is a private key: it was put into the box 'Server private key', not into 'Server certificate'.";
  await expect(pages.panel.region.getByRole("status").getByText(note)).toBeVisible();
  await pages.panel.drop("Server certificate", "server.pem", pair.certificate);
  await expect(pages.panel.box("Server certificate").getByText("server.pem", { exact: true })).toBeVisible();
  await pages.panel.judged();
  await expect(pages.panel.verdict(/^Will be stored/)).toBeVisible();
  expect(sent, "requests that carried something").toEqual([]);
});
