import { expect, test } from "../support/test.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { manyRoots, rootCa } from "../support/material.ts";

test.describe("The trusted CA list", () => {
  test("takes new CAs, leaves known ones, shows one decoded, and lets chosen ones be deleted", async ({ page }) => {
    const cas = await TrustedCas.open(page);
    await expect(cas.count("1 of 1000")).toBeVisible();
    const [alpha, beta] = [rootCa("Alpha Root"), rootCa("Beta Root")];
    await cas.give(alpha.certificate);
    await cas.append();
    await expect(cas.frame.notice("1 added, 0 known already and left as they are. 2 in the list now.")).toBeVisible();

    await cas.give(alpha.certificate + beta.certificate);
    await expect(cas.panel.verdict(/1 is in the list already and stays as it is\./)).toBeVisible();
    await cas.append();
    await expect(cas.frame.notice("1 added, 1 known already and left as they are. 3 in the list now.")).toBeVisible();

    await cas.row("Beta Root").getByRole("button", { name: "View (decoded)" }).click();
    const drawer = page.getByRole("dialog", { name: "Beta Root" });
    await expect(drawer.getByText("-----BEGIN CERTIFICATE-----")).toBeVisible();
    await drawer.getByRole("button", { name: "Close" }).click();

    await cas.tick("Alpha Root");
    await cas.tick("Beta Root");
    await expect(cas.count(/2 chosen/)).toBeVisible();
    await cas.deleteChosen();
    await cas.frame.confirm();
    await expect(cas.frame.notice(/^2 CA certificates deleted\./)).toBeVisible();
    await expect(cas.row("Alpha Root")).toHaveCount(0);
    await expect(cas.count("1 of 1000")).toBeVisible();
  });

  test("keeps two CAs of the same name, and says that the old one must be deleted by hand", async ({ page }) => {
    const cas = await TrustedCas.open(page);
    await cas.give(rootCa("Twin Root").certificate);
    await cas.append();
    await expect(cas.frame.notice(/^1 added/)).toBeVisible();
    await cas.give(rootCa("Twin Root").certificate);
    await expect(cas.panel.findings.first()).toContainText(/delete/i);
    await cas.append();
    await expect(cas.frame.notice(/3 in the list now/)).toBeVisible();
    await expect(cas.row("Twin Root")).toHaveCount(2);
  });

  test("refuses a file whole when one block of it is bad, naming block and line", async ({ page, sent }) => {
    const cas = await TrustedCas.open(page);
    const good = rootCa("Good Root").certificate;
    const bad = rootCa("Bad Root").certificate.replace(/\n[A-Za-z0-9+/]{4}/, "\n!!!!");
    sent.length = 0;
    await cas.give(good + bad);
    await expect(cas.panel.verdict(/^Will be refused, the whole file/)).toBeVisible();
    const line = good.trimEnd().split("\n").length + 1;
    await expect(cas.panel.findings.first()).toContainText(new RegExp(`line ${line}|line ${line + 1}`));
    await expect(cas.panel.findings.first()).toContainText("block 2");
    expect(sent).toEqual([]);
  });

  test("is shown as one PEM file, searched, and reset to the default one", async ({ page }) => {
    const cas = await TrustedCas.open(page);
    await cas.give(rootCa("Gamma Root").certificate + rootCa("Delta Root").certificate);
    await cas.append();
    await expect(cas.frame.notice(/3 in the list now/)).toBeVisible();
    await page.getByLabel("Search the list").fill("gamma");
    await expect(cas.row("Gamma Root")).toHaveCount(1);
    await expect(cas.row("Delta Root")).toHaveCount(0);
    await page.getByLabel("Search the list").fill("");

    await page.getByRole("button", { name: "Show all (PEM file)" }).click();
    const file = page.getByRole("dialog", { name: "Show all (PEM file)" });
    await expect(file.getByText("-----BEGIN CERTIFICATE-----").first()).toBeVisible();
    await expect(file.getByText("3 of 3 certificates shown.")).toBeVisible();
    await file.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Show all (decoded)" }).click();
    const decoded = page.getByRole("dialog", { name: "Show all (decoded)" });
    await expect(decoded.getByText("CN=Gamma Root").first()).toBeVisible();
    await decoded.getByRole("button", { name: "Close" }).click();

    await cas.reset();
    await cas.frame.confirm();
    await expect(cas.frame.notice(/^The list is the default one again: 2 removed/)).toBeVisible();
    await expect(cas.count("1 of 1000")).toBeVisible();
  });

  test("holds 1000 CAs and not one more", async ({ page, sent }) => {
    const cas = await TrustedCas.open(page);
    const roots = manyRoots(1000);
    sent.length = 0;
    await cas.give(roots.join(""));
    await expect(cas.panel.verdict(/^Will be refused, the whole file/)).toBeVisible();
    await expect(cas.panel.findings.first()).toContainText("999");
    expect(sent, "1001 CAs are refused before anything is sent").toEqual([]);

    await cas.give(roots.slice(1).join(""));
    await expect(cas.panel.verdict(/999 CA certificates will be appended: 1000 of 1000\./)).toBeVisible();
    await cas.append();
    await expect(cas.frame.notice(/^999 added, 0 known already/)).toBeVisible({ timeout: 30_000 });
    await expect(cas.count("1000 of 1000")).toBeVisible();
    await expect(cas.grid).toHaveAttribute("aria-rowcount", "1001");
    expect(await cas.grid.getByRole("row").count(), "rows in the document").toBeLessThan(120);

    await cas.give(rootCa("One Too Many").certificate);
    await expect(cas.panel.verdict(/^Will be refused, the whole file/)).toBeVisible();
  });
});
