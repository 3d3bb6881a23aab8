import { expect, test } from "../support/test.ts";
import { Check } from "../pages/check.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { rootCa, serverCertificate } from "../support/material.ts";
import { NAME } from "../support/node.ts";

const MARKUP = "<img src=x onerror=alert(1)>";
const OVERRIDE = "evil\u202Emoc.elpmaxe";

test.describe("What somebody hostile wrote into a certificate is shown as text:", () => {
  test("markup", async ({ page, ca }) => {
    const check = await Check.open(page);
    page.on("dialog", (dialog) => expect(dialog.message(), "a script ran").toBe(""));
    await check.panel.give("Server certificate", "server.pem", serverCertificate(ca, { organisation: MARKUP, names: [`DNS:${NAME}`] }).certificate);
    await check.panel.judged();
    await page.getByText("The certificate, decoded").click();
    // RFC 4514 puts a backslash before the angle brackets.
    await expect(page.getByText("O=\\<img src=x onerror=alert(1)\\>").first()).toBeVisible();
    expect(await page.locator("img").count()).toBe(0);
  });

  test("a name that would turn the direction of writing", async ({ page }) => {
    const cas = await TrustedCas.open(page);
    await cas.give(rootCa(OVERRIDE).certificate);
    await cas.append();
    await expect(cas.frame.notice(/^1 added/)).toBeVisible();
    const row = cas.grid.getByRole("row").filter({ hasText: "evil" });
    await expect(row).toHaveCount(1);
    const isolated = await row.evaluate((element) => {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      const loose: string[] = [];
      for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        if (text.textContent?.includes("evil") && !text.parentElement?.closest("bdi")) loose.push(text.textContent);
        if (text.textContent?.includes("\u202E") && !text.parentElement?.closest("bdi")) loose.push(text.textContent);
      }
      return loose;
    });
    expect(isolated, "text that is not isolated").toEqual([]);
  });

  test("a NUL in a name, which is refused", async ({ page, ca }) => {
    const check = await Check.open(page);
    const pair = serverCertificate(ca, { rawDnsNames: [`${NAME}\0.evil.example`] });
    await check.panel.give("Server certificate", "server.pem", pair.certificate);
    await expect(check.panel.finding("File upload failed.: Subject alternative name must be a valid FQDN").first()).toBeVisible();
    const text = await check.panel.region.innerText();
    expect(text).toContain("evil.example");
    expect(text).not.toContain("\0");
  });

  test("a name of 60,000 characters", async ({ page, ca }) => {
    const check = await Check.open(page);
    const pair = serverCertificate(ca, { rawDnsNames: ["a".repeat(60_000)] });
    await check.panel.give("Server certificate", "server.pem", pair.certificate);
    await expect(check.panel.finding("File upload failed.: Subject alternative name must be a valid FQDN").first()).toBeVisible();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide, "pixels that the page is too wide").toBeLessThanOrEqual(0);
  });
});
