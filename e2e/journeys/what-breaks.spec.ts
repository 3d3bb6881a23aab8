import { expect, test } from "../support/test.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { rootCa, serverCertificate, subordinateCa } from "../support/material.ts";

test.describe("What breaks if a CA is deleted", () => {
  test("is said before, with the chain afterwards and what stands in; the deletion is undone", async ({ page }) => {
    const [first, second, other] = [rootCa("First Root"), rootCa("Second Root"), rootCa("Other Root")];
    const issuing = subordinateCa(first, "Issuing");
    const crossed = subordinateCa(second, "Issuing", issuing.key);
    const cas = await TrustedCas.open(page);
    await cas.give(first.certificate + second.certificate + other.certificate + issuing.certificate);
    await cas.append();
    await expect(cas.frame.notice(/^4 added/)).toBeVisible();
    await cas.frame.goTo("Server certificate");
    const certificate = new ServerCertificate(page);
    await certificate.give(serverCertificate(issuing));
    await certificate.upload();
    await expect(certificate.outcome).toBeVisible();

    await cas.frame.goTo("Trusted CA certificate");
    const dialog = page.getByRole("dialog", { name: "Delete 1 trusted CA certificate" });
    const breaks = dialog.getByRole("region", { name: "What breaks" });
    const look = async (name: string) => {
      await cas.tick(name);
      await page.getByRole("button", { name: "Delete", exact: true }).click();
      await expect(breaks.getByText(/that were looked at/)).toBeVisible();
    };
    const away = async (name: string) => {
      await dialog.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("checkbox", { name: `Choose ${name}`, exact: true }).uncheck();
    };
    await look("Other Root");
    await expect(breaks.getByText("Nothing breaks", { exact: true })).toBeVisible();
    await away("Other Root");
    await look("First Root");
    await expect(breaks.getByText("2 break", { exact: true })).toBeVisible();
    await expect(breaks.getByText(/Active server certificate .*It is served on, with an alarm/)).toBeVisible();
    await breaks.getByText("The chain afterwards").first().click();
    await expect(breaks.getByText("Missing").first()).toBeVisible();
    await away("First Root");

    await cas.give(crossed.certificate);
    await cas.append();
    await expect(cas.frame.notice(/^1 added/)).toBeVisible();
    await look("First Root");
    await expect(breaks.getByText(/Active server certificate .*by another path/)).toBeVisible();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await cas.frame.confirm();
    await expect(cas.frame.notice(/^1 CA certificate deleted\./)).toBeVisible();
    await expect(cas.row("First Root")).toHaveCount(0);
    await expect(page.getByText(/First Root deleted\. Can be undone until/)).toBeVisible();
    await page.getByRole("button", { name: "Undo the deletion" }).click();
    await expect(cas.frame.notice(/^Undone\. First Root back\./)).toBeVisible();
    await expect(cas.row("First Root")).toHaveCount(1);
    await expect(page.getByRole("button", { name: "Undo the deletion" })).toHaveCount(0);
  });

  test("deletions are undone one by one, each by its names", async ({ page }) => {
    const cas = await TrustedCas.open(page);
    const names = ["One", "Two", "Three", "Four", "Five"].map((name) => `${name} Root`);
    await cas.give(names.map((name) => rootCa(name).certificate).join(""));
    await cas.append();
    await cas.frame.notice(/^5 added/).waitFor();
    await cas.tick("One Root");
    await cas.deleteChosen();
    await cas.frame.confirm();
    await expect(page.getByText(/^One Root deleted\. Can be undone until/)).toBeVisible();
    for (const name of names.slice(1)) await cas.tick(name);
    await cas.deleteChosen();
    await expect(page.getByText(/^Two Root, Three Root, Four Root and 1 more deleted\. Can be undone until/)).toBeVisible();
    await page.getByRole("button", { name: "Undo the deletion" }).click();
    await expect(cas.row("Five Root")).toHaveCount(1);
    await expect(cas.row("One Root")).toHaveCount(0);
    await page.getByRole("button", { name: "Undo the deletion" }).click();
    await expect(cas.row("One Root")).toHaveCount(1);
    await expect(page.getByRole("button", { name: "Undo the deletion" })).toHaveCount(0);
  });
});
